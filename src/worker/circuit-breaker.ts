import type { Failure, FailureCode } from '../failure.ts'
import { concernsAll } from './upstream-of.ts'

/** So many failures in a row, of so many different subjects, are an outage. One subject alone may be the cause itself. */
const failuresToOpen = 3
const subjectsToOpen = 2
/** A Retry-After of nothing would be no pause. */
const shortestPauseMs = 1000
/** Subjects whose last failure is remembered. */
const rememberedSubjects = 1000

export interface Outage {
  since: Date
  /** When the next job is let through to try. */
  until: Date
  code: FailureCode
  advice: string
}

/** One run of a job, as the breaker sees it. Exactly one of these is called when it ends. */
export interface Trial {
  succeeded(): void
  /** When to try again, if the upstream is down or may be: that does not count. Undefined when it is this subject's own failure. */
  failed(failure: Failure): Date | undefined
  /** It ended in a way that says nothing of the upstream. */
  ended(): void
}

export interface CircuitBreaker {
  /** How many jobs may begin now: any number while closed, one when it is time to try, none else. */
  room(): number
  begin(subject: string): Trial
  /** Opens without waiting for more failures, or stays open for longer. */
  trip(failure: Failure): void
  /** The upstream was seen to work. */
  reset(): void
  /** Undefined while closed. */
  outage(): Outage | undefined
}

export interface CircuitBreakerOptions {
  now: () => Date
  /** From 0 to 1. */
  random: () => number
  firstPauseMs?: number
  longestPauseMs?: number
}

/**
 * Keeps jobs from an upstream that is down. It opens after failures in a row, or at once when the upstream asks for a pause; then one job
 * at a time is let through to try, after pauses that grow; the first success closes it. A failure counts for its subject only when others
 * have succeeded since the subject failed before: a job that is alone cannot tell an outage from its own fault.
 */
export function circuitBreaker({ now, random, firstPauseMs = 5000, longestPauseMs = 5 * 60_000 }: CircuitBreakerOptions): CircuitBreaker {
  let opened: { since: Date; until: Date; failure: Failure; pauses: number } | undefined
  let trying: Trial | undefined
  let failures = 0
  const failing = new Set<string>()
  let successes = 0
  /** How many successes there had been when a subject last failed. */
  const successesAt = new Map<string, number>()

  return { room, begin, trip: open, reset: close, outage: () => described(opened) }

  function room(): number {
    if (!opened) return Number.POSITIVE_INFINITY
    return trying === undefined && now() >= opened.until ? 1 : 0
  }

  function begin(subject: string): Trial {
    const trial: Trial = {
      succeeded: () => succeed(trial, subject),
      failed: failure => fail(trial, subject, failure),
      ended: () => end(trial)
    }
    if (opened && room() > 0) trying = trial
    return trial
  }

  function succeed(trial: Trial, subject: string): void {
    successes++
    successesAt.delete(subject)
    // What began before the circuit opened says nothing of now.
    if (!opened || trial === trying) close()
  }

  function fail(trial: Trial, subject: string, failure: Failure): Date | undefined {
    const isOwnFault = !concernsAll(failure.code) && othersSucceeded(subject)
    remember(subject)
    if (opened) {
      if (trial === trying) open(failure)
      else prolong(failure)
      return opened.until
    }
    failures++
    failing.add(subject)
    const asksForPause = failure.retryAfterMs !== undefined || failure.code.endsWith('_BUSY')
    if (asksForPause || (failures >= failuresToOpen && failing.size >= subjectsToOpen)) open(failure)
    if (isOwnFault) return undefined
    return outageUntil() ?? after(pauseMs(failures))
  }

  function outageUntil(): Date | undefined {
    return opened?.until
  }

  function end(trial: Trial): void {
    if (trial === trying) trying = undefined
  }

  function open(failure: Failure): void {
    const pauses = (opened?.pauses ?? 0) + 1
    trying = undefined
    opened = { since: opened?.since ?? now(), until: after(askedPauseMs(failure) ?? pauseMs(pauses)), failure, pauses }
  }

  /** A job that had begun before hears of a longer pause. */
  function prolong(failure: Failure): void {
    const asked = askedPauseMs(failure)
    if (opened && asked !== undefined && after(asked) > opened.until) opened = { ...opened, until: after(asked) }
  }

  function close(): void {
    opened = undefined
    trying = undefined
    failures = 0
    failing.clear()
  }

  function othersSucceeded(subject: string): boolean {
    const before = successesAt.get(subject)
    return before !== undefined && successes > before
  }

  function remember(subject: string): void {
    successesAt.delete(subject)
    successesAt.set(subject, successes)
    const [oldest] = successesAt.keys()
    if (successesAt.size > rememberedSubjects && oldest !== undefined) successesAt.delete(oldest)
  }

  /** Doubled from pause to pause; the jitter keeps several processes from trying at the same moment. */
  function pauseMs(pauses: number): number {
    return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(pauses - 1, 30)) * (0.75 + random() / 4)
  }

  function askedPauseMs({ retryAfterMs }: Failure): number | undefined {
    return retryAfterMs === undefined ? undefined : Math.max(retryAfterMs, shortestPauseMs) * (1 + random() / 10)
  }

  function after(ms: number): Date {
    return new Date(now().getTime() + Math.ceil(ms))
  }
}

function described(opened: { since: Date; until: Date; failure: Failure } | undefined): Outage | undefined {
  return opened && { since: opened.since, until: opened.until, code: opened.failure.code, advice: opened.failure.advice }
}
