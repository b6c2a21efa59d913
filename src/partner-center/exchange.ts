import { type Dispatcher, request } from 'undici'
import { Failure } from '../failure.ts'

export interface Outgoing {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  url: string
  headers: Record<string, string>
  body?: string
}

/** What came back, read to its end. */
export interface Answer {
  status: number
  /** The value of a header by its lower-case name; the first when it came several times. */
  header: (name: string) => string | undefined
  body: string
}

/** Well above a full page of referrals, well below what would hurt. */
const maxBytes = 4 * 1024 * 1024

/**
 * One request and its whole answer, whatever the status. Redirects are not followed: the bearer token goes to our own base URL only.
 * @throws PARTNER_CENTER_UNEXPECTED for a body that is too large or no UTF-8; undici's own error when the connection fails
 */
export async function exchange(outgoing: Outgoing, options: { dispatcher: Dispatcher; signal: AbortSignal }): Promise<Answer> {
  const { statusCode, headers, body } = await request(outgoing.url, {
    method: outgoing.method,
    headers: outgoing.headers,
    ...(outgoing.body !== undefined && { body: outgoing.body }),
    ...options
  })
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new Failure('PARTNER_CENTER_UNEXPECTED', `Partner Center sent an answer of more than ${maxBytes} bytes.`)
    chunks.push(chunk)
  }
  return { status: statusCode, header: name => [headers[name]].flat()[0], body: text(Buffer.concat(chunks)) }
}

function text(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new Failure('PARTNER_CENTER_UNEXPECTED', 'Partner Center sent an answer that is not UTF-8 text.', { cause: error })
  }
}
