import { isObject, type Json, objectAt, property } from '../../../flow/json.ts'
import { FlowNotRunnable } from './action-failure.ts'
import { durationMs } from './duration.ts'

export interface RetryPolicy {
  type: 'none' | 'fixed' | 'exponential'
  /** How many times it is tried again. */
  count: number
  intervalMs: number
  minimumMs: number
  maximumMs: number
}

/** Source: learn.microsoft.com/azure/logic-apps/error-exception-handling, «Retry policies»: the default policy, and the limits of the others. */
const standard: RetryPolicy = { type: 'exponential', count: 4, intervalMs: 7500, minimumMs: 5000, maximumMs: 45_000 }
const most = { count: 90, pauseMs: 86_400_000 }

/** The policy that an action's inputs ask for. @throws FlowNotRunnable for one that the platform would not take */
export function retryPolicyOf(inputs: Json): RetryPolicy {
  const given = property(inputs, 'retryPolicy')
  if (given === undefined) return standard
  const { type, count = standard.count, interval, minimumInterval, maximumInterval } = objectAt(inputs, 'retryPolicy')
  if (!isObject(given) || (type !== 'none' && type !== 'fixed' && type !== 'exponential'))
    throw new FlowNotRunnable('A retry policy is of the type none, fixed or exponential.')
  if (type === 'none') return { ...standard, type, count: 0 }
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > most.count)
    throw new FlowNotRunnable(`A retry policy tries 1 to ${most.count} times again.`)
  const ms = (value: Json | undefined, otherwise: number): number => (typeof value === 'string' ? durationMs(value) : otherwise)
  const policy: RetryPolicy = {
    type,
    count,
    intervalMs: ms(interval, standard.intervalMs),
    minimumMs: ms(minimumInterval, 0),
    maximumMs: ms(maximumInterval, most.pauseMs)
  }
  if (policy.intervalMs > most.pauseMs) throw new FlowNotRunnable('The interval of a retry policy is at most a day.')
  return policy
}

/**
 * How long to wait before the `retry`th time, from 1. The platform draws a random pause from a growing range; here it is the end of it, so
 * that the same run has the same pauses. What the answer asks for with Retry-After holds when it is longer.
 */
export function pauseBefore(retry: number, { type, intervalMs, minimumMs, maximumMs }: RetryPolicy, retryAfterMs = 0): number {
  const own = type === 'fixed' ? intervalMs : Math.min(Math.max(intervalMs * 2 ** (retry - 1), minimumMs), maximumMs)
  return Math.min(Math.max(own, retryAfterMs), most.pauseMs)
}

/** 408, 429 and 5xx; every other answer is final. */
export const isRetriable = (status: number): boolean => status === 408 || status === 429 || status >= 500

/** Milliseconds that a Retry-After asks for, in seconds or as a date. */
export function retryAfterMs(header: string | undefined, now: Date): number {
  if (header === undefined) return 0
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? 0 : Math.max(0, at - now.getTime())
}
