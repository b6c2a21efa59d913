import { retryAfterMs } from '../retry-after.ts'
import { RequestFailed } from './guard.ts'

/** What went wrong in one request, in one shape, whatever shape dynamics-web-api threw. It holds no request and no header that could carry a secret. */
export class DataverseError extends Error {
  /** The HTTP status; undefined when no answer came or none could be read. */
  readonly status: number | undefined
  /** Dataverse's own code, such as `0x80060891`, in lower case; or Node's, such as `ECONNRESET`. */
  readonly code: string
  readonly retryAfterMs: number | undefined
  readonly serviceRequestId: string | undefined

  constructor(
    message: string,
    facts: {
      status?: number | undefined
      code?: string
      retryAfterMs?: number | undefined
      serviceRequestId?: string | undefined
      cause?: unknown
    } = {}
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'DataverseError'
    this.status = facts.status
    this.code = facts.code ?? ''
    this.retryAfterMs = facts.retryAfterMs
    this.serviceRequestId = facts.serviceRequestId
  }
}

/**
 * Reads any of the shapes that dynamics-web-api 2.5 rejects with: an Error with `status`, `code`, `headers` (its message is undefined when the
 * body was JSON without one); an Error that keeps code and message under `.error` (an item of a batch, or a body that holds
 * `--batchresponse_`); an array of either; an error of Node's own. When the library has lost the answer's status, the guard still has it.
 */
export function dataverseErrorFrom(thrown: unknown, now: Date): DataverseError {
  if (thrown instanceof DataverseError) return thrown
  const answer = thrown instanceof RequestFailed ? thrown : undefined
  const cause = answer ? answer.cause : thrown
  const list = Array.isArray(cause) ? cause.flat(3).map(record) : [record(cause)]
  const error = list.find(item => typeof item.status === 'number') ?? list[0] ?? {}
  const inner = record(error.error)
  const headers = { ...answer?.headers, ...record(error.headers) }
  const lost = answer?.status !== undefined && answer.status >= 300 ? answer.status : undefined
  return new DataverseError((text(error.message) ?? text(inner.message) ?? 'Dataverse gave no reason.').slice(0, 1000), {
    status: typeof error.status === 'number' ? error.status : lost,
    code: (text(error.code) ?? text(inner.code) ?? '').toLowerCase(),
    retryAfterMs: retryAfterMs(text(headers['retry-after']), now),
    // An error that carries an answer's headers would carry its cookies into the log.
    cause: cause instanceof Error && error.headers === undefined ? cause : undefined,
    serviceRequestId: text(headers['x-ms-service-request-id']) ?? text(headers.req_id)
  })
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
