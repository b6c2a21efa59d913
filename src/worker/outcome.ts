import type { Failure } from '../failure.ts'
import type { Claim, Jobs } from '../ports.ts'
import type { NewTimelineEntry } from '../schemas/timeline.ts'
import type { Note } from '../sync/note.ts'
import { nextAttempt } from './next-attempt.ts'

/** What came of a run, and what it noted on its way. */
export type Outcome = { entries: readonly NewTimelineEntry[] } & (
  | { as: 'finished'; nextAt?: Date }
  | { as: 'retried'; failure: Failure; at: Date; isCounted: boolean }
  | { as: 'setAside'; failure: Failure }
)

export interface FailedRun {
  claim: Pick<Claim, 'attempts'>
  /** When to try again if an upstream is to blame; see `Run.failed`. */
  outageUntil: Date | undefined
  note: Note
  entries: readonly NewTimelineEntry[]
  maxAttempts: number
  now: () => Date
  random: () => number
}

/** What becomes of a job whose run failed. An outage does not count; else it is tried again, or set aside after the last attempt. */
export function outcomeOfFailure(
  failure: Failure,
  { claim, outageUntil, note, entries, maxAttempts, now, random }: FailedRun
): Outcome & { as: 'retried' | 'setAside' } {
  const { code, message, advice } = failure
  const attempts = claim.attempts + (outageUntil ? 0 : 1)
  const at = outageUntil ?? nextAttempt(failure, { attempts, maxAttempts, now: now(), random })
  if (!at) {
    note({ kind: 'setAside', text: `It failed and waits for a person: ${message}`, code, advice, facts: { attempts: String(attempts) } })
    return { as: 'setAside', failure, entries }
  }
  const facts = { nextAttemptAt: at.toISOString(), attempts: String(attempts) }
  note({ kind: 'retried', text: `It failed and is tried again: ${message}`, code, advice, facts })
  return { as: 'retried', failure, at, isCounted: !outageUntil, entries }
}

/** @throws STORE_UNAVAILABLE */
export async function storeOutcome(jobs: Pick<Jobs, 'finish' | 'retry' | 'setAside'>, claim: Claim, outcome: Outcome): Promise<void> {
  const { entries } = outcome
  if (outcome.as === 'finished') return await jobs.finish(claim, { entries, ...(outcome.nextAt && { nextAt: outcome.nextAt }) })
  const { code, message } = outcome.failure
  if (outcome.as === 'setAside') return await jobs.setAside(claim, { code, message, entries })
  await jobs.retry(claim, { at: outcome.at, code, message, isCounted: outcome.isCounted, entries })
}
