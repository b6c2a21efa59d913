import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Callback, VerifiedCallback } from '../../callback/verify-callback.ts'
import { Failure } from '../../failure.ts'
import { ValidateCallbackRequest, type ValidatedCallback } from '../../schemas/callback.ts'
import { callbackFailures, errorAnswers, inputFailures } from '../error-answers.ts'
import type { AppPorts } from '../ports.ts'
import { maxCallbackBytes, rawCallback } from '../raw-callback.ts'
import type { App } from '../type-provider.ts'

const bodyLimit = 128 * 1024

/**
 * One operation in two forms. The typed form is what a flow sends. The raw form is the sender's own request, headers and bytes: it stands in
 * for the Azure function of the 2019 sample by its address alone. The raw form needs no key, for it proves by its signature where it comes
 * from and nothing is written.
 */
export function validationRoutes(app: App, { validate }: AppPorts): void {
  // The bytes are what was signed, so this route alone takes them unparsed; encapsulation keeps the parser here.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (request: FastifyRequest, body: Buffer, done) => {
    if (isRaw(request))
      return body.length > maxCallbackBytes
        ? done(new Failure('REQUEST_TOO_LARGE', 'The body is larger than a callback can be.'))
        : done(null, body)
    if (!/^application\/(json|[\w.+-]+\+json)\b/i.test(request.headers['content-type'] ?? ''))
      return done(new Failure('CONTENT_TYPE_UNSUPPORTED', 'The typed form is application/json.'))
    try {
      done(null, withTextContent(JSON.parse(body.toString('utf8'))))
    } catch (cause) {
      done(new Failure('REQUEST_INVALID', 'The body is not valid JSON.', { cause }))
    }
  })

  app.post(
    '/v1/validate-callback',
    {
      config: { provesItself: isRaw },
      attachValidation: true,
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
      if (isRaw(request)) return answerFrom(await validate(rawCallback(request), 'exact'))
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
