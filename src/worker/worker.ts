import { type Failure, failureFrom } from '../failure.ts'
import type { Claim, Jobs, Log, Marks } from '../ports.ts'
import { type JobKind, jobKinds } from '../schemas/job.ts'
import { type Circuits, circuits as makeCircuits } from './circuits.ts'
import type { Handler, Handlers } from './handler.ts'
import { type Piece, pieceOfWork } from './piece-of-work.ts'
import type { Upstream } from './upstream-of.ts'

/** While this mark is there, referrals and leads are left alone: they are neither read nor written, and nobody is told of them. */
export const pausedMark = 'paused'
/** Written to find out whether the store can be written again. */
const triedMark = 'store.tried'
const pausable: ReadonlySet<JobKind> = new Set<JobKind>(['referral', 'subscription', 'reconcile'])

export interface WorkerOptions {
  jobs: Pick<Jobs, 'claim' | 'extend' | 'finish' | 'retry' | 'setAside' | 'release'>
  marks: Pick<Marks, 'get' | 'put'>
  handlers: Handlers
  log: Log
  now: () => Date
  /** Resolves after so many milliseconds; it may reject, or resolve early, once `signal` is aborted. */
  wait: (ms: number, signal?: AbortSignal) => Promise<unknown>
  /** From 0 to 1. */
  random: () => number
  /** For how long a job is ours when this process ends without a word. */
  leaseMs: number
  /** How long `stop` lets what is running run on. */
  drainMs: number
  /** Failed attempts after which a job is set aside. */
  maxAttempts: number
  /** How long a job that nobody woke us for may lie. */
  pollMs?: number
}

export interface WorkerState {
  running: { [kind in JobKind]?: number }
  /** What is down: since when, when it is tried next, and why. */
  outages: ReturnType<Circuits['outages']>
  isPaused: boolean
}

export interface Worker {
  start(): void
  /** Jobs were added: look for them now. */
  wake(kind?: JobKind): void
  /** Begins nothing more, lets what runs end for as long as it may, gives the rest back. How many have ended, and how many were given back. */
  stop(): Promise<{ finished: number; left: number }>
  /** Resolves when nothing runs and nothing can be begun now: what is left waits for a later time, for an upstream, or for a person. */
  idle(): Promise<void>
  state(): WorkerState
  /** Somebody else in this process could not write to the store. */
  storeFailed(failure: Failure): void
}

/**
 * Works off the jobs: as many of a kind at once as it has slots, each subject by one process at a time, for as long as the lease lasts. It
 * looks for jobs when it is woken, when a slot becomes free, and every `pollMs`. Nothing is begun whose upstream is down; what fails comes
 * back later or is set aside. It never throws: what goes wrong is in the log, in the job and in the referral's timeline.
 */
export function worker(options: WorkerOptions): Worker {
  const { jobs, marks, handlers, log, now, wait, random, leaseMs, drainMs, pollMs = 1000 } = options
  const kinds = jobKinds.filter(kind => handlers[kind] !== undefined)
  const circuits = makeCircuits({ now, random, log })
  const needs = new Map(kinds.map(kind => [kind, new Set<Upstream>(['store', ...(handlers[kind]?.needs ?? [])])]))
  const running = new Set<Piece>()
  const wanted = new Set<JobKind>()
  /** No new work. */
  const stopping = new AbortController()
  /** No work at all any more. */
  const over = new AbortController()
  let claiming: Promise<void> | undefined
  let stopped: Promise<{ finished: number; left: number }> | undefined
  let isStarted = false
  /** Nothing is begun before it is known whether there is a pause. */
  let hasLooked = false
  let isPaused = false
  let isExtending = false
  let begun = 0

  return {
    start() {
      if (isStarted || stopping.signal.aborted) return
      isStarted = true
      void keepLooking()
      void keepLeases()
    },
    wake: kind => void claimFor(kind === undefined ? kinds : [kind]),
    stop: () => {
      stopped ??= stop()
      return stopped
    },
    idle,
    storeFailed: circuits.storeFailed,
    state: () => ({ running: runningByKind(), outages: circuits.outages(), isPaused })
  }

  async function keepLooking(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look()
      await pause(pollMs * (1 + random() / 4), stopping.signal)
    }
  }

  async function look(): Promise<void> {
    await readPause()
    await claimFor(kinds)
  }

  async function readPause(): Promise<void> {
    if (circuits.room(['store']) < 1) return
    const before = isPaused
    try {
      // A store that cannot be written may well be read: of a full disk, for example.
      if (isStoreDown()) await marks.put(triedMark, now().toISOString())
      isPaused = (await marks.get(pausedMark)) !== undefined
      hasLooked = true
      circuits.storeWorked()
    } catch (error) {
      circuits.storeFailed(failureFrom(error))
    }
    if (isPaused !== before) log.info({}, isPaused ? 'Paused: referrals, subscriptions and reconciliations wait.' : 'The pause has ended.')
  }

  /** Resolves when all kinds that are wanted have been looked for. One at a time, so that the room is never given away twice. */
  async function claimFor(some: readonly JobKind[]): Promise<void> {
    if (!hasLooked || stopping.signal.aborted) return
    for (const kind of some) if (needs.has(kind)) wanted.add(kind)
    if (wanted.size > 0) claiming ??= claimAll()
    await claiming
  }

  async function claimAll(): Promise<void> {
    try {
      for (let [kind] = wanted; kind !== undefined; [kind] = wanted) {
        wanted.delete(kind)
        await claimKind(kind)
      }
    } finally {
      claiming = undefined
    }
  }

  async function claimKind(kind: JobKind): Promise<void> {
    const handler = handlers[kind]
    if (!handler) return
    const limit = Math.min(handler.slots - countOf(kind), room(kind))
    if (limit < 1) return
    let claims: Claim[]
    const leaseEndsAt = now().getTime() + leaseMs
    try {
      claims = await jobs.claim(kind, { limit, leaseMs })
      circuits.storeWorked()
    } catch (error) {
      return circuits.storeFailed(failureFrom(error))
    }
    for (const claim of claims) {
      // What had begun before may have found an upstream down while the store was asked.
      if (room(kind) < 1) await jobs.release(claim).catch((err: unknown) => log.warn({ err, kind }, 'A job could not be given back.'))
      else begin(kind, { handler, claim, leaseEndsAt })
    }
    if (claims.length === limit) wanted.add(kind)
  }

  /** How many jobs of the kind may be begun now, slots aside. */
  function room(kind: JobKind): number {
    if (stopping.signal.aborted || (isPaused && pausable.has(kind))) return 0
    return circuits.room(needs.get(kind) ?? [])
  }

  function begin(kind: JobKind, { handler, claim, leaseEndsAt }: { handler: Handler; claim: Claim; leaseEndsAt: number }): void {
    const run = circuits.begin(needs.get(kind) ?? new Set(), `${kind} ${claim.subject}`)
    const piece = pieceOfWork(claim, { ...options, handler, run, circuits, leaseEndsAt })
    begun++
    running.add(piece)
    void piece.ended.then(() => {
      running.delete(piece)
      return claimFor([kind])
    })
  }

  async function keepLeases(): Promise<void> {
    while (!over.signal.aborted) {
      await pause(leaseMs / 3, over.signal)
      // Somebody else may take what runs out before a store that does not answer can be asked again.
      if (isExtending) for (const piece of running) piece.loseAfter(now().getTime() + leaseMs / 3)
      else void extendLeases()
    }
  }

  async function extendLeases(): Promise<void> {
    const held = [...running].filter(piece => piece.needsLease())
    if (held.length === 0) return
    const at = now().getTime()
    isExtending = true
    try {
      const kept = await jobs.extend(
        held.map(({ claim }) => claim),
        leaseMs
      )
      circuits.storeWorked()
      for (const piece of held) {
        if (kept.some(claim => claim.kind === piece.claim.kind && claim.subject === piece.claim.subject)) piece.keep(at + leaseMs)
        else piece.lose()
      }
    } catch (error) {
      circuits.storeFailed(failureFrom(error))
      for (const piece of held) piece.loseAfter(at + leaseMs / 3)
    } finally {
      isExtending = false
    }
  }

  async function idle(): Promise<void> {
    while (isStarted && !stopping.signal.aborted) {
      await settled()
      const before = begun
      await look()
      if (isStoreDown()) await pause(pollMs, stopping.signal)
      else if (running.size === 0 && begun === before) return
    }
    await settled()
  }

  async function settled(): Promise<void> {
    while (running.size > 0) await Promise.race([...running].map(({ ended }) => ended))
  }

  async function stop(): Promise<{ finished: number; left: number }> {
    stopping.abort()
    await claiming
    const before = running.size
    const drained = new AbortController()
    await Promise.race([settled(), pause(drainMs, drained.signal)])
    drained.abort()
    const left = [...running]
    await Promise.all(left.map(piece => piece.giveBack()))
    over.abort()
    if (left.length > 0) log.warn({ left: left.length }, 'Stopped before all work at hand was done; it is given back.')
    return { finished: before - left.length, left: left.length }
  }

  function isStoreDown(): boolean {
    return circuits.outages().some(({ upstream }) => upstream === 'store')
  }

  async function pause(ms: number, signal: AbortSignal): Promise<void> {
    await wait(ms, signal).catch(() => undefined)
  }

  function countOf(kind: JobKind): number {
    return [...running].filter(({ claim }) => claim.kind === kind).length
  }

  function runningByKind(): WorkerState['running'] {
    return Object.fromEntries(kinds.map(kind => [kind, countOf(kind)]))
  }
}
