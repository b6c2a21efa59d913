import t from 'tap'
import { openPrepared } from '../../src/store/open-prepared.ts'
import { manualClock } from '../fixtures/manual-clock.ts'
import type { OpenedStore } from '../fixtures/stores.ts'
import { eachStore, storeKey } from '../fixtures/stores.ts'

const dayMs = 24 * 60 * 60 * 1000
const retention = { timelineDays: 90, callbackDays: 30 }
const none = { timeline: 0, callbacks: 0, deliveries: 0, intermediates: 0 }

const note = (referralId: string) => ({ referralId, kind: 'compared', text: 'x', correlationId: 'c' }) as const
const receive = (store: OpenedStore, bodyHash: string): Promise<'new' | 'seen'> =>
  store.inbox.accept({ bodyHash, event: { name: 'referral-created' }, hints: [], entries: [], correlationId: 'c' })

eachStore(t, 'timelines go after their days, but not of a referral that has a job', async (t, open) => {
  const { now, advance } = manualClock()
  const { timeline, jobs, prune } = await open({ now })
  const count = async (): Promise<number> => (await timeline.all({ limit: 9999 })).length
  t.same(await prune(retention), none)
  await timeline.add(note('r-old'), note('R-WAITS'), ...Array.from({ length: 2500 }, () => note('r-many')))
  await jobs.add({ kind: 'referral', subject: 'R-waits', origin: 'callback', correlationId: 'c' })
  await jobs.add({ kind: 'subscription', subject: 'r-old', origin: 'callback', correlationId: 'c' })
  await advance(90 * dayMs)
  await timeline.add(note('r-new'))
  t.same(await prune(retention), none, 'not on their last day')
  await advance(1)
  t.same(await prune(retention), { ...none, timeline: 2501 })
  t.equal(await count(), 2)
  t.match(await timeline.list('r-waits', { limit: 9 }), [{ kind: 'compared' }])
  await jobs.drop({})
  t.same(await prune(retention), { ...none, timeline: 1 })
  t.match(await timeline.all({ limit: 9 }), [{ referralId: 'r-new' }])
})

eachStore(t, 'callbacks are forgotten after their days', async (t, open) => {
  const { now, advance } = manualClock()
  const store = await open({ now })
  await receive(store, 'a')
  await advance(30 * dayMs)
  await receive(store, 'b')
  await store.prune(retention)
  t.equal(await receive(store, 'a'), 'seen')
  await advance(1)
  t.same(await store.prune(retention), { ...none, callbacks: 1 })
  t.equal(await receive(store, 'b'), 'seen')
  t.equal(await receive(store, 'a'), 'new')
})

eachStore(t, 'deliveries that nobody waits for any more go', async (t, open) => {
  const { now } = manualClock()
  const store = await open({ now })
  const { subscription } = await store.subscriptions.put({ callerId: 'k', url: 'https://flow.example/', events: ['referral-created'] })
  await receive(store, 'a')
  // As a callback leaves it that was stored while the subscription was deleted.
  const { db, close } = await openPrepared(store.place, storeKey, now)
  const orphan = { id: 'x', subscription_id: 'gone', event: '{}', correlation_id: 'c', received_at: 0 }
  await db.insertInto('deliveries').values(orphan).execute()
  await close()
  t.same(await store.prune(retention), { ...none, deliveries: 1 })
  t.equal((await store.subscriptions.waiting(subscription.id, 9)).length, 1)
  t.same(await store.prune(retention), none)
})

eachStore(t, 'a store that is closed says so', async (t, open) => {
  const { prune, close } = await open()
  await close()
  await t.rejects(prune(retention), { code: 'STORE_UNAVAILABLE' })
})
