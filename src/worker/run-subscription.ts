import { Failure } from '../failure.ts'
import type { Claim, Delivery, Subscribers, Subscription, Subscriptions } from '../ports.ts'
import type { NewTimelineEntry } from '../schemas/timeline.ts'
import { type Notification, type NotificationPorts, notifications } from './notification.ts'

export interface DeliveryPorts extends NotificationPorts {
  subscriptions: Pick<Subscriptions, 'get' | 'waiting' | 'settle' | 'delete'>
  subscribers: Pick<Subscribers, 'send'>
  now: () => Date
  /** Aborted when somebody else may have the job: nothing more is sent then. */
  signal?: AbortSignal
}

/** One run takes no more messages and begins no more of them after so long, so that other subscriptions get their turn. */
const maxPerRun = 20
const maxRunMs = 15_000
const hourMs = 60 * 60 * 1000
/** What could not be told for three days is no news any more. */
const maxAgeMs = 3 * 24 * hourMs
/** So long a message that the subscriber refuses holds up the ones after it, which it may take. */
const maxRefusedMs = 2 * hourMs

/**
 * Sends a subscription what waits for it, oldest first, each once the one before it has ended. What is not taken is kept, and the failure says
 * why: the next run begins with it. It is given up after three days, or, when it is refused, once it is two hours old and was refused twice
 * in a row. A subscriber that is gone is unsubscribed.
 * Gives when to go on, if there is more. It may be run again: a message keeps its id, by which the subscriber can tell a second one.
 * @throws SUBSCRIBER_UNREACHABLE, SUBSCRIBER_REFUSED, and REFERRAL_UNREADABLE, PARTNER_CENTER_… and SIGN_IN_… when the referral cannot be read
 */
export async function runSubscription(
  { subject: subscriptionId, attempts, code }: Pick<Claim, 'subject' | 'attempts' | 'code'>,
  ports: DeliveryPorts
): Promise<{ nextAt?: Date }> {
  const { subscriptions, now, signal } = ports
  const subscription = await subscriptions.get(subscriptionId)
  if (!subscription) return {}
  const waiting = await subscriptions.waiting(subscriptionId, maxPerRun + 1)
  const notificationOf = notifications(ports, waiting)
  const endsAt = now().getTime() + maxRunMs
  for (const [index, delivery] of waiting.entries()) {
    if (signal?.aborted || index === maxPerRun || now().getTime() >= endsAt) return { nextAt: now() }
    // What the last run failed of, it failed of at the first in the line.
    const end = await deliver(subscription, delivery, index === 0 ? code : undefined)
    if (end === 'gone') return {}
    // The attempts of one are not those of the next.
    if (end === 'givenUp') return { nextAt: now() }
  }
  return {}

  async function deliver(
    subscription: Subscription,
    delivery: Delivery,
    failedOf: string | undefined
  ): Promise<'settled' | 'givenUp' | 'gone'> {
    const { id, event, receivedAt } = delivery
    const settle = (end: End): Promise<void> => subscriptions.settle(id, entriesFor(delivery, subscription, end))
    const ageMs = now().getTime() - receivedAt.getTime()
    if (ageMs > maxAgeMs) {
      const failure = new Failure(
        'SUBSCRIBER_UNREACHABLE',
        `The event ${event.name} could not be delivered for three days and was given up.`
      )
      await settle({ failure })
      return 'settled'
    }
    const { body, missing } = await notificationOf(delivery, failedOf === 'REFERRAL_UNREADABLE' ? attempts : 0)
    // Whoever ends a subscription wants to hear nothing more; and what waits for it went with it.
    const to = await subscriptions.get(subscriptionId)
    if (!to || signal?.aborted) return 'gone'
    const failure = await refusalOf(() => ports.subscribers.send(to, { id, at: now(), body: JSON.stringify(body) }))
    if (failure?.code === 'SUBSCRIBER_REFUSED') {
      if (failedOf !== failure.code || ageMs < maxRefusedMs) throw failure
      await settle({ failure, remark: 'It was tried for two hours and given up.' })
      return 'givenUp'
    }
    if (failure?.code === 'SUBSCRIBER_GONE') {
      await settle({ failure, remark: 'Its subscription was ended.' })
      await subscriptions.delete(subscriptionId)
      return 'gone'
    }
    await settle({ without: missing && { failure: missing, body } })
    return 'settled'
  }
}

/** Why the subscriber does not take this message, if that is about the message or for ever; undefined when it has taken it. */
async function refusalOf(send: () => Promise<void>): Promise<Failure | undefined> {
  try {
    await send()
    return undefined
  } catch (error) {
    if (error instanceof Failure && (error.code === 'SUBSCRIBER_REFUSED' || error.code === 'SUBSCRIBER_GONE')) return error
    throw error
  }
}

/** How a delivery ended: not delivered for the failure, or delivered, and if need be without what could not be told. */
type End =
  | { failure: Failure; remark?: string }
  | { failure?: never; without: { failure: Failure; body: Notification['body'] } | undefined }

/** Only a referral has a timeline: of other events nothing is written down. */
function entriesFor({ event: { name, referralId }, correlationId }: Delivery, { id, url }: Subscription, end: End): NewTimelineEntry[] {
  if (referralId === undefined) return []
  const { host } = new URL(url)
  // Callers read timelines, and whoever knows the whole id may end the subscription.
  const about = { referralId, correlationId, facts: { event: name, subscription: id.slice(0, 8), host } }
  if (end.failure) {
    const { code, advice, message } = end.failure
    return [{ ...about, kind: 'notDelivered', text: [message, end.remark].filter(Boolean).join(' '), code, advice }]
  }
  const told = `The subscriber at ${host} was told of ${name}`
  if (!end.without) return [{ ...about, kind: 'delivered', text: `${told}.` }]
  const { failure, body } = end.without
  const what = body.referral ? 'the lead' : 'the referral and its lead'
  return [{ ...about, kind: 'delivered', text: `${told}, without ${what}. ${failure.message}`, code: failure.code, advice: failure.advice }]
}
