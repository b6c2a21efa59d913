import { DataverseError } from './error.ts'

/** The three service protection limits. Source: learn.microsoft.com, «Service protection API limits». */
const limits = {
  requests: { code: '0x80072322', message: 'Number of requests exceeded the limit of 6000 over time window of 300 seconds.' },
  time: {
    code: '0x80072321',
    message:
      'Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time window of 300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.'
  },
  concurrency: { code: '0x80072326', message: 'Number of concurrent requests exceeded the limit of 52.' }
} as const
export type Limit = keyof typeof limits

export interface Protection {
  /** Lets a user's request in, or refuses it. Call what it returns when the request is done. @throws DataverseError with 429 */
  enter(user: string): () => void
  /** How many requests the user has left in the window, for the answer's headers. */
  remaining(user: string): number
  /**
   * Reports a limit as exceeded: for the next `times` requests, or without that until `retryAfterSeconds` have passed. Whoever goes on
   * sending in that time waits a second longer for each request.
   */
  limit(kind: Limit, how: { retryAfterSeconds: number; times?: number }): void
  lift(): void
}

const windowMs = 300_000

/** Counts each user's requests in the last five minutes and at this moment. */
export function protection(options: { now: () => Date; maxRequests?: number; maxConcurrent?: number }): Protection {
  const { now, maxRequests = 6000, maxConcurrent = 52 } = options
  const arrivals = new Map<string, number[]>()
  const underWay = new Map<string, number>()
  let forced: { kind: Limit; retryAfterSeconds: number; left: number } | undefined
  let blocked: { kind: Limit; untilMs: number } | undefined

  const recent = (user: string): number[] => {
    const since = now().getTime() - windowMs
    const kept = arrivals.get(user) ?? []
    const old = kept.findIndex(at => at > since)
    // In the order of arrival, so those out of the window come first.
    kept.splice(0, old < 0 ? kept.length : old)
    arrivals.set(user, kept)
    return kept
  }

  function refuse(kind: Limit, retryAfterSeconds: number): DataverseError {
    const { code, message } = limits[kind]
    return new DataverseError(429, code, message, { 'retry-after': String(Math.max(Math.ceil(retryAfterSeconds), 1)) })
  }

  return {
    enter(user) {
      const nowMs = now().getTime()
      if (forced) {
        const { kind, retryAfterSeconds } = forced
        if (--forced.left === 0) forced = undefined
        throw refuse(kind, retryAfterSeconds)
      }
      if (blocked && nowMs < blocked.untilMs) {
        const error = refuse(blocked.kind, (blocked.untilMs - nowMs) / 1000)
        blocked.untilMs += 1000
        throw error
      }
      blocked = undefined
      const seen = recent(user)
      if (seen.length >= maxRequests) throw refuse('requests', ((seen[0] ?? nowMs) + windowMs - nowMs) / 1000)
      const others = underWay.get(user) ?? 0
      if (others >= maxConcurrent) throw refuse('concurrency', 1)
      seen.push(nowMs)
      underWay.set(user, others + 1)
      return () => void underWay.set(user, (underWay.get(user) ?? 1) - 1)
    },
    remaining: user => Math.max(maxRequests - recent(user).length, 0),
    limit(kind, { retryAfterSeconds, times }) {
      if (times === undefined) blocked = { kind, untilMs: now().getTime() + retryAfterSeconds * 1000 }
      else forced = { kind, retryAfterSeconds, left: times }
    },
    lift() {
      forced = undefined
      blocked = undefined
      arrivals.clear()
    }
  }
}
