import t from 'tap'
import { Failure } from '../../src/failure.ts'
import { app, referralId, withKey } from '../fixtures/app.ts'
import type { Scope } from '../fixtures/local-server.ts'
import { memoryTimeline } from '../fixtures/ports.ts'

const path = `/v1/referrals/${referralId}/timeline`

/** The service over a timeline of `count` entries, and a way to ask for it as a caller with a key. */
async function service(t: Scope, count: number) {
  const timeline = memoryTimeline()
  for (let index = 1; index <= count; index++)
    await timeline.add({ referralId, kind: 'fetched', text: `Entry ${index}.`, correlationId: 'c-1' })
  await timeline.add({ referralId: '00000000-0000-4000-8000-000000000000', kind: 'queued', text: "Another's.", correlationId: 'c-2' })
  const built = await app(t, { timeline })
  const ask = async (query = '', at = path) => {
    const response = await built.inject({ url: `${at}${query}`, headers: withKey })
    return { status: response.statusCode, body: response.json() }
  }
  return { ask, built, timeline }
}

t.test('a timeline is told oldest first, with everything that an entry has', async t => {
  const { ask, timeline } = await service(t, 1)
  const changes = [{ field: 'estimatedAmount', from: '1', to: '2' }]
  await timeline.add({
    ...{ referralId, kind: 'setAside', text: 'Set aside.', correlationId: 'c-3', by: 'cli:root' },
    ...{ code: 'CRM_VALUE_REFUSED', advice: 'Correct it.', changes, facts: { leadId: 'l-1' } }
  })
  const { status, body } = await ask()
  t.equal(status, 200)
  t.same(Object.keys(body).sort(), ['entries', 'referralId'])
  t.equal(body.referralId, referralId)
  t.match(body.entries, [
    { referralId, kind: 'fetched', text: 'Entry 1.', correlationId: 'c-1', at: '2026-03-01T08:00:00.000Z' },
    { kind: 'setAside', by: 'cli:root', code: 'CRM_VALUE_REFUSED', advice: 'Correct it.', changes, facts: { leadId: 'l-1' } }
  ])
})

t.test('a long timeline comes in pages that neither repeat nor leave out an entry', async t => {
  const { ask } = await service(t, 250)
  const texts: string[] = []
  let next: string | undefined
  const sizes: number[] = []
  do {
    const { body } = await ask(next === undefined ? '' : `?after=${next}`)
    texts.push(...body.entries.map(({ text }: { text: string }) => text))
    sizes.push(body.entries.length)
    next = body.next
  } while (next !== undefined)
  t.same(sizes, [100, 100, 50])
  t.same(
    texts,
    Array.from({ length: 250 }, (_, index) => `Entry ${index + 1}.`)
  )
})

t.test('the limit is from 1 to 500', async t => {
  const { ask } = await service(t, 3)
  t.match(await ask('?limit=1'), { status: 200, body: { entries: { length: 1 }, next: '00000001' } })
  t.match(await ask('?limit=500'), { status: 200, body: { entries: { length: 3 }, next: undefined } })
  for (const limit of ['0', '501', '1.5', 'all', '-1', ''])
    t.match(await ask(`?limit=${limit}`), { status: 400, body: { code: /^[A-Z_]+$/ } }, limit)
  t.match(await ask(`?after=${'x'.repeat(101)}`), { status: 400, body: { code: 'VALUE_TOO_LONG' } })
})

t.test('a referral that nothing is known of has an empty timeline', async t => {
  const { ask } = await service(t, 0)
  t.same(await ask(), { status: 200, body: { referralId, entries: [] } })
})

t.test('an id that is none is refused, and so is a caller without a key', async t => {
  const { ask, built } = await service(t, 1)
  t.match(await ask('', '/v1/referrals/not-a-guid/timeline'), { status: 400, body: { code: 'REFERRAL_ID_MALFORMED' } })
  const { statusCode, body } = await built.inject({ url: path })
  t.equal(statusCode, 401)
  t.notMatch(body, 'Entry')
})

t.test('when the store does not answer, the caller is told to ask later', async t => {
  const built = await app(t, {
    timeline: { ...memoryTimeline(), list: () => Promise.reject(new Failure('STORE_UNAVAILABLE', 'The database does not answer.')) }
  })
  const response = await built.inject({ url: path, headers: withKey })
  t.equal(response.statusCode, 503)
  t.match(response.json(), { code: 'STORE_UNAVAILABLE' })
})
