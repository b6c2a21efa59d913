import { Failure } from '../failure.ts'
import { readBase64 } from './read-base64.ts'

/** The headers of a request, names in any case. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

export interface SignatureHeaders {
  /** As it was sent, not checked. */
  certificateUrl: string
  signature: Buffer
}

const maxLength = 2048

/**
 * Reads what a callback is signed with. The signature stands in `Authorization: Signature <base64>`, or in `x-ms-signature`, with the word
 * or without, when the registration asked for it; an Authorization of any other scheme is somebody else's, a gateway's or an API caller's.
 * Source: learn.microsoft.com/partner-center/developer/partner-center-webhooks.
 *
 * @throws CALLBACK_HEADER_MISSING, CALLBACK_HEADER_MALFORMED, CALLBACK_SIGNATURES_CONTRADICT, CALLBACK_ALGORITHM_UNSUPPORTED,
 * CALLBACK_SIGNATURE_MALFORMED
 */
export function readHeaders(headers: Headers): SignatureHeaders {
  const sent = wanted(headers)
  const authorization = withoutWord(ours(sent.authorization))
  const dedicated = withoutWord(single(sent, 'x-ms-signature'))
  const signature = authorization ?? dedicated
  if (signature === undefined) throw missing('signature (Authorization or x-ms-signature)')
  if (dedicated !== undefined && dedicated !== signature) {
    throw new Failure('CALLBACK_SIGNATURES_CONTRADICT', 'Authorization and x-ms-signature carry different signatures.')
  }
  const certificateUrl = single(sent, 'x-ms-certificate-url') ?? raise(missing('x-ms-certificate-url'))
  const algorithm = single(sent, 'x-ms-signature-algorithm') ?? raise(missing('x-ms-signature-algorithm'))
  if (algorithm !== 'rsa-sha256') throw new Failure('CALLBACK_ALGORITHM_UNSUPPORTED', 'The signature algorithm is not rsa-sha256.')
  return { certificateUrl, signature: readSignature(signature) }
}

function withoutWord(value: string | undefined): string | undefined {
  return value?.startsWith('Signature ') ? value.slice('Signature '.length) : value
}

/** Keys of 2048 to 4096 bits make signatures of 256 to 512 bytes. */
function readSignature(text: string): Buffer {
  const bytes = readBase64(text)
  if (bytes === undefined) throw new Failure('CALLBACK_SIGNATURE_MALFORMED', 'The signature is not canonical base64.')
  if (bytes.length < 256 || bytes.length > 512) {
    throw new Failure('CALLBACK_SIGNATURE_MALFORMED', `The signature has ${bytes.length} bytes; RSA signatures have 256 to 512.`)
  }
  return bytes
}

/** The Authorization that is a callback's signature, if there is one. */
function ours(values: readonly string[]): string | undefined {
  const signature = values.find(value => /^\s*signature(?:\s|$)/i.test(value))
  if (signature === undefined) return undefined
  if (values.length > 1) throw malformed('authorization', 'was sent more than once')
  if (!/^Signature \S/.test(signature)) throw malformed('authorization', 'is not «Signature», one blank and the signature')
  return checked('authorization', signature)
}

/** The one value of a header; nothing when it is absent or empty. */
function single(sent: WantedHeaders, name: HeaderName): string | undefined {
  const [value, ...more] = sent[name]
  if (more.length > 0) throw malformed(name, 'was sent more than once')
  return value === undefined || value === '' ? undefined : checked(name, value)
}

/** Whether a header, its name in lower case, is one of those that are read here. */
export function isSignatureHeader(name: string): name is HeaderName {
  return name === 'authorization' || name === 'x-ms-signature' || name === 'x-ms-certificate-url' || name === 'x-ms-signature-algorithm'
}

type HeaderName = 'authorization' | 'x-ms-signature' | 'x-ms-certificate-url' | 'x-ms-signature-algorithm'
type WantedHeaders = Record<HeaderName, string[]>

/** All values of the headers that count. */
function wanted(headers: Headers): WantedHeaders {
  const sent: WantedHeaders = { authorization: [], 'x-ms-signature': [], 'x-ms-certificate-url': [], 'x-ms-signature-algorithm': [] }
  for (const key of Object.keys(headers)) {
    const name = key.toLowerCase()
    if (!isSignatureHeader(name)) continue
    const value: unknown = headers[key] ?? []
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one !== 'string') throw malformed(name, 'is not text')
      sent[name].push(one)
    }
  }
  return sent
}

/** None of these values has a comma of its own: node joins repeated headers with one. */
function checked(name: string, value: string): string {
  if (value.length > maxLength) throw malformed(name, `is longer than ${maxLength} characters`)
  if (/^[\x20-\x2b\x2d-\x7e]+$/.test(value)) return value
  throw malformed(name, value.includes(',') ? 'was sent more than once, or holds a comma' : 'is not printable ASCII')
}

function missing(what: string): Failure {
  return new Failure('CALLBACK_HEADER_MISSING', `The callback has no ${what} header.`)
}

function malformed(name: string, what: string): Failure {
  return new Failure('CALLBACK_HEADER_MALFORMED', `The header ${name} ${what}.`)
}

function raise(failure: Failure): never {
  throw failure
}
