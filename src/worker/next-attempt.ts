import type { Failure } from '../failure.ts'
import { upstreamOf } from './upstream-of.ts'

const baseMs = 2000
const longestMs = 30 * 60_000
/** What asks for a repetition at once gets that many of them; then somebody is in our way for longer. */
const atOnce = 2

export interface Attempts {
  /** How many have failed, this one included; outages do not count. */
  attempts: number
  maxAttempts: number
  now: Date
  /** From 0 to 1. */
  random: () => number
}

/**
 * When a failed job is tried again; undefined when it is set aside for a person. Exponential back-off with full jitter, so that jobs that
 * failed together do not come back together, and never before the time that the other side asked for.
 * Source: aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter
 */
export function nextAttempt(failure: Failure, { attempts, maxAttempts, now, random }: Attempts): Date | undefined {
  if (attempts >= maxAttempts) return undefined
  if (failure.retry === 'never' && upstreamOf(failure.code) === undefined) return undefined
  const isAtOnce = failure.retry === 'now' && attempts <= atOnce
  const backOffMs = isAtOnce ? 0 : random() * Math.min(longestMs, baseMs * 2 ** (attempts - 1))
  return new Date(now.getTime() + Math.round(Math.max(backOffMs, failure.retryAfterMs ?? 0)))
}
