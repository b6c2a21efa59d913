import type { Call, Claim } from '../ports.ts'
import type { JobKind } from '../schemas/job.ts'
import type { Note } from '../sync/note.ts'
import type { Upstream } from './upstream-of.ts'

export interface RunTools {
  /** Stored with the outcome; only the jobs of referrals have a timeline. */
  note: Note
  /** Its signal is aborted when the lease is lost or the process must stop: what is done from then on does not count. */
  call: Call & { signal: AbortSignal }
}

export interface RunResult {
  /** When the job comes back by itself; it is done for good without. */
  nextAt?: Date
  /** The upstreams that the run has proven to work. What is in the timeline need not be said again. */
  reached?: readonly Upstream[]
}

/** How the jobs of a kind are done. */
export interface Handler {
  /** How many at once. */
  slots: number
  /** Failed attempts after which its jobs are set aside, instead of the worker's number. */
  maxAttempts?: number
  /** What it cannot do without; while one of them is down, no job of the kind is begun. The store goes without saying. */
  needs: readonly Upstream[]
  /** Does one job; it may be done again, so it must be safe to repeat. Whatever it throws is a failed attempt. */
  run(claim: Claim, tools: RunTools): Promise<RunResult>
}

export type Handlers = { readonly [kind in JobKind]?: Handler }
