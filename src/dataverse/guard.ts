import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** What one request brought: the library's value, and what the library hides of the answer. */
export interface Exchange<T> {
  value: T
  /** The HTTP status; undefined only if Node has stopped publishing its answers. */
  status: number | undefined
  /** The id under which Dataverse's own logs know the request. */
  serviceRequestId: string | undefined
}

/** How a request failed: what was thrown, as `cause`, and the answer's head as far as there was one, since the library sometimes loses it. */
export class RequestFailed extends Error {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders

  constructor(cause: unknown, answer: IncomingMessage | undefined) {
    super('The request failed.', { cause })
    this.status = answer?.statusCode
    this.headers = answer?.headers ?? {}
  }
}

export interface Limits {
  deadlineMs: number
  /** Ends the request early. */
  signal?: AbortSignal | undefined
}

/** Runs one request of dynamics-web-api so that it settles whatever comes back, within its limits. @throws RequestFailed */
export type Guard = <T>(limits: Limits, send: (signal: AbortSignal) => Promise<T>) => Promise<Exchange<T>>

interface Attempt {
  isSettled: boolean
  answer?: IncomingMessage
  reject(error: unknown): void
}

/** A page of 5000 leads with long descriptions has some 40 MB; the library itself reads on without end. */
const maxLength = 64 * 1024 * 1024

/** Follows each request through the callbacks of Node's HTTP client; it holds nothing between requests. */
const attempts = new AsyncLocalStorage<Attempt>()

/**
 * A guard against what dynamics-web-api 2.5 does with odd answers. It parses the body in an 'end' listener outside its own try block, so a
 * 2xx answer that is cut short, or that holds the text `--batchresponse_` anywhere, throws past the promise into 'uncaughtException';
 * an answer that stalls or breaks off in mid-body leaves the promise pending for ever, with its own `timeout` set or not.
 *
 * The listener is there only while requests of this guard are under way. Each guard adds it once, so several guards do not disturb each other.
 */
export function guard(): Guard {
  let underWay = 0

  return async ({ deadlineMs, signal }, send) => {
    if (underWay++ === 0) process.on('uncaughtException', onUncaughtException)
    const controller = new AbortController()
    const attempt: Attempt = { isSettled: false, reject: () => undefined }
    const failed = new Promise<never>((_resolve, reject) => {
      attempt.reject = reject
    })
    const onAnswer = (message: unknown): void => {
      if (attempts.getStore() !== attempt) return
      const { response } = message as { response: IncomingMessage }
      attempt.answer = response
      let length = 0
      response.on('data', (chunk: string | Buffer) => {
        length += chunk.length
        if (length > maxLength) end(`The answer has more than ${maxLength} characters.`, 'TOO_LARGE')
      })
      response.once('close', () => {
        if (!response.complete) attempt.reject(Object.assign(new Error('The answer broke off.'), { code: 'ECONNRESET' }))
      })
    }
    // A documented channel of Node (diagnostics_channel, «HTTP»), still marked experimental: the tests hold it on every supported version.
    subscribe('http.client.response.finish', onAnswer)
    const end = (message: string, code: string): void => {
      attempt.reject(Object.assign(new Error(message), { code }))
      controller.abort()
    }
    const timer = setTimeout(() => end(`No complete answer came within ${deadlineMs} ms.`, 'ETIMEDOUT'), deadlineMs)
    const onAbort = (): void => end('The request was stopped.', 'ECONNABORTED')
    signal?.addEventListener('abort', onAbort)
    try {
      const value = await Promise.race([attempts.run(attempt, () => send(controller.signal)), failed])
      return { value, status: attempt.answer?.statusCode, serviceRequestId: serviceRequestId(attempt.answer) }
    } catch (error) {
      throw new RequestFailed(error, attempt.answer)
    } finally {
      attempt.isSettled = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      unsubscribe('http.client.response.finish', onAnswer)
      if (--underWay === 0) process.off('uncaughtException', onUncaughtException)
    }
  }
}

/** Gives an error to the request it came from; anything else ends the process just as if no guard were listening. */
function onUncaughtException(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void {
  const attempt = origin === 'uncaughtException' ? attempts.getStore() : undefined
  if (attempt && !attempt.isSettled) {
    attempt.reject(error)
    return
  }
  if (process.listeners('uncaughtException').some(listener => listener !== onUncaughtException)) return
  while (process.listenerCount('uncaughtException') > 0) process.off('uncaughtException', onUncaughtException)
  process.nextTick(() => {
    throw error
  })
}

function serviceRequestId(answer: IncomingMessage | undefined): string | undefined {
  const id = answer?.headers['x-ms-service-request-id'] ?? answer?.headers.req_id
  return typeof id === 'string' ? id.slice(0, 200) : undefined
}
