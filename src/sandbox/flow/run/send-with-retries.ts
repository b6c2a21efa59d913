import { STATUS_CODES } from 'node:http'
import type { HttpAnswer, HttpCall } from '../http/exchange.ts'
import { ActionFailure } from './action-failure.ts'
import { isoDuration } from './duration.ts'
import type { Outside } from './outside.ts'
import { isRetriable, pauseBefore, type RetryPolicy, retryAfterMs } from './retry-policy.ts'

/** A try that failed and was followed by another one. */
export interface Retry {
  /** The status in words, `TooManyRequests`, or why there was no answer. */
  code: string
  /** What was waited before the next try, in ISO 8601. */
  pause: string
}

/** A request may take so long. Source: learn.microsoft.com/power-automate/limits-and-config, «Outbound synchronous request». */
const tryMs = 120_000

/**
 * Sends a request, again while the policy says so. `retries` is filled as it goes on, so that it is known of an action that fails, too.
 * @throws ActionFailure when there never was an answer
 */
export async function sendWithRetries(
  call: HttpCall,
  options: { policy: RetryPolicy; retries: Retry[]; signal: AbortSignal; outside: Outside }
): Promise<HttpAnswer> {
  const { policy, retries, signal, outside } = options
  for (let retry = 1; ; retry++) {
    const outcome = await oneTry(call, signal, outside)
    const code = 'answer' in outcome ? statusName(outcome.answer.status) : outcome.code
    const isLast = retry > policy.count
    if ('answer' in outcome && (isLast || !isRetriable(outcome.answer.status))) return outcome.answer
    if ('message' in outcome && isLast) throw new ActionFailure(outcome.code, outcome.message)
    const asked = 'answer' in outcome ? retryAfterMs(outcome.answer.headers['retry-after'], outside.now()) : 0
    const ms = pauseBefore(retry, policy, asked)
    retries.push({ code, pause: isoDuration(ms) })
    await outside.pause(ms, signal)
    signal.throwIfAborted()
  }
}

async function oneTry(
  call: HttpCall,
  signal: AbortSignal,
  { exchange, timeout }: Outside
): Promise<{ answer: HttpAnswer } | { code: string; message: string }> {
  const limit = timeout(tryMs)
  try {
    return { answer: await exchange(call, AbortSignal.any([signal, limit])) }
  } catch (error) {
    signal.throwIfAborted()
    if (limit.aborted) return { code: 'RequestTimeout', message: 'The request took longer than 120 seconds.' }
    return { code: 'BadGateway', message: `Http request failed as there is an error: '${(error as Error).message}'.` }
  }
}

/** The status as .NET names it: `NotFound`. */
export const statusName = (status: number): string => (STATUS_CODES[status] ?? String(status)).replace(/[^A-Za-z0-9]/g, '')
