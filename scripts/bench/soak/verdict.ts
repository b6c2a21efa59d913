import { round } from '../figures.ts'
import { envelopeGrowth, growthOf } from './growth.ts'

/** What a service holds after so much work, in bytes and in open files and sockets. */
export interface Sample {
  work: number
  heap: number
  outside: number
  resident: number
  handles: number
  stored: number
}

export interface Course {
  samples: readonly Sample[]
  seconds: number
  /** Answers that were not among the right ones, by what they were. */
  wrong: ReadonlyMap<string, number>
  isDrained: boolean
  /** How many events of referrals come with each piece of work. */
  eventShare: number
}

/** What may be more at the end than in the middle; of what is stored, by event; of wrong answers, the share. */
const bounds = { heapMb: 2, outsideMb: 2, residentMb: 32, handles: 8, storedKbPerEvent: 16, wrongAnswers: 0.01 }
const mb = 1024 * 1024

/** Whether what was held has grown with the work, and the line that says so. */
export function verdict({ samples, seconds, wrong, isDrained, eventShare }: Course): { line: string; ok: boolean } {
  const [first, middle, last] = [samples[0], samples[Math.floor(samples.length / 2)], samples.at(-1)]
  if (first === undefined || middle === undefined || last === undefined) throw new Error('Nothing was looked at.')
  const looksAt = (name: keyof Sample, unit: number) => samples.map(sample => ({ work: sample.work, value: sample[name] / unit }))
  const heap = growthOf(looksAt('heap', mb))
  const outside = growthOf(looksAt('outside', mb))
  const resident = envelopeGrowth(looksAt('resident', mb))
  const handles = envelopeGrowth(looksAt('handles', 1))
  const stored = growthOf(looksAt('stored', 1024)).slope / eventShare
  const events = last.work * eventShare
  const strays = [...wrong.values()].reduce((sum, count) => sum + count, 0)

  const broken = [
    heap.surely > bounds.heapMb && `the heap grows by ${round(heap.slope * mb, 0)} bytes with each piece of work`,
    outside.surely > bounds.outsideMb && 'the memory beside the heap grows',
    resident > bounds.residentMb && 'the memory of the process grows',
    handles > bounds.handles && 'open files and sockets grow',
    stored > bounds.storedKbPerEvent && `more than ${bounds.storedKbPerEvent} kB are stored for an event`,
    !isDrained && 'not everything was worked off',
    // On a machine that is busy otherwise a deadline may pass now and then.
    strays > last.work * bounds.wrongAnswers && 'too many wrong answers'
  ].filter(text => text !== false)
  const inMb = (name: 'heap' | 'outside' | 'resident'): string => [middle, last].map(sample => `${round(sample[name] / mb)} MB`).join(' → ')
  const line = [
    `soak ${last.work} pieces of work in ${round(seconds / 60)} min, ${round(events, 0)} of them events: an hour of a partner with one event in ${round(3600 / events)} s`,
    `from the middle to the end heap ${inMb('heap')} (${round(heap.slope * 1024, 2)} kB with each), beside it ${inMb('outside')}, process ${inMb('resident')}`,
    `open handles ${first.handles} → ${last.handles}`,
    `stored ${round(last.stored / mb)} MB, ${round(stored)} kB for an event`,
    ['wrong answers', strays, ...[...wrong].map(([what, count]) => `(${what}: ${count})`)].join(' '),
    broken.length > 0 ? `BROKEN: ${broken.join(', ')}` : 'kept'
  ].join('; ')
  return { line, ok: broken.length === 0 }
}
