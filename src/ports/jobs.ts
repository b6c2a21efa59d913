import type { FailureCode } from '../failure.ts'
import type { Job, JobKind, JobOrigin, JobState } from '../schemas/job.ts'
import type { NewTimelineEntry } from '../schemas/timeline.ts'

/** A wish that something be done; hints for one subject become one job. */
export interface JobHint {
  kind: JobKind
  subject: string
  origin: JobOrigin
  correlationId: string
  /** Now when left out. */
  dueAt?: Date
}

/** A job that this process works on while its lease lasts. */
export interface Claim extends Job {
  /** Proves the lease: what a process that lost it says afterwards does not count. */
  lease: string
  /** The process that had it before ended without a word. */
  isTakenOver: boolean
}

export interface JobSelection {
  kind?: JobKind
  subject?: string
  state?: JobState
  code?: FailureCode
  /** Last touched at or after. */
  since?: Date
}

/** What is left to do. It survives everything that was answered for; of several processes one gets each job. */
export interface Jobs {
  /**
   * Adds a hint to the job of its subject, or makes the job. A job that waits for its next attempt keeps waiting; one that is set aside becomes
   * ready again, with the origin of the hint; one that is active is run once more afterwards.
   */
  add(...hints: JobHint[]): Promise<void>
  /** Takes at most `limit` due jobs of a kind, the longest due first. A lease that has run out is as good as due, and counts as an attempt. */
  claim(kind: JobKind, options: { limit: number; leaseMs: number }): Promise<Claim[]>
  /** Takes the job of the hint's subject, making it if need be; undefined while somebody else works on it. */
  claimOne(hint: JobHint, leaseMs: number): Promise<Claim | undefined>
  /**
   * Ends the leases of the service: for a process that knows itself to be the only service, right after its start. A lease counts as the service's
   * when it was made after `takeOver` was called on the same instance; that of a command that runs beside it lasts until it ends or runs out.
   */
  takeOver(): Promise<void>
  /** Lengthens leases; gives those that are still held. */
  extend(claims: readonly Claim[], leaseMs: number): Promise<Claim[]>
  /** The work is done. The job goes, or is ready at once when hints came meanwhile, or at `nextAt`. The entries are stored with it. */
  finish(claim: Claim, options?: { entries?: readonly NewTimelineEntry[]; nextAt?: Date }): Promise<void>
  /** Failed; it is run again at `at`. `isCounted` says whether the attempt counts. */
  retry(
    claim: Claim,
    options: { at: Date; code: FailureCode; message: string; isCounted: boolean; entries?: readonly NewTimelineEntry[] }
  ): Promise<void>
  /** Failed for good until a person or a new hint comes. */
  setAside(claim: Claim, options: { code: FailureCode; message: string; entries?: readonly NewTimelineEntry[] }): Promise<void>
  /** Gives the job back as it was before the claim; one that the claim made goes. */
  release(claim: Claim, options?: { entries?: readonly NewTimelineEntry[] }): Promise<void>
  /** At most `limit`, the latest touched first, or the earliest. */
  list(selection: JobSelection, limit: number, first?: 'latest' | 'earliest'): Promise<Job[]>
  count(selection: JobSelection): Promise<number>
  /** How many there are by kind and state, and since when the oldest ready one of each kind is due. */
  summary(): Promise<{ kind: JobKind; state: JobState; count: number; oldestDueAt?: Date }[]>
  /** Makes jobs that wait or are set aside ready now, with their attempts forgotten. Gives them. When there are any, the entries are stored too. */
  retryNow(selection: JobSelection, options?: { entries?: readonly NewTimelineEntry[] }): Promise<Job[]>
  /**
   * Forgets jobs that are not active; with the job of a subscription go the messages that wait for it. Gives what is gone. When there is
   * something, the entries are stored too.
   */
  drop(selection: JobSelection, options?: { entries?: readonly NewTimelineEntry[] }): Promise<Job[]>
}
