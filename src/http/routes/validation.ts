import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Callback, VerifiedCallback } from '../../callback/verify-callback.ts'
import { Failure } from '../../failure.ts'
import { ValidateCallbackRequest, type ValidatedCallback } from '../../schemas/callback.ts'
import type { CallbackDoor } from '../callback-door.ts'
import { callbackFailures, errorAnswers, inputFailures } from '../error-answers.ts'
import { nestingFailure } from '../nesting.ts'
import type { Validate } from '../ports.ts'
import { rawCallback } from '../raw-callback.ts'
import { readBody } from '../read-body.ts'
import type { App } from '../type-provider.ts'
import { unlessBytes } from '../validator.ts'

/** Of the typed form, which carries the callback as text or base64. */
const limit = 128 * 1024

/**
 * One operation in two forms. The typed form is what a flow sends. The raw form is the sender's own request, headers and bytes: it stands in
 * for the Azure function of the 2019 sample by its address alone. The raw form needs no key, for it proves by its signature where it comes
 * from and nothing is written.
 */
export function validationRoutes(app: App, { validate, door }: { validate: Validate; door: CallbackDoor }): void {
  // The bytes are what was signed, so this route alone takes them unparsed; encapsulation keeps the parser here.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage, done) => {
    if (isRaw(request)) door.read(request, payload, done)
    else typedBody(request, payload).then(body => done(null, body), done)
  })

  app.post(
    '/v1/validate-callback',
    {
      config: { scope: 'read', provesItself: isRaw },
      attachValidation: true,
      ...(app.validatorCompiler && { validatorCompiler: unlessBytes(app.validatorCompiler) }),
      onRequest(request, _reply, done) {
        if (isRaw(request)) door.check(request)
        done()
      },
      schema: {
        operationId: 'ValidateCallback',
        summary: 'Validate a callback',
        description:
          'Proves that a callback comes from Partner Center: the signature over its content, the certificate and its path to a pinned root. Fails when it is forged.',
        tags: ['Callbacks'],
        'x-ms-visibility': 'important',
        body: ValidateCallbackRequest,
        response: {
          200: { description: 'The callback is genuine.', ...Type.Ref('ValidatedCallback') },
          ...errorAnswers(...inputFailures, ...callbackFailures)
        }
      }
    },
    async request => {
      if (isRaw(request)) return answerFrom(await door.judge(request, () => validate(rawCallback(request), 'exact')))
      if (isWithoutContent(request.body))
        throw new Failure('CALLBACK_BODY_MISSING', "The request has the callback's headers but not its body.")
      if (request.validationError) throw request.validationError
      return answerFrom(await validate(typedCallback(request.body), 'serialisations'))
    }
  )
}

function isRaw({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers['x-ms-certificate-url'] !== undefined || headers['x-ms-signature-algorithm'] !== undefined
}

async function typedBody({ headers }: FastifyRequest, payload: IncomingMessage): Promise<unknown> {
  if (!/^application\/(json|[\w.+-]+\+json)\b/i.test(headers['content-type'] ?? ''))
    throw new Failure('CONTENT_TYPE_UNSUPPORTED', 'The typed form is application/json.')
  const body = await readBody(payload, { length: headers['content-length'], limit }).body
  return withTextContent(parsed(body.toString('utf8')))
}

function parsed(text: string): unknown {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (cause) {
    throw new Failure('REQUEST_INVALID', 'The body is not valid JSON.', { cause })
  }
  const failure = nestingFailure(body)
  if (failure) throw failure
  return body
}

function typedCallback({ content, contentEncoding, signature, certificateUrl, signatureAlgorithm }: ValidateCallbackRequest): Callback {
  return {
    headers: {
      'x-ms-signature': signature,
      'x-ms-certificate-url': certificateUrl,
      'x-ms-signature-algorithm': signatureAlgorithm
    },
    body: contentEncoding === 'base64' ? strictBase64(content) : Buffer.from(content, 'utf8')
  }
}

function strictBase64(content: string): Buffer {
  const bytes = Buffer.from(content, 'base64')
  if (bytes.toString('base64') !== content) throw new Failure('VALUE_WRONG_TYPE', 'content is not standard base64.')
  return bytes
}

/** A flow that hands in the parsed body itself sends an object: it is written as compact JSON, and the signature still has to prove it. */
function withTextContent(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('content' in body)) return body
  const { content } = body
  return typeof content === 'object' && content !== null ? { ...body, content: JSON.stringify(content) } : body
}

/** A flow whose trigger had no body sends its headers alone. */
function isWithoutContent(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || !('signature' in body)) return false
  return !('content' in body) || body.content === null || body.content === ''
}

function answerFrom({ event, signer, matched }: VerifiedCallback): ValidatedCallback {
  const { subject, issuer, thumbprint, notAfter } = signer
  return {
    valid: true,
    eventName: event.name,
    ...(event.referralId !== undefined && { referralId: event.referralId }),
    event,
    signer: { subject, issuer, thumbprint, notAfter: notAfter.toISOString() },
    matched
  }
}
