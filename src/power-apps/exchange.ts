import { type Dispatcher, request } from 'undici'
import { Failure } from '../failure.ts'

export interface Outgoing {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  url: string
  headers: Record<string, string>
  body?: string | Buffer
}

/** What came back, read to its end. */
export interface Answer {
  status: number
  /** The value of a header by its lower-case name; the first when it came several times. */
  header: (name: string) => string | undefined
  body: Buffer
}

/** Well above a page of connectors, well below what would hurt. */
const maxBytes = 16 * 1024 * 1024

/**
 * One request and its whole answer, whatever the status. Redirects are not followed: a token goes where it was meant to go only.
 * @throws POWER_APPS_UNEXPECTED for a body that is too large; undici's own error when the connection fails
 */
export async function exchange(outgoing: Outgoing, options: { dispatcher: Dispatcher; signal: AbortSignal }): Promise<Answer> {
  const { method, url, headers, body: content } = outgoing
  const { statusCode, headers: answered, body } = await request(url, { method, headers, body: content ?? null, ...options })
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) {
      const { hostname } = new URL(url)
      throw new Failure('POWER_APPS_UNEXPECTED', `${hostname} sent an answer of more than ${maxBytes} bytes.`)
    }
    chunks.push(chunk)
  }
  return { status: statusCode, header: name => [answered[name]].flat()[0], body: Buffer.concat(chunks) }
}
