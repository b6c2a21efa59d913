import t from 'tap'
import type { ReceivedCallback } from '../../src/ports.ts'
import type { NewTimelineEntry } from '../../src/schemas/timeline.ts'
import { manualClock } from '../fixtures/manual-clock.ts'
import { eachStore, type Open } from '../fixtures/stores.ts'

const entry = (kind: NewTimelineEntry['kind'], referralId = 'r-1'): NewTimelineEntry => ({
  referralId,
  kind,
  text: `It was ${kind}.`,
  correlationId: 'c-1'
})

const callback = (changes: Partial<ReceivedCallback> = {}): ReceivedCallback => ({
  bodyHash: 'a'.repeat(64),
  event: { name: 'referral-created', referralId: 'r-1' },
  hints: [{ kind: 'referral', subject: 'r-1', origin: 'callback', correlationId: 'c-1' }],
  entries: [entry('received'), entry('queued')],
  correlationId: 'c-1',
  ...changes
})

/** A callback about another referral for each number. */
const numbered = (n: number): ReceivedCallback =>
  callback({
    bodyHash: `${n}`,
    event: { name: 'referral-updated', referralId: `r-${n}` },
    hints: [{ kind: 'referral', subject: `r-${n}`, origin: 'callback', correlationId: `c-${n}` }],
    entries: [entry('received', `r-${n}`)]
  })

async function opened(open: Open) {
  const { now } = manualClock()
  const store = await open({ now })
  return {
    ...store,
    now,
    kinds: async (referralId = 'r-1') => (await store.timeline.list(referralId, { limit: 100 })).map(({ kind }) => kind)
  }
}

eachStore(t, 'a callback is stored with its job and its entries', async (t, open) => {
  const { inbox, jobs, kinds, place, now } = await opened(open)
  t.equal(await inbox.accept(callback()), 'new')
  t.match(await jobs.list({}, 10), [{ kind: 'referral', subject: 'r-1', state: 'ready', correlationId: 'c-1' }])
  t.same(await kinds(), ['received', 'queued'])
  const other = await open({ place, now })
  t.equal(await other.inbox.accept(callback()), 'seen', 'whoever gets it next')
})

eachStore(t, 'the same body again has no second effect, and is told once', async (t, open) => {
  const { inbox, jobs, kinds, timeline } = await opened(open)
  await inbox.accept(callback())
  for (const job of await jobs.claim('referral', { limit: 1, leaseMs: 1000 })) await jobs.finish(job)
  for (let n = 0; n < 10; n++) t.equal(await inbox.accept(callback({ correlationId: `c-again-${n}` })), 'seen')
  t.equal(await jobs.count({}), 0)
  t.same(await kinds(), ['received', 'queued', 'deduplicated'])
  t.match((await timeline.list('r-1', { limit: 10 })).at(-1), { correlationId: 'c-again-0', text: /referral-created came again/ })
})

eachStore(t, 'ten of one body at the same moment are one', async (t, open) => {
  const { inbox, jobs, kinds, place, now } = await opened(open)
  const other = await open({ place, now })
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => (n % 2 ? inbox : other.inbox).accept(callback())))
  t.equal(answers.filter(answer => answer === 'new').length, 1)
  t.match(await jobs.list({}, 10), [{ hints: 1 }])
  // What two processes store in one millisecond has no order.
  t.same((await kinds()).sort(), ['deduplicated', 'queued', 'received'])
})

eachStore(t, 'many callbacks at the same moment are all stored', async (t, open) => {
  const { inbox, jobs, kinds } = await opened(open)
  const answers = await Promise.all(Array.from({ length: 250 }, (_, n) => inbox.accept(numbered(n))))
  t.same(new Set(answers), new Set(['new']))
  t.equal(await jobs.count({ kind: 'referral', state: 'ready' }), 250)
  for (const n of [0, 99, 100, 249]) t.same(await kinds(`r-${n}`), ['received'])
})

eachStore(t, 'callbacks of one referral are one job', async (t, open) => {
  const { inbox, jobs } = await opened(open)
  await Promise.all(Array.from({ length: 30 }, (_, n) => inbox.accept(callback({ bodyHash: `${n}` }))))
  t.match(await jobs.list({}, 10), [{ subject: 'r-1', hints: 30 }])
})

eachStore(t, 'what cannot be stored whole is not stored, and can come again', async (t, open) => {
  const { inbox, jobs, kinds, subscriptions } = await opened(open)
  const { subscription } = await subscriptions.put({ callerId: 'k', url: 'https://flow.example/', events: ['referral-created'] })
  const nobody = null as unknown as string
  const broken: Record<string, Partial<ReceivedCallback>> = {
    'its timeline': { entries: [entry('received'), { ...entry('queued'), correlationId: nobody }] },
    'its job': { hints: [...callback().hints, { kind: 'referral', subject: 'r-2', origin: 'callback', correlationId: nobody }] },
    'its delivery': { correlationId: nobody }
  }
  for (const [name, changes] of Object.entries(broken)) {
    await t.rejects(inbox.accept(callback(changes)), { code: 'INTERNAL' }, name)
    t.equal(await jobs.count({}), 0, name)
    t.same(await kinds(), [], name)
    t.same(await subscriptions.waiting(subscription.id, 10), [], name)
  }
  t.equal(await inbox.accept(callback()), 'new')
  t.same(await kinds(), ['received', 'queued'])
})

eachStore(t, 'one that cannot be stored is alone with that', async (t, open) => {
  const { inbox, jobs, kinds } = await opened(open)
  const broken = { ...numbered(7), entries: [{ ...entry('received', 'r-7'), text: 'x', correlationId: null as unknown as string }] }
  const answers = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => inbox.accept(n === 7 ? broken : numbered(n))))
  t.same(
    answers.flatMap(({ status }, n) => (status === 'rejected' ? n : [])),
    [7]
  )
  t.match(answers[7], { reason: { code: 'INTERNAL' } })
  t.equal(await jobs.count({}), 19)
  t.same(await kinds('r-7'), [])
  t.same(await kinds('r-8'), ['received'])
})

eachStore(t, 'an event about no referral is stored as well', async (t, open) => {
  const { inbox, jobs } = await opened(open)
  const test = callback({ event: { name: 'test-created' }, hints: [], entries: [] })
  t.same([await inbox.accept(test), await inbox.accept(test), await inbox.accept(test)], ['new', 'seen', 'seen'])
  t.equal(await jobs.count({}), 0)
})

eachStore(t, 'an event about a referral that asked for nothing is not told in its timeline when it comes again', async (t, open) => {
  const { inbox, kinds } = await opened(open)
  const unknown = callback({ event: { name: 'referral-merged', referralId: 'r-1' }, hints: [], entries: [] })
  t.same([await inbox.accept(unknown), await inbox.accept(unknown), await inbox.accept(unknown)], ['new', 'seen', 'seen'])
  t.same(await kinds(), [])
})

eachStore(t, 'each subscription to the event gets a delivery, and a job to tell it', async (t, open) => {
  const { inbox, jobs, subscriptions, now } = await opened(open)
  const subscribe = async (url: string, ...events: string[]): Promise<string> =>
    (await subscriptions.put({ callerId: 'k', url, events })).subscription.id
  const both = await subscribe('https://both.example/', 'referral-created', 'referral-updated')
  const created = await subscribe('https://created.example/', 'referral-created')
  const updated = await subscribe('https://updated.example/', 'referral-updated')
  const { event } = callback()
  await inbox.accept(callback())
  await inbox.accept(callback())
  await inbox.accept(callback({ bodyHash: 'b', correlationId: 'c-2' }))
  await inbox.accept(callback({ bodyHash: 'c', event: { ...event, name: 'Referral-Updated' } }))
  const names = async (id: string): Promise<string[]> => (await subscriptions.waiting(id, 10)).map(({ event }) => event.name)
  t.same(await names(both), ['referral-created', 'referral-created', 'Referral-Updated'], 'in whatever case its name is written')
  t.same(await names(updated), ['Referral-Updated'])
  const [first, second] = await subscriptions.waiting(created, 10)
  t.same(first, { id: first?.id, subscriptionId: created, event, correlationId: 'c-1', receivedAt: now() })
  t.match(second, { correlationId: 'c-2' })
  const told = await jobs.list({ kind: 'subscription' }, 10)
  t.same(Object.fromEntries(told.map(({ subject, hints }) => [subject, hints])), { [both]: 3, [created]: 2, [updated]: 1 })
})
