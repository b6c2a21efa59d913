import type { NewTimelineEntry } from '../schemas/timeline.ts'

/** Writes down what happened, for the referral's timeline; whoever hands it in adds the referral and the correlation id. */
export type Note = (entry: Omit<NewTimelineEntry, 'referralId' | 'correlationId' | 'by'>) => void
