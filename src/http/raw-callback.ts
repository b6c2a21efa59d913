import type { FastifyRequest } from 'fastify'
import { isSignatureHeader } from '../callback/read-headers.ts'
import type { Callback } from '../callback/verify-callback.ts'
import { Failure } from '../failure.ts'

/** The sender's own request: its headers that count, and the bytes that were signed. The route's parser has left the body as a buffer. */
export function rawCallback(request: FastifyRequest): Callback {
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    throw new Failure('CONTENT_TYPE_UNSUPPORTED', 'The body is compressed; send the bytes that were signed.')
  return { headers: signatureHeaders(request.raw.rawHeaders), body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0) }
}

/** The headers that count, with all their values. Node joins repeated ones or keeps the first, which would hide that there were two. */
function signatureHeaders(raw: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null)
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase()
    if (!isSignatureHeader(name)) continue
    const value = raw[index + 1] ?? ''
    const before = headers[name]
    headers[name] = before === undefined ? value : [before, value].flat()
  }
  return headers
}
