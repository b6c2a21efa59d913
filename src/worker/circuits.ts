import type { Failure } from '../failure.ts'
import type { Log } from '../ports.ts'
import { type CircuitBreaker, circuitBreaker, type Outage, type Trial } from './circuit-breaker.ts'
import { refusedBy, type Upstream, upstreamOf, upstreams } from './upstream-of.ts'

/** One run of a job, as the circuits of all its upstreams see it. Exactly one of these is called when it ends. */
export interface Run {
  /** It succeeded, and has proven these to work. */
  succeeded(reached: readonly Upstream[]): void
  /** When to try again if an upstream is to blame: that does not count. Undefined when the failure is the job's own. */
  failed(failure: Failure): Date | undefined
  ended(): void
}

export interface Circuits {
  /** How many jobs that need these upstreams may begin now. */
  room(needs: Iterable<Upstream>): number
  begin(needs: Set<Upstream>, subject: string): Run
  /** The store did not do what the worker itself asked of it. */
  storeFailed(failure: Failure): void
  storeWorked(): void
  outages(): ({ upstream: Upstream } & Outage)[]
}

/** The store is ours and near: it is asked again sooner than what belongs to others. */
const storePauses = { firstPauseMs: 1000, longestPauseMs: 30_000 }

/** A circuit breaker for each upstream; each change of their states is logged once, with what to do. */
export function circuits({ now, random, log }: { now: () => Date; random: () => number; log: Log }): Circuits {
  const breakers = new Map<Upstream, CircuitBreaker>(
    upstreams.map(upstream => [upstream, circuitBreaker({ now, random, ...(upstream === 'store' && storePauses) })])
  )
  const told = new Map<Upstream, Outage>()

  return {
    room: needs => Math.min(...[...needs].map(upstream => breakerOf(upstream).room()), Number.POSITIVE_INFINITY),
    begin,
    storeFailed(failure) {
      breakerOf('store').trip(failure)
      tell('store', failure)
    },
    storeWorked() {
      breakerOf('store').reset()
      tell('store')
    },
    outages: () =>
      upstreams.flatMap(upstream => {
        const outage = breakerOf(upstream).outage()
        return outage ? [{ upstream, ...outage }] : []
      })
  }

  function begin(needs: Set<Upstream>, subject: string): Run {
    const trials = new Map<Upstream, Trial>([...needs].map(upstream => [upstream, breakerOf(upstream).begin(subject)]))

    return {
      succeeded: conclude,
      failed(failure) {
        const upstream = upstreamOf(failure.code)
        const refused = refusedBy(failure.code)
        if (upstream === undefined) {
          conclude(refused === undefined ? [] : [refused])
          return undefined
        }
        // Nobody said that this kind of job needs it; from now on it is known.
        needs.add(upstream)
        const trial = trials.get(upstream) ?? breakerOf(upstream).begin(subject)
        trials.delete(upstream)
        const at = trial.failed(failure)
        tell(upstream, failure)
        conclude([])
        return at
      },
      ended: () => conclude([])
    }

    function conclude(reached: readonly Upstream[]): void {
      for (const [upstream, trial] of trials) {
        if (reached.includes(upstream)) trial.succeeded()
        else trial.ended()
        tell(upstream)
      }
    }
  }

  function breakerOf(upstream: Upstream): CircuitBreaker {
    const breaker = breakers.get(upstream) ?? circuitBreaker({ now, random })
    breakers.set(upstream, breaker)
    return breaker
  }

  function tell(upstream: Upstream, failure?: Failure): void {
    const before = told.get(upstream)
    const outage = breakerOf(upstream).outage()
    if (outage) told.set(upstream, outage)
    else told.delete(upstream)
    if (outage && outage.code !== before?.code) {
      const { code, advice, until } = outage
      log.error({ upstream, code, advice, until: until.toISOString(), err: failure }, 'Work that needs it waits; it is tried now and then.')
    } else if (!outage && before) {
      log.info({ upstream, code: before.code, since: before.since.toISOString() }, 'It works again, and so do we.')
    }
  }
}
