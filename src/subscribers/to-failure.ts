import { Failure } from '../failure.ts'
import { PrivateAddressError } from '../public-address.ts'
import { retryAfterMs } from '../retry-after.ts'

/**
 * Statuses that say nothing of the message: «not now» (timeout, too early, too many requests; RFC 9110, RFC 8470, RFC 6585), and those of a
 * flow that is moved, saved or locked for a moment.
 */
const passing = new Set([401, 403, 404, 408, 425, 429])

/**
 * The Failure that an answer other than 2xx stands for: SUBSCRIBER_REFUSED when it may be about this one message, SUBSCRIBER_UNREACHABLE when
 * the subscriber takes none now. Only 410 ends a subscription, as Standard Webhooks has it; everything else is tried again.
 */
export function failureFromAnswer(
  status: number,
  { host, retryAfter, now }: { host: string; retryAfter: string | undefined; now: Date }
): Failure {
  const answered = `The subscriber at ${host} answered with status ${status}`
  if (status === 410) return new Failure('SUBSCRIBER_GONE', `${answered}: it is gone.`)
  const isRefusal = status >= 400 && status < 500 && !passing.has(status)
  const redirected = status >= 300 && status < 400 ? '; redirects are not followed' : ''
  return new Failure(isRefusal ? 'SUBSCRIBER_REFUSED' : 'SUBSCRIBER_UNREACHABLE', `${answered}${redirected}.`, {
    retryAfterMs: retryAfterMs(retryAfter, now)
  })
}

/** The Failure for a message that got no answer. */
export function failureFromError(error: unknown, host: string): Failure {
  if (error instanceof Failure) return error
  const { code, name } = error as { code?: unknown; name?: unknown }
  const isLate = name === 'TimeoutError' || /TIMED?_?OUT$/.test(String(code))
  const why =
    error instanceof PrivateAddressError ? 'leads to a private network' : isLate ? 'did not answer in time' : 'could not be reached'
  const how = typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? ` (${code})` : ''
  return new Failure('SUBSCRIBER_UNREACHABLE', `The subscriber at ${host} ${why}${how}.`, { cause: error })
}
