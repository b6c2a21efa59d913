import type { ReferralEvent } from '../schemas/callback.ts'
import type { NewTimelineEntry } from '../schemas/timeline.ts'

/** A flow, or another system, that wants to be told of events. */
export interface Subscription {
  /** Whoever knows it may end the subscription: 160 random bits. */
  id: string
  /** Who subscribed: the id of the caller. */
  callerId: string
  /** Holds a secret of its own: it is sealed, never logged. */
  url: string
  /** Signs what is sent: `whsec_` and 32 random bytes in base64 (Standard Webhooks). */
  secret: string
  events: string[]
  createdAt: Date
}

/** An event that waits to be told to a subscription. Ids sort in the order of arrival. */
export interface Delivery {
  id: string
  subscriptionId: string
  event: ReferralEvent
  receivedAt: Date
  correlationId: string
}

export interface Subscriptions {
  /**
   * One subscription for each URL: a second one with the same URL changes its events, and is the caller's from then on.
   * @throws SUBSCRIPTIONS_EXHAUSTED, CALLER_UNAUTHENTICATED for a caller whose key was revoked meanwhile
   */
  put(wanted: Pick<Subscription, 'callerId' | 'url' | 'events'>): Promise<{ subscription: Subscription; isNew: boolean }>
  get(id: string): Promise<Subscription | undefined>
  list(): Promise<Subscription[]>
  /** Ends it, and forgets what waits for it. False when there is none. */
  delete(id: string): Promise<boolean>
  /** What waits for it, oldest first. */
  waiting(id: string, limit: number): Promise<Delivery[]>
  /** How many messages wait for each subscription that some wait for, by its id. */
  waitingCounts(): Promise<Map<string, number>>
  /** A delivery has ended, one way or the other. */
  settle(deliveryId: string, entries?: readonly NewTimelineEntry[]): Promise<void>
}

/** Sends messages to subscriptions, signed as Standard Webhooks has it. */
export interface Subscribers {
  /** @throws SUBSCRIBER_URL_REFUSED for a URL that nothing would ever be sent to */
  check(url: string): void
  /** @throws SUBSCRIBER_GONE for a 410, SUBSCRIBER_REFUSED for what may be about this message, SUBSCRIBER_UNREACHABLE for all else */
  send(to: Pick<Subscription, 'url' | 'secret'>, message: { id: string; at: Date; body: string }): Promise<void>
}
