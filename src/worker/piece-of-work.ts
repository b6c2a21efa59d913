import { Failure, failureFrom } from '../failure.ts'
import type { Claim, Jobs, Log } from '../ports.ts'
import type { NewTimelineEntry } from '../schemas/timeline.ts'
import type { Note } from '../sync/note.ts'
import { notebook } from '../sync/notebook.ts'
import type { Circuits, Run } from './circuits.ts'
import type { Handler, RunResult } from './handler.ts'
import { type Outcome, outcomeOfFailure, storeOutcome } from './outcome.ts'
import { reachedBy } from './upstream-of.ts'

/** Between two attempts to store an outcome. */
const storeAgainMs = 500
/** How long a run that was stopped may take to end. */
const stoppingMs = 2000

export interface PieceOptions {
  jobs: Pick<Jobs, 'finish' | 'retry' | 'setAside' | 'release'>
  handler: Handler
  run: Run
  circuits: Pick<Circuits, 'storeFailed' | 'storeWorked'>
  log: Log
  now: () => Date
  wait: (ms: number, signal?: AbortSignal) => Promise<unknown>
  random: () => number
  maxAttempts: number
  /** In milliseconds since 1970. */
  leaseEndsAt: number
}

/** A job that is being done, from the claim until its outcome is stored. */
export interface Piece {
  claim: Claim
  /** Resolves when its outcome is stored or given up, and never rejects. */
  ended: Promise<void>
  /** Whether its lease has to be lengthened: not any more once only the outcome is to be stored. */
  needsLease(): boolean
  keep(leaseEndsAt: number): void
  /** Somebody else has the job now, or may have it. */
  lose(): void
  /** Loses it if the lease ends by then. */
  loseAfter(time: number): void
  /** Stops it and gives the job back, with what was noted so far. */
  giveBack(): Promise<void>
}

export function pieceOfWork(claim: Claim, { jobs, handler, run, circuits, log, ...options }: PieceOptions): Piece {
  const { kind, subject, correlationId } = claim
  const { now, wait, random } = options
  const maxAttempts = handler.maxAttempts ?? options.maxAttempts
  const about = { kind, subject, correlationId }
  const aborter = new AbortController()
  const { signal } = aborter
  const gaveBack = new AbortController()
  const { note, entries } = timelineOf(claim, now)
  let leaseEndsAt = options.leaseEndsAt
  let isDone = false

  if (claim.isTakenOver) note({ kind: 'retried', text: 'The process that worked on it ended; it starts again.' })
  const worked = work().catch((err: unknown) => log.error({ ...about, err }, 'A job could not be brought to its end.'))
  const ended = Promise.race([worked, new Promise<void>(resolve => void gaveBack.signal.addEventListener('abort', () => resolve()))])

  return { claim, ended, needsLease: () => !isDone && !signal.aborted, keep, lose, loseAfter, giveBack }

  async function work(): Promise<void> {
    const outcome = await attempt()
    isDone = true
    if (outcome && !signal.aborted) await store(outcome)
  }

  async function attempt(): Promise<Outcome | undefined> {
    let result: RunResult
    try {
      if (claim.isTakenOver && claim.attempts >= maxAttempts)
        throw new Failure('JOB_ENDS_PROCESS', `The process that worked on it ended ${claim.attempts} times.`)
      result = await handler.run(claim, { note, call: { correlationId, signal } })
    } catch (error) {
      // An aborted run fails because it was aborted.
      if (signal.aborted) return void run.ended()
      return failed(failureFrom(error))
    }
    const { nextAt, reached = [] } = result
    run.succeeded([...reachedBy(entries), ...reached])
    return { as: 'finished', entries, ...(nextAt && { nextAt }) }
  }

  function failed(failure: Failure): Outcome {
    const outageUntil = run.failed(failure)
    const outcome = outcomeOfFailure(failure, { claim, outageUntil, note, entries, maxAttempts, now, random })
    const fields = { ...about, code: failure.code, attempts: claim.attempts + (outageUntil ? 0 : 1) }
    if (failure.code === 'INTERNAL') log.error({ ...fields, err: failure.cause ?? failure }, 'A job failed of an error of this service.')
    if (outcome.as === 'setAside') log.error({ ...fields, advice: failure.advice }, 'A job is set aside.')
    else if (outageUntil) log.debug({ ...fields, at: outcome.at.toISOString() }, 'A job waits for the other side.')
    else log.warn({ ...fields, at: outcome.at.toISOString() }, 'A job failed and is tried again.')
    return outcome
  }

  /** What was done is worth patience: while the lease lasts, a store that is away for a moment is asked again. */
  async function store(outcome: Outcome): Promise<void> {
    try {
      await storeOutcome(jobs, claim, outcome)
      circuits.storeWorked()
    } catch (error) {
      const failure = failureFrom(error)
      if (failure.code !== 'STORE_UNAVAILABLE') return await storeBare(failure)
      circuits.storeFailed(failure)
      if (signal.aborted || now().getTime() + storeAgainMs >= leaseEndsAt)
        return log.warn({ ...about, code: failure.code }, 'What came of a job could not be stored; it is done again.')
      await wait(storeAgainMs, signal).catch(() => undefined)
      if (!signal.aborted) await store(outcome)
    }
  }

  /** The store works and does not take this outcome: without its entries, as a failed attempt, it must, or the job would run for ever. */
  async function storeBare(failure: Failure): Promise<void> {
    log.error({ ...about, err: failure.cause ?? failure }, 'What came of a job was not accepted by the store.')
    const bare = { claim, outageUntil: undefined, note: () => undefined, entries: [], maxAttempts, now, random }
    await storeOutcome(jobs, claim, outcomeOfFailure(new Failure('INTERNAL', 'What came of it could not be stored.'), bare))
  }

  function keep(until: number): void {
    leaseEndsAt = until
  }

  function lose(): void {
    if (isDone || signal.aborted) return
    log.warn(about, 'The lease of a job was lost; what comes of it is dropped.')
    aborter.abort()
  }

  function loseAfter(time: number): void {
    if (leaseEndsAt <= time) lose()
  }

  async function giveBack(): Promise<void> {
    const wasOurs = !signal.aborted
    aborter.abort()
    const over = new AbortController()
    const late = wait(stoppingMs, over.signal).catch(() => undefined)
    const hasEnded = await Promise.race([worked.then(() => true), late.then(() => false)])
    over.abort()
    // Whoever has the job next must not meet this run: if it goes on, its lease runs out by itself.
    if (wasOurs && hasEnded) {
      note({ kind: 'retried', text: 'The process was stopped before the work was done; it starts again.' })
      await jobs.release(claim, { entries }).catch((err: unknown) => log.warn({ ...about, err }, 'A job could not be given back.'))
    }
    // A handler that does not listen to its signal holds nobody up.
    gaveBack.abort()
  }
}

/** Only referrals have timelines. */
function timelineOf({ kind, subject, correlationId }: Claim, now: () => Date): { note: Note; entries: NewTimelineEntry[] } {
  return kind === 'referral' ? notebook({ referralId: subject, correlationId }, now) : { note: () => undefined, entries: [] }
}
