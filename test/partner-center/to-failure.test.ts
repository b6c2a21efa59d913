import t from 'tap'
import { failureFromAnswer } from '../../src/partner-center/to-failure.ts'

t.test('a refused sign-in can be told from a refusal that may be about one record, without reading texts', async t => {
  const now = new Date('2026-03-01T08:00:00.000Z')
  const cases: [number, Record<string, string>][] = [
    [401, {}],
    [401, { 'www-authenticate': 'Bearer error="MFA required"' }],
    [403, {}]
  ]
  for (const [status, headers] of cases) {
    const answer = { status, body: '{}', header: (name: string) => headers[name] }
    t.match(failureFromAnswer(answer, { about: 'one' }, now), { code: 'PARTNER_CENTER_DENIED', answeredStatus: status })
  }
})
