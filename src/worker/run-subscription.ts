import { Failure } from '../failure.ts'
import type { Delivery, Subscribers, Subscription, Subscriptions } from '../ports.ts'
import type { NewTimelineEntry } from '../schemas/timeline.ts'
import { type NotificationPorts, notifications } from './notification.ts'

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
/** What could not be told for three days is no news any more. */
const maxAgeMs = 3 * 24 * 60 * 60 * 1000

/**
 * Sends a subscription what waits for it, oldest first, each once the one before it has ended. One that cannot be reached keeps what waits, and
 * the failure says so; what a subscriber refuses is given up, and the next one is sent; one that is gone is unsubscribed.
 * Gives when to go on, if there is more. It may be run again: a message keeps its id, by which the subscriber can tell a second one.
 * @throws SUBSCRIBER_UNREACHABLE, PARTNER_CENTER_… and SIGN_IN_… when the referral cannot be read
 */
export async function runSubscription(subscriptionId: string, ports: DeliveryPorts): Promise<{ nextAt?: Date }> {
  const { subscriptions, now, signal } = ports
  const subscription = await subscriptions.get(subscriptionId)
  if (!subscription) return {}
  const notificationOf = notifications(ports)
  const waiting = await subscriptions.waiting(subscriptionId, maxPerRun + 1)
  const endsAt = now().getTime() + maxRunMs
  for (const [index, delivery] of waiting.entries()) {
    if (signal?.aborted || index === maxPerRun || now().getTime() >= endsAt) return { nextAt: now() }
    if ((await deliver(subscription, delivery)) === 'gone') return {}
  }
  return {}

  async function deliver(subscription: Subscription, delivery: Delivery): Promise<'settled' | 'gone'> {
    const { id, event, receivedAt } = delivery
    const settle = (failure?: Failure): Promise<void> => subscriptions.settle(id, entriesFor(delivery, subscription, failure))
    if (now().getTime() - receivedAt.getTime() > maxAgeMs) {
      await settle(new Failure('SUBSCRIBER_UNREACHABLE', `The event ${event.name} could not be delivered for three days and was given up.`))
      return 'settled'
    }
    const body = JSON.stringify(await notificationOf(delivery))
    const failure = await refusalOf(() => ports.subscribers.send(subscription, { id, at: now(), body }))
    await settle(failure)
    if (failure?.code !== 'SUBSCRIBER_GONE') return 'settled'
    await subscriptions.delete(subscriptionId)
    return 'gone'
  }
}

/** Why the subscriber will never take this message; undefined when it has taken it. */
async function refusalOf(send: () => Promise<void>): Promise<Failure | undefined> {
  try {
    await send()
    return undefined
  } catch (error) {
    if (error instanceof Failure && (error.code === 'SUBSCRIBER_REFUSED' || error.code === 'SUBSCRIBER_GONE')) return error
    throw error
  }
}

/** Only a referral has a timeline: of other events nothing is written down. */
function entriesFor(
  { event: { name, referralId }, correlationId }: Delivery,
  { id, url }: Subscription,
  failure: Failure | undefined
): NewTimelineEntry[] {
  if (referralId === undefined) return []
  const { host } = new URL(url)
  const about = { referralId, correlationId, facts: { event: name, subscriptionId: id, host } }
  if (failure === undefined) return [{ ...about, kind: 'delivered', text: `The subscriber at ${host} was told of ${name}.` }]
  const { code, advice, message } = failure
  const end = code === 'SUBSCRIBER_GONE' ? ' Its subscription was ended.' : ''
  return [{ ...about, kind: 'notDelivered', text: `${message}${end}`, code, advice }]
}
