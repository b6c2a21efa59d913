import type { Call, Claim } from '../ports.ts'
import type { JobKind } from '../schemas/job.ts'
import type { Note } from '../sync/note.ts'
import type { Upstream } from './upstream-of.ts'

export interface RunTools {
  /** Stored with the outcome; only the jobs of referrals have a timeline. */
  note: Note
  call: Call
  /** Aborted when the lease is lost or the process must stop: what is done from then on does not count. */
  signal: AbortSignal
}

/** How the jobs of a kind are done. */
export interface Handler {
  /** How many at once. */
  slots: number
  /** Failed attempts after which its jobs are set aside, instead of the worker's number. */
  maxAttempts?: number
  /** What it cannot do without; while one of them is down, no job of the kind is begun. The store goes without saying. */
  needs: readonly Upstream[]
  /**
   * Does one job; it may be done again, so it must be safe to repeat. What it gives is `{ nextAt }` when the job comes back by itself,
   * anything else when it is done. Whatever it throws is a failed attempt.
   */
  run(claim: Claim, tools: RunTools): Promise<unknown>
}

export type Handlers = { readonly [kind in JobKind]?: Handler }

/** When a job that was done is run again by itself. */
export function nextAtOf(result: unknown): Date | undefined {
  return typeof result === 'object' && result !== null && 'nextAt' in result && result.nextAt instanceof Date ? result.nextAt : undefined
}
