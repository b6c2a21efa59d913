/** Ways to change one thing of a request. */
import { sign } from 'node:crypto'
import type { SignedRequest } from './exchange.ts'
import { genuine } from './genuine-pki.ts'

type Change = (request: SignedRequest) => SignedRequest

const isNamed = (name: string) => (line: readonly [string, string]) => line[0].toLowerCase() === name.toLowerCase()

/** Takes header lines away. */
export const without =
  (...names: string[]): Change =>
  request => ({ ...request, headers: request.headers.filter(line => !names.some(name => isNamed(name)(line))) })

/** Puts a header line in place of those of its name. */
export const withHeader =
  (name: string, value: string | ((before: string) => string)): Change =>
  request => {
    const before = headerOf(request, name)
    const line = [name, typeof value === 'string' ? value : value(before)] as const
    return { ...request, headers: [...request.headers.filter(other => !isNamed(name)(other)), line] }
  }

/** Puts one more header line behind the others. */
export const alsoWith =
  (name: string, value: string | ((request: SignedRequest) => string)): Change =>
  request => ({ ...request, headers: [...request.headers, [name, typeof value === 'string' ? value : value(request)]] })

export const all =
  (...changes: Change[]): Change =>
  request =>
    changes.reduce((changed, change) => change(changed), request)

export function headerOf({ headers }: SignedRequest, name: string): string {
  return headers.find(isNamed(name))?.[1] ?? ''
}

/** The signature as it is sent, without the word before it. */
export const signatureOf = (request: SignedRequest): string => headerOf(request, 'authorization').replace('Signature ', '')

/** Puts another signature in place of the genuine one; bytes as base64. */
export const withSignature =
  (make: (genuine: Buffer, body: Buffer) => Buffer | string): Change =>
  request => {
    const made = make(Buffer.from(signatureOf(request), 'base64'), request.body)
    return withHeader('Authorization', `Signature ${typeof made === 'string' ? made : made.toString('base64')}`)(request)
  }

/** Another body under the same signature. */
export const withBody =
  (body: Buffer | ((body: Buffer) => Buffer)): Change =>
  request => ({ ...request, body: typeof body === 'function' ? body(request.body) : body })

/** Another body, with a signature of the genuine signer over it. */
export const signedAnew =
  (body: Buffer | string | ((body: Buffer) => Buffer)): Change =>
  request => {
    const bytes = typeof body === 'function' ? body(request.body) : Buffer.from(body as string)
    return { ...withSignature(() => sign('sha256', bytes, genuine.signer.keys.privateKey))(request), body: bytes }
  }

/** The body in chunks of so many bytes (RFC 9112 section 7.1), without a length for the whole. */
export const inChunks =
  (bytes: number): Change =>
  request => {
    const count = Math.ceil(request.body.length / bytes)
    const chunks = Array.from({ length: count }, (_, index) => request.body.subarray(index * bytes, (index + 1) * bytes))
    const framed = chunks.flatMap(chunk => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')])
    return alsoWith('Transfer-Encoding', 'chunked')({ ...request, wire: Buffer.concat([...framed, Buffer.from('0\r\n\r\n')]) })
  }
