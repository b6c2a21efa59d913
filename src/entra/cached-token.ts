import { Failure, failureFrom } from '../failure.ts'
import type { GetToken, Log } from '../ports.ts'

export interface AccessToken {
  token: string
  expiresAt: Date
  /** From when Entra ID wants the token renewed, when it says so. */
  renewAt?: Date
}

interface Held extends AccessToken {
  gotAt: number
}

const minute = 60_000
/** Nobody is given a token with less time left than this. */
const marginMs = minute
const renewAheadMs = 5 * minute

/**
 * A GetToken over `acquire`, which makes a real token request: asked only when a token is due, by one caller at a time.
 *
 * A token is renewed a few minutes before its end. When that fails, the present one serves on while it is good. A refusal is remembered for
 * a minute, and a pause that Entra ID asked for is kept, so that a dead sign-in is not asked for with every call; what merely did not
 * answer is asked again at once.
 */
export function cachedToken({ acquire, now, log }: { acquire: () => Promise<AccessToken>; now: () => Date; log: Log }): GetToken {
  let held: Held | undefined
  let inFlight: Promise<string> | undefined
  let pause: { until: number; failure: Failure } | undefined

  const time = (): number => now().getTime()
  const isGood = (token: Held): boolean => token.expiresAt.getTime() - time() > marginMs
  const isDue = (token: Held): boolean => {
    const lifetime = token.expiresAt.getTime() - token.gotAt
    const ahead = Math.min(renewAheadMs, lifetime / 5)
    return time() >= Math.min(token.renewAt?.getTime() ?? Number.POSITIVE_INFINITY, token.expiresAt.getTime() - ahead) || !isGood(token)
  }

  const renew = async (): Promise<string> => {
    try {
      held = { ...(await acquire()), gotAt: time() }
      pause = undefined
      return held.token
    } catch (error) {
      const failure = failureFrom(error)
      const serves = held !== undefined && isGood(held)
      pause = { until: time() + pauseMs(failure, serves), failure }
      if (held === undefined || !serves) throw failure
      log.warn(
        { err: failure, expiresAt: held.expiresAt },
        'The access token could not be renewed; the present one serves until it expires.'
      )
      return held.token
    }
  }

  return async ({ refused } = {}) => {
    if (held !== undefined && held.token === refused && time() - held.gotAt >= minute) held = undefined
    if (held !== undefined && !isDue(held)) return held.token
    if (pause !== undefined && time() < pause.until) {
      if (held !== undefined && isGood(held)) return held.token
      throw again(pause.failure, pause.until - time())
    }
    inFlight ??= renew().finally(() => {
      inFlight = undefined
    })
    return inFlight
  }
}

function pauseMs(failure: Failure, aTokenServes: boolean): number {
  if (failure.retryAfterMs !== undefined) return Math.min(failure.retryAfterMs, 60 * minute)
  if (failure.code === 'SIGN_IN_REFUSED' || failure.code === 'SIGN_IN_EXPIRED') return minute
  return aTokenServes ? minute / 2 : 0
}

function again(failure: Failure, restMs: number): Failure {
  return new Failure(failure.code, failure.message, {
    cause: failure,
    ...(failure.retryAfterMs !== undefined && { retryAfterMs: restMs })
  })
}
