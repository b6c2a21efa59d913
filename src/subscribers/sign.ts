import { createHmac } from 'node:crypto'
import { Failure } from '../failure.ts'

/** What a Standard Webhooks receiver verifies a message with. */
export interface MessageHeaders {
  'webhook-id': string
  'webhook-timestamp': string
  'webhook-signature': string
}

/**
 * The headers of a message: its id, which stays the same over all tries, the time of this try in seconds, and the HMAC-SHA256 of
 * `id.timestamp.body` under the secret's bytes. Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
 * @throws INTERNAL for a secret that is not `whsec_` and base64
 */
export function sign({ id, at, body }: { id: string; at: Date; body: string }, secret: string): MessageHeaders {
  const [, encoded] = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/.exec(secret) ?? []
  if (encoded === undefined) throw new Failure('INTERNAL', 'The secret of a subscription has not the form of one.')
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const signature = createHmac('sha256', Buffer.from(encoded, 'base64')).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}
