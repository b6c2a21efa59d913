import t, { type Test } from 'tap'
import { Failure, failures } from '../../src/failure.ts'
import type { JobKind } from '../../src/schemas/job.ts'
import { app, referralId, withKey } from '../fixtures/app.ts'
import { manualClock } from '../fixtures/manual-clock.ts'
import { memorySubscriptions } from '../fixtures/ports.ts'
import { eachStore, type Open } from '../fixtures/stores.ts'

const failed = { code: 'CRM_VALUE_REFUSED', message: 'The lead could not be written: Dataverse refused a value.' } as const

/** The service over a store of its own, a way to set work aside, and a way to ask what waits. */
async function service(t: Test, open: Open) {
  const clock = manualClock()
  const { jobs } = await open({ now: clock.now })
  const subscriptions = memorySubscriptions()
  const built = await app(t, { jobs, subscriptions })
  return {
    jobs,
    subscriptions,
    clock,
    async setAside(subject: string, kind: JobKind = 'referral') {
      await jobs.add({ kind, subject, origin: 'callback', correlationId: `c-${subject}` })
      const [claim] = await jobs.claim(kind, { limit: 1, leaseMs: 15_000 })
      if (claim) await jobs.setAside(claim, failed)
    },
    async ask(query = '') {
      const response = await built.inject({ url: `/v1/attention${query}`, headers: withKey })
      return { status: response.statusCode, body: response.json() }
    }
  }
}

eachStore(t, 'what waits for a person is told with its reason and what to do', async (t, open) => {
  const { ask, setAside, jobs, clock } = await service(t, open)
  t.match(await ask(), { status: 200, body: { value: [], since: /^[\w.-]+$/ } })
  await setAside(referralId)
  await jobs.add({ kind: 'referral', subject: 'r-ready', origin: 'callback', correlationId: 'c-2' })
  const { status, body } = await ask()
  t.equal(status, 200)
  t.strictSame(Object.keys(body).sort(), ['since', 'value'], 'exactly one list, as a polling trigger needs it')
  t.strictSame(body.value, [
    {
      ...{ kind: 'referral', referralId, ...failed, advice: failures.CRM_VALUE_REFUSED.advice, attempts: 1 },
      ...{ setAsideAt: clock.now().toISOString(), correlationId: `c-${referralId}` }
    }
  ])
})

eachStore(t, 'with the mark of the answer before only what came after is told, also in the same millisecond', async (t, open) => {
  const { ask, setAside, jobs, clock } = await service(t, open)
  await setAside('r-1')
  const first = await ask()
  await setAside('r-0')
  const second = await ask(`?since=${first.body.since}`)
  t.match(second.body.value, [{ referralId: 'r-0' }])
  t.equal(second.body.value.length, 1)
  t.strictSame((await ask(`?since=${second.body.since}`)).body, { value: [], since: second.body.since })
  await clock.advance(60_000)
  await jobs.retryNow({ subject: 'r-1' })
  t.strictSame((await ask(`?since=${second.body.since}`)).body.value, [], 'it is tried again')
  await setAside('r-1')
  const third = await ask(`?since=${second.body.since}`)
  t.match(third.body.value, [{ referralId: 'r-1' }], 'it has failed again')
  t.match((await ask('?since=')).body.value, [{ referralId: 'r-1' }, { referralId: 'r-0' }], 'newest first')
})

eachStore(t, 'the id of a subscription, with which it can be ended, is told to its maker only', async (t, open) => {
  const { ask, setAside, subscriptions } = await service(t, open)
  const mine = await subscriptions.put({ callerId: 'key:1', url: 'https://a.example', events: [] })
  const others = await subscriptions.put({ callerId: 'key:2', url: 'https://b.example', events: [] })
  await setAside(others.subscription.id, 'subscription')
  await setAside(mine.subscription.id, 'subscription')
  await setAside('all', 'reconcile')
  const { value } = (await ask()).body
  const told = value.map(({ kind, subscriptionId = 'not told' }: Record<string, string>) => `${kind} ${subscriptionId}`)
  t.same(told.sort(), ['reconcile not told', 'subscription not told', `subscription ${mine.subscription.id}`])
})

t.test('a code that an older version wrote still comes with advice', async t => {
  const at = '2026-03-01T08:00:00.000Z'
  const job = {
    kind: 'referral',
    subject: referralId,
    state: 'setAside',
    origin: 'crm',
    attempts: 3,
    hints: 1,
    correlationId: 'c'
  } as const
  const old = { ...job, code: 'GONE_CODE', createdAt: at, updatedAt: at }
  const built = await app(t, { jobs: { summary: async () => [], list: async () => [old] } })
  const { value } = (await built.inject({ url: '/v1/attention', headers: withKey })).json()
  t.match(value, [{ code: 'GONE_CODE', message: /./, advice: /./ }])
})

t.test('a mark that is none is refused, and so is a caller without a key', async t => {
  const built = await app(t)
  const ask = async (query: string, headers: Record<string, string> = withKey) =>
    (await built.inject({ url: `/v1/attention${query}`, headers })).json()
  t.match(await ask('?since=yesterday'), { status: 400, code: 'REQUEST_INVALID', message: /since/ })
  t.match(await ask(`?since=${'x'.repeat(4001)}`), { status: 400, code: 'VALUE_TOO_LONG' })
  t.match(await ask('', {}), { status: 401, code: 'CALLER_UNAUTHENTICATED' })
})

t.test('when the store does not answer, the caller is told to ask later', async t => {
  const list = async () => Promise.reject(new Failure('STORE_UNAVAILABLE', 'The database does not answer.'))
  const built = await app(t, { jobs: { summary: async () => [], list } })
  const response = await built.inject({ url: '/v1/attention', headers: withKey })
  t.equal(response.statusCode, 503)
  t.match(response.json(), { code: 'STORE_UNAVAILABLE', message: /STORE_UNAVAILABLE/ })
})
