import { randomUUID } from 'node:crypto'
import type { Dispatcher } from 'undici'
import type { Call, GetToken, Log } from '../ports.ts'
import { correlationId } from './correlation-id.ts'
import { type Answer, exchange, type Outgoing } from './exchange.ts'
import { retryPause } from './retry-pause.ts'
import { type Asked, asksForMfa, failureFromAnswer, failureFromError } from './to-failure.ts'

export interface Request extends Asked {
  method: Outgoing['method']
  /** What follows the base URL: nothing, or `/` and more. It is logged. */
  path: string
  query?: string
  headers?: Record<string, string>
  body?: unknown
  /** Whether sending it twice does no more than sending it once. */
  isRepeatable: boolean
  /** Statuses other than 2xx that are an answer to this request too. */
  expects?: readonly number[]
}

export interface SendOptions {
  /** No request ever goes elsewhere. */
  baseUrl: string
  getToken: GetToken
  log: Log
  dispatcher: Dispatcher
  /** For one request with all its repeats, the token not counted. */
  totalMs: number
  now: () => Date
  wait: (ms: number, signal: AbortSignal) => Promise<unknown>
}

export type Send = (request: Request, call?: Call) => Promise<Answer>

/** The ids by which Microsoft's support finds a request again. */
const idHeaders = ['request-id', 'client-request-id', 'ms-requestid', 'ms-correlationid']

/**
 * Sends a request with a token and ids until there is an answer to keep, and gives it when it is 2xx or expected.
 * Repeats what may be repeated (see retryPause); after a 401 once with a new token, unless that would not help.
 * @throws a Failure for any other answer, and SIGN_IN_… from `getToken`
 */
export function sender({ baseUrl, getToken, log, dispatcher, totalMs, now, wait }: SendOptions): Send {
  const base = baseUrl.replace(/\/+$/, '')

  return async (request, call = {}) => {
    let token = await getToken()
    let isTokenNew = false
    const timeout = AbortSignal.timeout(totalMs)
    const signal = call.signal ? AbortSignal.any([timeout, call.signal]) : timeout
    const requestId = call.requestId ?? randomUUID()
    const correlation = correlationId(call.correlationId)

    for (let retries = 0; ; ) {
      const outcome = await once(token)
      if ('answer' in outcome) {
        const { answer } = outcome
        if ((answer.status >= 200 && answer.status < 300) || request.expects?.includes(answer.status)) return answer
        if (answer.status === 401 && !isTokenNew && !asksForMfa(answer)) {
          isTokenNew = true
          const next = await getToken({ refused: token })
          if (next !== token) {
            token = next
            continue
          }
        }
      }
      const failure = 'answer' in outcome ? failureFromAnswer(outcome.answer, request, now()) : failureFromError(outcome.error)
      const pause = retryPause(outcome, { retries, isRepeatable: request.isRepeatable, now: now() })
      if (pause === undefined) throw failure
      log.info({ correlationId: correlation, pauseMs: pause, code: failure.code }, 'Asking Partner Center again after a pause.')
      await wait(pause, signal).catch(() => {
        throw failure
      })
      retries += 1
    }

    async function once(bearer: string): Promise<{ answer: Answer } | { error: unknown }> {
      const clientRequestId = randomUUID()
      const started = performance.now()
      const fields = { method: request.method, path: request.path, correlationId: correlation, clientRequestId }
      try {
        const answer = await exchange(
          {
            method: request.method,
            url: `${base}${request.path}${request.query ? `?${request.query}` : ''}`,
            headers: {
              accept: 'application/json',
              authorization: `Bearer ${bearer}`,
              // A new id for each attempt; one MS-RequestId for all attempts, by which Partner Center tells a repeat from a second wish.
              // Source: learn.microsoft.com/partner-center/developer/headers
              'client-request-id': clientRequestId,
              'ms-requestid': requestId,
              'ms-correlationid': correlation,
              ...(request.body !== undefined && { 'content-type': 'application/json' }),
              ...request.headers
            },
            ...(request.body !== undefined && { body: JSON.stringify(request.body) })
          },
          { dispatcher, signal }
        )
        log.debug(
          { ...fields, status: answer.status, ...idsOf(answer), ms: Math.round(performance.now() - started) },
          'Partner Center answered.'
        )
        return { answer }
      } catch (error) {
        log.info({ ...fields, ms: Math.round(performance.now() - started), err: failureFromError(error) }, 'Partner Center gave no answer.')
        return { error }
      }
    }
  }
}

function idsOf(answer: Answer): Record<string, string> {
  const ids = idHeaders.flatMap(name => {
    const value = answer.header(name)
    return value === undefined ? [] : [[name, value.slice(0, 100)]]
  })
  return ids.length > 0 ? { answered: Object.fromEntries(ids) } : {}
}
