import type { HttpAnswer, HttpCall } from '../http/exchange.ts'
import { ActionFailure } from './action-failure.ts'
import type { Outside } from './outside.ts'
import { retryAfterMs } from './retry-policy.ts'

/** No job is asked for more often; a run of 30 days is not waited for here. */
const mostPolls = 500
const usualPauseMs = 1000

/**
 * The answer at the end of a job: after 202 with a Location that place is asked until it says something else. Asking is not counted as
 * retrying.
 * Source: learn.microsoft.com/azure/logic-apps/logic-apps-create-api-app, «asynchronous polling pattern»
 */
export async function followAsync(
  first: HttpAnswer,
  call: HttpCall,
  options: { locate: (location: string) => string; send: (call: HttpCall) => Promise<HttpAnswer>; signal: AbortSignal; outside: Outside }
): Promise<HttpAnswer> {
  const { locate, send, signal, outside } = options
  let answer = first
  let location = call.url
  for (let polls = 0; answer.status === 202 && answer.headers.location !== undefined; polls++) {
    if (polls === mostPolls) throw new ActionFailure('ActionTimedOut', 'The job that was started did not end.', { status: 'TimedOut' })
    location = locate(new URL(answer.headers.location, location).href)
    await outside.pause(retryAfterMs(answer.headers['retry-after'], outside.now()) || usualPauseMs, signal)
    signal.throwIfAborted()
    const { accept, authorization, ...rest } = call.headers
    // What opens the one host is not shown to another.
    const isSame = new URL(location).origin === new URL(call.url).origin
    const headers = isSame
      ? { ...rest, ...(authorization !== undefined && { authorization }), accept: accept ?? '*/*' }
      : { accept: accept ?? '*/*' }
    const { 'content-type': _type, ...polling } = headers as Record<string, string>
    answer = await send({ method: 'GET', url: location, headers: polling })
  }
  return answer
}
