import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyRequest, FastifySchemaValidationError } from 'fastify'
import { Failure, type FailureCode, failureFrom } from '../../failure.ts'
import type { Problem } from '../../schemas/problem.ts'
import type { App } from '../type-provider.ts'

const shownErrors = 10
const shownName = 100
const shownValues = 400

/**
 * The one error handler: every error leaves as problem details (RFC 9457) with our code and advice. `message` and `error` repeat the
 * essence where the designer of Power Automate looks for it.
 */
export function problemDetails(app: App): void {
  app.setErrorHandler((error: FastifyError | Failure, request, reply) => {
    const { failure, errors } = judge(error)
    const { code, status, message, advice, retryAfterMs } = failure
    request.failureCode = code
    // What does not fit a schema is named in the answer alone: the names of a caller's fields may be somebody's.
    const told = errors ? 'The request does not fit what the operation takes.' : message
    request.log[status >= 500 ? 'warn' : 'info']({ requestId: request.id, code, cause: causeOf(failure) }, told)
    if (retryAfterMs !== undefined) void reply.header('retry-after', Math.ceil(retryAfterMs / 1000))
    else if (failure.retry === 'later' && (status === 503 || status === 429)) void reply.header('retry-after', 5)
    if (code === 'CALLER_UNAUTHENTICATED' || code === 'CALLER_TOKEN_EXPIRED')
      void reply.header('www-authenticate', 'ApiKey header="X-API-Key", Bearer')
    const problem: Problem & { error: { code: string; message: string } } = {
      type: `urn:referral-connector:failure:${code}`,
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail: message,
      code,
      advice,
      message: `${code}: ${message}`,
      requestId: request.id,
      error: { code, message },
      ...(errors && { errors })
    }
    // Said here too: a path that cannot be read fails before any hook. A string, for the framework does not take the content type for JSON.
    void reply
      .status(status)
      .header('x-request-id', request.id)
      .type('application/problem+json')
      .serializer(String)
      .send(JSON.stringify(problem))
  })
  app.setNotFoundHandler((request: FastifyRequest) => {
    throw new Failure('ROUTE_NOT_FOUND', `There is no ${request.method} at this path.`)
  })
}

function judge(error: FastifyError | Failure): { failure: Failure; errors?: Problem['errors'] } {
  if (error instanceof Failure) return { failure: error }
  if (error.validation) return judgeValidation(error.validation, error.validationContext)
  const code = frameworkCodes[error.code]
  if (code) return { failure: new Failure(code, frameworkMessages[code] ?? error.message, { cause: error }) }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return { failure: new Failure('REQUEST_INVALID', 'The request could not be read.', { cause: error }) }
  return { failure: failureFrom(error) }
}

const frameworkCodes: Record<string, FailureCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'REQUEST_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'CONTENT_TYPE_UNSUPPORTED',
  FST_ERR_CTP_INVALID_JSON_BODY: 'REQUEST_INVALID',
  FST_ERR_BAD_URL: 'ROUTE_NOT_FOUND',
  FST_ERR_MAX_PARAM_LENGTH: 'REFERRAL_ID_MALFORMED'
}
const frameworkMessages: Partial<Record<FailureCode, string>> = {
  REQUEST_TOO_LARGE: 'The body is larger than this operation takes.',
  CONTENT_TYPE_UNSUPPORTED: 'The body is not of a type that this operation takes.',
  REQUEST_INVALID: 'The body is not valid JSON.',
  ROUTE_NOT_FOUND: 'The path is not a valid one.',
  REFERRAL_ID_MALFORMED: 'The id in the path is longer than any id.'
}

const tooLong = new Set(['maxLength', 'maxItems', 'maxProperties'])
const wrongType = new Set(['type', 'format', 'enum', 'const', 'pattern', 'minimum', 'maximum'])

function judgeValidation(
  validation: FastifySchemaValidationError[],
  context = 'body'
): { failure: Failure; errors: NonNullable<Problem['errors']> } {
  const errors = validation.slice(0, shownErrors).map(({ instancePath, message, params }) => ({
    pointer: instancePath,
    detail: [
      message ?? 'is not valid',
      ...Object.entries(params).flatMap(([name, value]) => {
        if (name === 'allowedValues' && Array.isArray(value)) return `: ${value.join(', ').slice(0, shownValues)}`
        return name === 'additionalProperty' ? `: ${String(value).slice(0, shownName)}` : []
      })
    ].join('')
  }))
  const [first] = validation
  const where = `${{ querystring: 'query', params: 'path' }[context] ?? context}${(first?.instancePath ?? '').replaceAll('/', '.')}`
  return { failure: new Failure(validationCode(first, context), `${where} ${errors[0]?.detail ?? 'is not valid'}.`), errors }
}

function validationCode(error: FastifySchemaValidationError | undefined, context: string): FailureCode {
  if (context === 'params') return error?.instancePath === '/referralId' ? 'REFERRAL_ID_MALFORMED' : 'REQUEST_INVALID'
  if (tooLong.has(error?.keyword ?? '')) return 'VALUE_TOO_LONG'
  if (error?.keyword === 'additionalProperties') return 'FIELD_UNKNOWN'
  return wrongType.has(error?.keyword ?? '') ? 'VALUE_WRONG_TYPE' : 'REQUEST_INVALID'
}

/** What led to a failure, for the log: names and codes only, for a foreign message may hold a secret or customer data. Our own errors in full. */
function causeOf({ code, cause }: Failure): unknown {
  if (!(cause instanceof Error)) return undefined
  const { name, code: foreignCode } = cause as Error & { code?: unknown }
  return code === 'INTERNAL' ? { name, stack: cause.stack } : { name, code: foreignCode }
}
