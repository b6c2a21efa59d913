import t from 'tap'
import { retryPause } from '../../src/power-apps/retry-pause.ts'

const now = new Date('2026-03-01T08:00:00Z')
const answered = (status: number, retryAfter?: string) => ({
  answer: { status, header: (name: string) => (name === 'retry-after' ? retryAfter : undefined), body: Buffer.alloc(0) }
})
const failed = (code: string) => ({ error: Object.assign(new Error('x'), { code }) })

t.test('what is asked again, and when', async t => {
  const cases: [string, Parameters<typeof retryPause>[0], repeatable: number | undefined, once: number | undefined][] = [
    ['a good answer', answered(200), undefined, undefined],
    ['a refusal for good', answered(400), undefined, undefined],
    ['too many', answered(429), 1000, 1000],
    ['too many, with a time', answered(429, '7'), 7000, 7000],
    ['too many, with a date', answered(429, 'Sun, 01 Mar 2026 08:00:20 GMT'), 20_000, 20_000],
    ['a time that nobody waits', answered(429, '61'), undefined, undefined],
    ['busy, with a time', answered(503, '2'), 2000, 2000],
    ['busy, without one', answered(503), 1000, undefined],
    ['an error', answered(500), 1000, undefined],
    ['an error with a time', answered(500, '3'), 3000, undefined],
    ['a gateway', answered(504), 1000, undefined],
    ['late', answered(408), 1000, undefined],
    ['no connection', failed('ECONNREFUSED'), 1000, 1000],
    ['a broken one', failed('UND_ERR_SOCKET'), 1000, undefined],
    ['no such name', failed('ENOTFOUND'), undefined, undefined],
    ['a wrong certificate', failed('DEPTH_ZERO_SELF_SIGNED_CERT'), undefined, undefined]
  ]
  for (const [what, outcome, repeatable, once] of cases) {
    t.equal(retryPause(outcome, { retries: 0, isRepeatable: true, now }), repeatable, what)
    t.equal(retryPause(outcome, { retries: 0, isRepeatable: false, now }), once, `${what}, not repeatable`)
  }
  t.equal(retryPause(answered(500), { retries: 3, isRepeatable: true, now }), 8000)
  t.equal(retryPause(answered(500), { retries: 4, isRepeatable: true, now }), undefined)
})
