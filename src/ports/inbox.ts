import type { ReferralEvent } from '../schemas/callback.ts'
import type { NewTimelineEntry } from '../schemas/timeline.ts'
import type { JobHint } from './jobs.ts'

/** What the receiver stores of a proven callback. */
export interface ReceivedCallback {
  /** SHA-256 of the body, in hex. */
  bodyHash: string
  event: ReferralEvent
  /** What is to be done because of it. */
  hints: JobHint[]
  entries: NewTimelineEntry[]
  correlationId: string
}

/** The receiver's side of the store. */
export interface Inbox {
  /**
   * Stores a callback, its jobs, its timeline entries and a delivery for each subscription to its event, all or nothing; when it resolves, it
   * is durable. A body that was stored before changes nothing but a counter.
   */
  accept(received: ReceivedCallback): Promise<'new' | 'seen'>
  /** Tells the subscriptions to an event of it, without a callback. */
  announce(happened: Pick<ReceivedCallback, 'event' | 'correlationId'>): Promise<void>
}
