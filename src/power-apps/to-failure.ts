import { isObject } from '../connector/json.ts'
import { Failure, type FailureCode } from '../failure.ts'
import { retryAfterMs } from '../retry-after.ts'
import type { Answer } from './exchange.ts'
import { objectIn } from './json-answer.ts'
import type { Request } from './request.ts'
import { codeOf, wasNeverSent } from './retry-pause.ts'

const maxExplained = 2000

/** The Failure that an answer other than 2xx stands for. It names the host and repeats the explanation, without any secret. */
export function failureFromAnswer(answer: Answer, request: Request, now: Date): Failure {
  const { status } = answer
  const { code, message } = explanation(answer)
  const host = new URL(request.url).host
  const named = `${host}: HTTP ${status}${code ? `, ${code}` : ''}`
  const said = message ? ` ${withoutSecrets(message, request.secrets ?? [])}` : ''
  return new Failure(failureCode(status, request), `${request.purpose} failed (${named}).${said}`, {
    answeredStatus: status,
    retryAfterMs: retryAfterMs(answer.header('retry-after'), now)
  })
}

function failureCode(status: number, { isRepeatable }: Request): FailureCode {
  if (status === 401) return 'POWER_APPS_NOT_SIGNED_IN'
  if (status === 403) return 'POWER_APPS_DENIED'
  if (status === 404) return 'POWER_APPS_NOT_FOUND'
  if (status === 429 || status === 503) return 'POWER_APPS_BUSY'
  if (status >= 400 && status < 500 && status !== 408) return 'POWER_APPS_REFUSED'
  return isRepeatable ? 'POWER_APPS_UNEXPECTED' : 'POWER_APPS_OUTCOME_UNKNOWN'
}

/** The Failure for a request that got no whole answer. */
export function failureFromError(error: unknown, request: Request): Failure {
  if (error instanceof Failure) return error
  const code = codeOf(error)
  const isLate = (error instanceof Error && error.name === 'TimeoutError') || /TIMED?_?OUT$/.test(code)
  const { host } = new URL(request.url)
  const what = isLate ? 'did not answer in time' : `cannot be reached${/^[A-Z_]{3,40}$/.test(code) ? ` (${code})` : ''}`
  const failureCode = request.isRepeatable || wasNeverSent(error) ? 'POWER_APPS_UNREACHABLE' : 'POWER_APPS_OUTCOME_UNKNOWN'
  return new Failure(failureCode, `${request.purpose} failed: ${host} ${what}.`, { cause: error })
}

/** A 2xx answer that is not what is documented. */
export function unexpected(request: Pick<Request, 'purpose' | 'url'>, what: string): Failure {
  return new Failure('POWER_APPS_UNEXPECTED', `${request.purpose} failed: ${new URL(request.url).host} ${what}.`)
}

/** What an error says: `{ error: { code, message } }` of the resource providers, `{ error, error_description }` of Entra ID. */
export function explanation(answer: Pick<Answer, 'body'>): { code?: string; message?: string } {
  const parsed = objectIn(answer)
  const error = isObject(parsed.error) ? parsed.error : parsed
  const code = isObject(parsed.error) ? error.code : parsed.error
  const message = error.message ?? parsed.error_description
  return {
    ...(typeof code === 'string' && /^[\w.-]{1,80}$/.test(code) && { code }),
    ...(typeof message === 'string' && message.trim() !== '' && { message: message.trim() })
  }
}

/** The text cut to a length that can be read, with everything taken out that could let somebody in. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const known = secrets.filter(secret => secret.length > 0).reduce((left, secret) => left.replaceAll(secret, '***'), text)
  const safe = known
    .replace(/\beyJ[\w-]{10,}\.[\w-]+\.[\w-]*/g, '***')
    .replace(/\b(sig|code|client_secret|refresh_token|access_token)=[^&\s"']+/gi, '$1=***')
  return safe.length > maxExplained ? `${safe.slice(0, maxExplained)} …` : safe
}
