import t from 'tap'
import { Failure } from '../../src/failure.ts'
import { leadFromReferral } from '../../src/mapping/lead-from-referral.ts'
import type { Referrals } from '../../src/ports.ts'
import { requestLog } from '../../src/sandbox/request-log.ts'
import { startSubscriber } from '../../src/sandbox/subscriber/subscriber.ts'
import { ReferralNotification } from '../../src/schemas/subscription.ts'
import { webhookSubscribers } from '../../src/subscribers/subscribers.ts'
import { runSubscription } from '../../src/worker/run-subscription.ts'
import { sharedReads } from '../../src/worker/shared-reads.ts'
import { upstreamOf } from '../../src/worker/upstream-of.ts'
import type { Scope } from '../fixtures/local-server.ts'
import { memoryLog } from '../fixtures/memory-log.ts'
import { memoryLinks, memoryReferrals, memorySubscriptions } from '../fixtures/ports.ts'
import { fullReferral, referralId } from '../fixtures/referral.ts'

const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs
const start = new Date('2026-03-01T08:00:00.000Z')
const referral = fullReferral()
const created = { name: 'referral-created', referralId, changedAt: '2026-03-01T07:59:58.1234567+00:00' }
const updated = { name: 'referral-updated', referralId }

/** A subscription of a subscriber in the sandbox, and everything that a run needs. */
async function stage(t: Scope) {
  let at = start
  const now = () => at
  const subscriber = await startSubscriber({ log: requestLog(), now })
  t.teardown(() => subscriber.close())
  const subscriptions = memorySubscriptions({ now })
  const referrals = memoryReferrals(referral)
  const links = memoryLinks()
  const subscribers = webhookSubscribers({ hosts: [subscriber.host], now, log: memoryLog().log })
  const ports = { subscriptions, subscribers, links, mapping: { referralLink: 'https://partner/{referralId}' }, now }
  const { subscription } = await subscriptions.put({ callerId: 'key:1', url: subscriber.url, events: ['referral-created'] })
  subscriber.trust(subscription.secret)
  return {
    ports,
    subscriber,
    subscription,
    ...ports,
    referrals,
    pass(ms: number) {
      at = new Date(at.getTime() + ms)
    },
    deliver: (event: Parameters<typeof subscriptions.deliver>[1] = updated, when?: { receivedAt: Date }) =>
      subscriptions.deliver(subscription.id, event, when),
    /** One run of its job, with reads of its own; `failed` is what became of the job before. */
    run: (
      { referrals: other, ...more }: Partial<Parameters<typeof runSubscription>[1]> & { referrals?: Pick<Referrals, 'get' | 'list'> } = {},
      failed: { attempts: number; code?: string } = { attempts: 0 }
    ) =>
      runSubscription(
        { subject: subscription.id, ...failed },
        { ...ports, reads: sharedReads({ referrals: other ?? referrals, now }), ...more }
      ),
    waiting: () => subscriptions.deliveries.map(({ id }) => id),
    got: () => subscriber.received.map(({ id }) => id)
  }
}

const refusing = (code: ConstructorParameters<typeof Failure>[0]) => async () => Promise.reject(new Failure(code, 'No.'))

t.test('what waits is sent in order, each message once, genuine, with the referral as it is now and its lead', async t => {
  const { deliver, run, subscriber, links, subscriptions, waiting, subscription } = await stage(t)
  await links.put({ referralId, leadId: 'lead-1', written: {} })
  const ids = [deliver(created), deliver(updated), deliver({ name: 'test-created' })]
  t.same(await run(), {})
  t.same(waiting(), [])
  t.same(
    subscriber.received.map(({ id, isGenuine, isDuplicate }) => ({ id, isGenuine, isDuplicate })),
    ids.map(id => ({ id, isGenuine: true, isDuplicate: false }))
  )
  const [first, second, third] = subscriber.received.map(({ body }) => body)
  t.same(first, {
    id: ids[0],
    eventName: 'referral-created',
    occurredAt: '2026-03-01T07:59:58.123Z',
    receivedAt: '2026-03-01T08:00:00.000Z',
    correlationId: 'correlation-1',
    referralId,
    referral: JSON.parse(JSON.stringify(referral)),
    lead: leadFromReferral(referral, { referralLink: 'https://partner/{referralId}' }).lead,
    leadId: 'lead-1'
  })
  t.same(
    Object.keys(Object(first)).filter(name => !Object.hasOwn(ReferralNotification.properties, name)),
    [],
    'and the schema knows every member'
  )
  t.match(second, { id: ids[1], eventName: 'referral-updated', occurredAt: undefined, leadId: 'lead-1' })
  t.same(third, { id: ids[2], eventName: 'test-created', receivedAt: start.toISOString(), correlationId: 'correlation-3' })
  const { host } = new URL(subscription.url)
  t.same(
    subscriptions.settled.map(({ entries }) => entries),
    [
      [
        {
          referralId,
          correlationId: 'correlation-1',
          kind: 'delivered',
          text: `The subscriber at ${host} was told of referral-created.`,
          facts: { event: 'referral-created', subscription: subscription.id.slice(0, 8), host }
        }
      ],
      [
        {
          referralId,
          correlationId: 'correlation-2',
          kind: 'delivered',
          text: `The subscriber at ${host} was told of referral-updated.`,
          facts: { event: 'referral-updated', subscription: subscription.id.slice(0, 8), host }
        }
      ],
      []
    ]
  )
})

t.test('a referral is read once a run, and anew in the next', async t => {
  const { deliver, run, referrals, subscriber, pass } = await stage(t)
  deliver(created)
  pass(1000)
  deliver(updated)
  await run()
  t.same(referrals.asked, ['get'])
  t.same(referrals.calls, [{ correlationId: 'correlation-1' }])
  referrals.change(referralId, { name: 'Renamed' })
  deliver(updated)
  await run()
  t.same(referrals.asked, ['get', 'get'])
  t.match(subscriber.received.at(-1)?.body, { referral: { name: 'Renamed' } })
})

t.test('runs share their readings, and none tells a state that is older than its event', async t => {
  const { deliver, run, referrals, subscriber, pass, now } = await stage(t)
  const reads = sharedReads({ referrals, now })
  deliver(created)
  await run({ reads })
  deliver(created)
  await run({ reads })
  t.same(referrals.asked, ['get'])
  pass(1)
  referrals.change(referralId, { name: 'Renamed' })
  // As it waits for a slow subscriber: one event that others were told of, and a later one.
  deliver(created, { receivedAt: start })
  deliver(updated)
  await run({ reads })
  t.same(referrals.asked, ['get', 'get'])
  t.match(subscriber.received.slice(-2), [{ body: { referral: { name: 'Renamed' } } }, { body: { referral: { name: 'Renamed' } } }])
})

t.test('the event is told without the referral when it is hidden, and without a lead that was deleted', async t => {
  const hidden: [string, Failure][] = [
    ['related-referral-updated', new Failure('REFERRAL_NOT_FOUND', 'No.')],
    ['Related-Referral-Updated', new Failure('PARTNER_CENTER_DENIED', 'No.', { answeredStatus: 403 })],
    ['referral-updated', new Failure('REFERRAL_NOT_FOUND', 'No.')]
  ]
  for (const [name, failure] of hidden) {
    const { deliver, run, subscriber, links, referrals } = await stage(t)
    await links.put({ referralId, leadId: 'lead-1', written: {}, deletedAt: start.toISOString() })
    deliver({ name, referralId })
    await run({ referrals: { ...referrals, get: async () => Promise.reject(failure) } })
    const { body } = subscriber.received[0] ?? {}
    t.match(body, { eventName: name, referralId })
    t.same(
      ['referral', 'lead', 'leadId'].filter(member => Object.hasOwn(Object(body), member)),
      []
    )
  }
})

t.test('a sign-in that is refused hides nothing: whatever the event, it waits', async t => {
  const denied = (answeredStatus?: number) => async () => Promise.reject(new Failure('PARTNER_CENTER_DENIED', 'No.', { answeredStatus }))
  const cases: [string, number | undefined][] = [
    ['referral-updated', 403],
    ['referral-created', 401],
    ['related-referral-updated', 401],
    ['related-referral-updated', undefined]
  ]
  for (const [name, status] of cases) {
    const { deliver, run, subscriber, waiting } = await stage(t)
    const id = deliver({ name, referralId })
    for (const attempts of [0, 50])
      await t.rejects(
        run({ referrals: { get: denied(status), list: denied(status) } }, { attempts, code: 'REFERRAL_UNREADABLE' }),
        { code: 'PARTNER_CENTER_DENIED' },
        `${name} ${status}`
      )
    t.same(waiting(), [id])
    t.same(subscriber.received, [])
  }
})

t.test('while Partner Center as a whole cannot be read nothing is sent, and everything waits, however often it was tried', async t => {
  for (const code of ['PARTNER_CENTER_UNREACHABLE', 'PARTNER_CENTER_UNEXPECTED', 'PARTNER_CENTER_BUSY', 'SIGN_IN_EXPIRED'] as const) {
    const { deliver, run, subscriber, waiting } = await stage(t)
    const ids = [deliver(), deliver()]
    for (const failed of [{ attempts: 0 }, { attempts: 50, code: 'REFERRAL_UNREADABLE' }])
      await t.rejects(run({ referrals: { get: refusing(code), list: refusing(code) } }, failed), { code })
    t.same(waiting(), ids)
    t.same(subscriber.received, [])
  }
})

t.test(
  'one referral that cannot be read is told without itself after five attempts, is no outage, and the events after it are sent',
  async t => {
    const codes = [
      'PARTNER_CENTER_UNEXPECTED',
      'PARTNER_CENTER_UNREACHABLE',
      'PARTNER_CENTER_DENIED',
      'REFERRAL_REFUSED',
      'INTERNAL'
    ] as const
    for (const code of codes) {
      const { deliver, run, subscriber, subscriptions, links, referrals, waiting } = await stage(t)
      const other = { ...fullReferral(), id: '5111fffc-f9ee-4d53-bba6-569135228642' }
      referrals.stored.set(other.id, other)
      await links.put({ referralId, leadId: 'lead-1', written: {} })
      const get: Referrals['get'] = async (id, call) => (id === referralId ? refusing(code)() : referrals.get(id, call))
      const poor = { referrals: { ...referrals, get } }
      const ids = [deliver(), deliver(), deliver({ name: 'referral-updated', referralId: String(other.id) })]
      for (let attempts = 0; attempts < 4; attempts++) {
        const failed = await run(poor, { attempts, ...(attempts > 0 && { code: 'REFERRAL_UNREADABLE' }) }).catch((error: Failure) => error)
        t.match(failed, { code: 'REFERRAL_UNREADABLE', retry: 'later', cause: { code } })
        t.equal(upstreamOf('REFERRAL_UNREADABLE'), undefined, 'no circuit hears of it')
      }
      await t.rejects(
        run(poor, { attempts: 50, code: 'SUBSCRIBER_UNREACHABLE' }),
        { code: 'REFERRAL_UNREADABLE' },
        'attempts of another kind do not count'
      )
      t.same(waiting(), ids)
      t.same(await run(poor, { attempts: 4, code: 'REFERRAL_UNREADABLE' }), {})
      t.same(waiting(), [])
      const [first, second, third] = subscriber.received.map(({ body }) => Object(body))
      t.match(first, { referralId, leadId: 'lead-1' })
      t.same(
        [first, second].map(body => ['referral' in body, 'lead' in body]),
        [
          [false, false],
          [false, false]
        ]
      )
      t.match(third, { referral: { id: other.id }, lead: {} })
      t.match(subscriptions.settled[0]?.entries, [
        { kind: 'delivered', text: /without the referral and its lead/, code: 'REFERRAL_UNREADABLE' }
      ])
      t.equal(subscriptions.settled[2]?.entries[0]?.code, undefined)
    }
  }
)

t.test('a referral that cannot be made a lead is told without the lead', async t => {
  const { deliver, run, subscriber, subscriptions } = await stage(t)
  deliver()
  const mapping = {
    get referralLink(): string {
      throw new TypeError('strange')
    }
  }
  t.same(await run({ mapping }), {})
  t.same(['referral' in Object(subscriber.received[0]?.body), 'lead' in Object(subscriber.received[0]?.body)], [true, false])
  t.match(subscriptions.settled[0]?.entries, [{ kind: 'delivered', text: /without the lead/, code: 'INTERNAL' }])
})

t.test('a subscriber that cannot be reached keeps what waits; the messages come again in order, under their ids', async t => {
  const { deliver, run, subscriber, subscriptions, waiting, got } = await stage(t)
  const ids = [deliver(created), deliver(updated), deliver(updated)]
  subscriber.nextAnswers.next({ status: 202 })
  subscriber.nextAnswers.next({ status: 503, headers: { 'retry-after': '30' } })
  await t.rejects(run(), { code: 'SUBSCRIBER_UNREACHABLE', retryAfterMs: 30_000 })
  t.same(waiting(), ids.slice(1))
  t.equal(subscriptions.settled.length, 1)
  subscriber.nextAnswers.next({ reset: true })
  await t.rejects(run(), { code: 'SUBSCRIBER_UNREACHABLE' })
  await run()
  t.same(got(), [ids[0], ids[1], ids[1], ids[1], ids[2]])
  t.equal(subscriber.duplicates(), 2, 'the subscriber can tell them')
  t.same(waiting(), [])
})

t.test('a message whose settling failed is sent again under its id', async t => {
  const { deliver, run, subscriber, subscriptions } = await stage(t)
  deliver()
  await t.rejects(run({ subscriptions: { ...subscriptions, settle: refusing('STORE_UNAVAILABLE') } }), { code: 'STORE_UNAVAILABLE' })
  await run()
  t.match(subscriber.received, [{ isDuplicate: false }, { isDuplicate: true }])
})

t.test('every answer but 2xx and 410 is tried again, for three days', async t => {
  for (const status of [301, 400, 401, 403, 404, 408, 409, 413, 422, 425, 429, 500, 503]) {
    const { deliver, run, subscriber, subscriptions, waiting, got } = await stage(t)
    const ids = [deliver(created), deliver(updated)]
    subscriber.nextAnswers.next({ status })
    const failed = await run().catch((error: Failure) => error)
    t.match(failed, { code: /^SUBSCRIBER_(REFUSED|UNREACHABLE)$/, retry: 'later' }, String(status))
    t.equal(upstreamOf((failed as Failure).code), undefined, 'and is no outage of ours')
    t.same(waiting(), ids)
    t.same(await run({}, { attempts: 1, code: (failed as Failure).code }), {})
    t.same(got(), [ids[0], ...ids], 'the next try takes it, and then the others')
    t.match(subscriptions.settled, [{ entries: [{ kind: 'delivered' }] }, { entries: [{ kind: 'delivered' }] }])
  }
})

t.test('a subscriber that takes nothing for a while loses nothing', async t => {
  for (const status of [404, 401, 403, 302, 500]) {
    const { deliver, run, pass, subscriber, waiting, got } = await stage(t)
    const id = deliver(created)
    pass(2 * dayMs)
    subscriber.nextAnswers.next({ status, times: 2 })
    for (const attempts of [0, 99])
      await t.rejects(run({}, { attempts, code: 'SUBSCRIBER_UNREACHABLE' }), { code: 'SUBSCRIBER_UNREACHABLE' })
    await run()
    t.same(got(), [id, id, id])
    t.same(waiting(), [])
  }
})

t.test('a message that is refused holds up the others for two hours, and is then given up', async t => {
  const { deliver, run, pass, subscriber, subscriptions, waiting } = await stage(t)
  const refusedBefore = { attempts: 3, code: 'SUBSCRIBER_REFUSED' }
  deliver(created)
  const next = deliver(updated)
  subscriber.nextAnswers.next({ status: 400, times: 4 })
  await t.rejects(run(), { code: 'SUBSCRIBER_REFUSED' })
  pass(2 * hourMs - 1)
  await t.rejects(run({}, refusedBefore), { code: 'SUBSCRIBER_REFUSED' })
  pass(1)
  await t.rejects(run({}, { attempts: 9, code: 'SUBSCRIBER_UNREACHABLE' }), { code: 'SUBSCRIBER_REFUSED' }, 'never for a single refusal')
  const { nextAt } = await run({}, refusedBefore)
  t.same(nextAt, new Date(start.getTime() + 2 * hourMs), 'the next one begins at once, with no attempts')
  t.same(waiting(), [next])
  t.match(subscriptions.settled, [
    {
      entries: [{ kind: 'notDelivered', code: 'SUBSCRIBER_REFUSED', text: /status 400\. .*given up/, facts: { event: 'referral-created' } }]
    }
  ])
  await run()
  t.same(waiting(), [])
  t.match(subscriptions.settled[1], { entries: [{ kind: 'delivered' }] })
  t.notMatch(JSON.stringify(subscriptions.settled), /sig=|workflows/, 'the timeline tells the host only')
})

t.test('after a subscription has ended not one more message is sent', async t => {
  const { deliver, run, subscriber, subscribers, subscriptions, subscription } = await stage(t)
  for (let index = 0; index < 5; index++) deliver()
  const send: typeof subscribers.send = async (...given) => {
    await subscribers.send(...given)
    if (subscriber.received.length === 2) await subscriptions.delete(subscription.id)
  }
  t.same(await run({ subscribers: { send } }), {})
  t.equal(subscriber.received.length, 2)

  const reading = await stage(t)
  reading.deliver()
  const get: Referrals['get'] = async (id, call) => {
    await reading.subscriptions.delete(reading.subscription.id)
    return await reading.referrals.get(id, call)
  }
  await reading.run({ referrals: { ...reading.referrals, get } })
  t.same(reading.subscriber.received, [], 'also when it ends while the referral is read')
})

t.test('410 ends the subscription, and what waited with it', async t => {
  const { deliver, run, subscriber, subscriptions, waiting, subscription } = await stage(t)
  deliver(created)
  deliver(updated)
  subscriber.answerAlways(410)
  t.same(await run(), {})
  t.equal(subscriber.received.length, 1)
  t.equal(await subscriptions.get(subscription.id), undefined)
  t.same(waiting(), [])
  t.match(subscriptions.settled, [
    { entries: [{ kind: 'notDelivered', code: 'SUBSCRIBER_GONE', text: /410: it is gone\. Its subscription was ended\./ }] }
  ])
  t.same(await run(), {}, 'a run for one that is not there is done')
})

t.test('after three days an event is given up unsent', async t => {
  const { deliver, run, pass, subscriptions, subscriber, got } = await stage(t)
  deliver(created)
  pass(1000)
  const late = deliver(updated)
  pass(3 * dayMs)
  await run()
  t.match(subscriptions.settled, [
    { entries: [{ kind: 'notDelivered', code: 'SUBSCRIBER_UNREACHABLE', text: /three days/ }] },
    { entries: [{ kind: 'delivered' }] }
  ])
  t.same(got(), [late], 'three days to the second is not yet too old')
  t.equal(subscriber.received[0]?.isGenuine, true, 'the time of the message is that of the sending')
})

t.test('a run ends after twenty messages or fifteen seconds, and when it has lost its job', async t => {
  const many = await stage(t)
  for (let index = 0; index < 45; index++) many.deliver()
  t.same(await many.run(), { nextAt: start })
  t.equal(many.subscriber.received.length, 20)
  t.same(await many.run(), { nextAt: start })
  t.same(await many.run(), {})
  t.equal(many.subscriber.received.length, 45)
  t.equal(many.subscriber.duplicates(), 0)

  const exactly = await stage(t)
  for (let index = 0; index < 20; index++) exactly.deliver()
  t.same(await exactly.run(), {}, 'nothing is left')

  const slow = await stage(t)
  for (let index = 0; index < 5; index++) slow.deliver()
  const send: typeof slow.subscribers.send = async (...given) => {
    await slow.subscribers.send(...given)
    slow.pass(8000)
  }
  t.same(await slow.run({ subscribers: { send } }), { nextAt: new Date(start.getTime() + 16_000) })
  t.equal(slow.subscriber.received.length, 2)

  const lost = await stage(t)
  lost.deliver()
  lost.deliver()
  const aborter = new AbortController()
  const sendAndLose: typeof send = async (...given) => {
    await lost.subscribers.send(...given)
    aborter.abort()
  }
  await lost.run({ subscribers: { send: sendAndLose }, signal: aborter.signal })
  t.equal(lost.subscriber.received.length, 1)
})

t.test('one subscriber that gives no answer delays nobody else', async t => {
  const silent = await stage(t)
  const well = await stage(t)
  const release = silent.subscriber.hold()
  silent.deliver()
  const held = silent.run()
  while (silent.subscriber.received.length === 0) await new Promise(resolve => setImmediate(resolve))
  well.deliver()
  await well.run()
  t.equal(well.subscriber.received.length, 1, 'told while the other one is still waited for')
  t.equal(silent.waiting().length, 1)
  release()
  await held
  t.equal(silent.waiting().length, 0)
})

t.test('instants of Partner Center come in one form, or not at all', async t => {
  const forms: [string, string | undefined][] = [
    ['2026-03-01T07:59:58.1234567+00:00', '2026-03-01T07:59:58.123Z'],
    ['2026-03-01T08:59:58+01:00', '2026-03-01T07:59:58.000Z'],
    ['2026-03-01T07:59:58Z', '2026-03-01T07:59:58.000Z'],
    ['2026-03-01T07:59:58.12', '2026-03-01T07:59:58.120Z'],
    ['yesterday', undefined],
    ['', undefined]
  ]
  for (const [changedAt, occurredAt] of forms) {
    const { deliver, run, subscriber } = await stage(t)
    deliver({ name: 'test-created', changedAt })
    await run()
    t.equal(Object(subscriber.received[0]?.body).occurredAt, occurredAt, changedAt)
  }
})
