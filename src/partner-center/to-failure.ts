import { Failure, type FailureCode } from '../failure.ts'
import { retryAfterMs } from '../retry-after.ts'
import type { Answer } from './exchange.ts'
import { safeMessage } from './safe-message.ts'

/** What the request was about: it decides what a refusal means and what an explanation must not repeat. */
export interface Asked {
  /** One referral, none in particular, or the registration for webhooks. */
  about: 'one' | 'many' | 'registration'
  /** The values that the request carried. */
  sent?: unknown
}

/**
 * The Failure that an answer other than 2xx stands for: by status first, by code second, never by message.
 * Source: learn.microsoft.com/partner-center/developer/error-codes, and the error resource of the Partner API.
 */
export function failureFromAnswer(answer: Answer, { about, sent }: Asked, now: Date): Failure {
  const { status } = answer
  const error = readError(answer.body)
  const named = `HTTP ${status}${error.code ? `, ${error.code}` : ''}${requestIdOf(answer)}`
  const explained = safeMessage(error.message, sent)

  if (asksForMfa(answer)) {
    return new Failure(
      'PARTNER_CENTER_DENIED',
      `Partner Center asks for a sign-in with multifactor authentication, and the present sign-in was made without it (${named}). Sign in again with MFA and set the new refresh token.`,
      { answeredStatus: status }
    )
  }
  if (status === 401) {
    return new Failure('PARTNER_CENTER_DENIED', `Partner Center did not accept the access token (${named}).`, { answeredStatus: status })
  }
  if (status === 403) {
    return new Failure('PARTNER_CENTER_DENIED', `Partner Center does not let the signed-in user do this (${named}).`, {
      answeredStatus: status
    })
  }
  const refusal = about === 'registration' ? registrationRefusal(answer) : referralRefusal(answer, about)
  if (refusal) return new Failure(refusal.code, `${refusal.text} (${named})${refusal.isExplained && explained ? `: ${explained}` : '.'}`)
  if (status === 429 || status === 503 || status === 509) {
    return new Failure('PARTNER_CENTER_BUSY', `Partner Center asks for a pause (${named}).`, {
      retryAfterMs: retryAfterMs(answer.header('retry-after'), now)
    })
  }
  if (status === 408 || status === 502 || status === 504) {
    return new Failure('PARTNER_CENTER_UNREACHABLE', `A gateway got no answer from Partner Center in time (${named}).`)
  }
  return new Failure('PARTNER_CENTER_UNEXPECTED', `Partner Center answered in an unexpected way (${named}).`)
}

interface Refusal {
  code: FailureCode
  text: string
  /** Whether Partner Center's own explanation belongs to it. */
  isExplained?: true
}

function referralRefusal({ status, body }: Answer, about: 'one' | 'many'): Refusal | undefined {
  const { codes } = readError(body)
  if (status === 412 || ((status === 409 || status === 400) && codes.some(isChange)))
    return { code: 'REFERRAL_CHANGED', text: 'The referral is not the version that was read any more' }
  if (about === 'one' && (status === 404 || status === 410 || (status === 400 && codes.includes('itemnotfound'))))
    return { code: 'REFERRAL_NOT_FOUND', text: 'Partner Center knows no such referral, or does not show it to this user' }
  if (isRefused(status)) return { code: 'REFERRAL_REFUSED', text: 'Partner Center refused the request', isExplained: true }
  return undefined
}

/** Source for the statuses: Webhooks.json of the published contract. */
function registrationRefusal({ status }: Answer): Refusal | undefined {
  if (status === 404) return { code: 'WEBHOOK_NOT_REGISTERED', text: 'Partner Center has no registration for webhooks' }
  if (isRefused(status)) return { code: 'WEBHOOK_REFUSED', text: 'Partner Center refused the registration', isExplained: true }
  return undefined
}

const isRefused = (status: number): boolean => status === 400 || status === 409 || status === 422

/** The Failure for a request that got no whole answer. */
export function failureFromError(error: unknown): Failure {
  if (error instanceof Failure) return error
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const isLate = (error instanceof Error && error.name === 'TimeoutError') || /TIMED?OUT$/.test(code ?? '')
  return new Failure(
    'PARTNER_CENTER_UNREACHABLE',
    isLate ? 'Partner Center did not answer in time.' : `The connection to Partner Center failed${code ? ` (${code})` : ''}.`,
    { cause: error }
  )
}

/**
 * Whether a 401 says that the token lacks MFA: a new token from the same refresh token would lack it too.
 * Source: learn.microsoft.com/partner-center/security/partner-security-requirements-mandating-mfa
 */
export function asksForMfa(answer: Answer): boolean {
  if (answer.status !== 401) return false
  return readError(answer.body).codes.includes('900421') || /\bMFA\b/i.test(answer.header('www-authenticate') ?? '')
}

/** A 2xx answer that is not what is documented. */
export function unexpected(what: string, answer: Answer): Failure {
  return new Failure('PARTNER_CENTER_UNEXPECTED', `Partner Center ${what} (HTTP ${answer.status}${requestIdOf(answer)}).`)
}

interface UpstreamError {
  code: string | undefined
  /** The code and those of the inner errors, in lower case: the documentation and its samples differ in case. */
  codes: string[]
  message: unknown
}

/** Reads the three shapes in use: `{ error: { code, message, innerError } }`, `{ code, description }` and `{ statusCode, message }`. */
function readError(body: string): UpstreamError {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return { code: undefined, codes: [], message: undefined }
  }
  const outer = record(parsed)
  const error = record(outer.error ?? outer)
  const codes: string[] = []
  let level: Record<string, unknown> | undefined = error
  for (let depth = 0; depth < 5 && level !== undefined; depth++) {
    const code = String(level.code ?? '')
    if (/^[A-Za-z0-9_.-]{1,60}$/.test(code)) codes.push(code)
    level = typeof level.innerError === 'object' && level.innerError !== null ? record(level.innerError) : undefined
  }
  return { code: codes[0], codes: codes.map(code => code.toLowerCase()), message: error.message ?? error.description }
}

const isChange = (code: string): boolean => code === 'preconditionfailed' || code === 'resourcemodified' || code === '99918'

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function requestIdOf(answer: Answer): string {
  const id = answer.header('request-id') ?? answer.header('ms-requestid') ?? ''
  return /^[\w.:-]{1,64}$/.test(id) ? `, request id ${id}` : ''
}
