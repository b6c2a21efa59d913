import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** The caller's x-request-id when it is harmless, else a new one. */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : randomUUID()
}
