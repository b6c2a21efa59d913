import type { NewTimelineEntry } from '../schemas/timeline.ts'
import type { Note } from './note.ts'

type About = Pick<NewTimelineEntry, 'referralId' | 'correlationId' | 'by'>

/** Collects what happens to one referral during one piece of work, each thing with its time, to be stored with the outcome. */
export function notebook(about: About, now: () => Date): { note: Note; entries: NewTimelineEntry[] } {
  const entries: NewTimelineEntry[] = []
  return { entries, note: entry => void entries.push({ ...about, at: now().toISOString(), ...entry }) }
}
