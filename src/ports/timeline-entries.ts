import type { NewTimelineEntry, TimelineEntry } from '../schemas/timeline.ts'

export interface TimelineEntries {
  add(...entries: NewTimelineEntry[]): Promise<void>
  /** Oldest first, those after the entry `after`. */
  list(referralId: string, options: { after?: string; limit: number }): Promise<TimelineEntry[]>
  /** Of all referrals, oldest first, a page at a time. */
  all(options: { since?: Date; after?: string; limit: number }): Promise<TimelineEntry[]>
}
