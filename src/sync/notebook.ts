import type { NewTimelineEntry } from '../schemas/timeline.ts'
import type { Note } from './note.ts'

/** Collects what happens to one referral during one piece of work, to be stored with its outcome. */
export function notebook(about: Pick<NewTimelineEntry, 'referralId' | 'correlationId' | 'by'>): {
  note: Note
  entries: NewTimelineEntry[]
} {
  const entries: NewTimelineEntry[] = []
  return { entries, note: entry => void entries.push({ ...about, ...entry }) }
}
