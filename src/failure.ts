import { callbackFailures } from './failures/callback.ts'
import type { FailureRow } from './failures/failure-row.ts'
import { powerAppsFailures } from './failures/power-apps.ts'
import { requestFailures } from './failures/request.ts'
import { serviceFailures } from './failures/service.ts'
import { upstreamFailures } from './failures/upstream.ts'

/**
 * All that can go wrong, in one table: the HTTP status a caller gets, whether trying again can help, and what a person should do.
 * A code is stable once released: flows branch on it.
 */
export const failures = {
  ...callbackFailures,
  ...requestFailures,
  ...upstreamFailures,
  ...serviceFailures,
  ...powerAppsFailures
} as const satisfies Record<string, FailureRow>

export type FailureCode = keyof typeof failures

/** What went wrong: a stable code, a sentence for people, and, from the table, what to do. Its message never holds a secret or customer data. */
export class Failure extends Error {
  readonly code: FailureCode
  /** How long the other side asked us to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** The HTTP status of the other side, where one code stands for several and the difference matters. */
  readonly answeredStatus: number | undefined

  constructor(
    code: FailureCode,
    message: string,
    options: { cause?: unknown; retryAfterMs?: number | undefined; answeredStatus?: number | undefined } = {}
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Failure'
    this.code = code
    this.retryAfterMs = options.retryAfterMs
    this.answeredStatus = options.answeredStatus
  }

  get status(): number {
    return failures[this.code].status
  }
  get retry(): FailureRow['retry'] {
    return failures[this.code].retry
  }
  get advice(): string {
    return failures[this.code].advice
  }
}

/** `error` itself when it is a Failure already, else an INTERNAL one that keeps it as its cause. */
export function failureFrom(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure('INTERNAL', 'Something unexpected went wrong.', { cause: error })
}
