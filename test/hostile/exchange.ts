import { connect } from 'node:net'

/** A request as a list of header lines, so that one can stand there twice, and the bytes behind them. */
export interface SignedRequest {
  headers: readonly (readonly [name: string, value: string])[]
  body: Buffer
  /** What is sent behind the header lines, where that is not the body as it is. */
  wire?: Buffer
}

export interface Answer {
  status: number
  headers: Record<string, string>
  /** What the service answered, as text. */
  text: string
  body: Record<string, unknown>
  /** The code of a problem. */
  code: unknown
  retryAfter: string | undefined
}

/** Sends a request byte for byte on a connection of its own, and reads until the service closes it. */
export async function exchange(url: string, path: string, request: SignedRequest): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const socket = connect({ port: Number(port), host: hostname, noDelay: true })
  const received: Buffer[] = []
  socket.on('data', chunk => received.push(chunk))
  // Whoever is refused early may find the connection closed while he is still sending.
  socket.on('error', () => undefined)
  socket.write(bytesOf(request, path))
  await new Promise(resolve => socket.once('close', resolve))
  return answerFrom(Buffer.concat(received).toString())
}

/** The whole request; the lines that HTTP itself needs are added where it has none of its own. */
export function bytesOf({ headers, body, wire = body }: SignedRequest, path: string): Buffer {
  const own = new Set(headers.map(([name]) => name.toLowerCase()))
  const hasLength = own.has('content-length') || own.has('transfer-encoding')
  const lines = [
    ...(own.has('host') ? [] : [['Host', 'service.test'] as const]),
    ...(own.has('connection') ? [] : [['Connection', 'close'] as const]),
    ...headers,
    ...(hasLength ? [] : [['Content-Length', String(body.length)] as const])
  ]
  const head = [`POST ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head, 'latin1'), wire])
}

function answerFrom(received: string): Answer {
  const end = received.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = received.slice(0, end).split('\r\n')
  const headers = Object.fromEntries(lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]))
  const text = received.slice(end + 4)
  const body = parsed(text)
  return { status: Number(statusLine.split(' ')[1]), headers, text, body, code: body.code, retryAfter: headers['retry-after'] }
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
