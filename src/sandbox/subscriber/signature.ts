import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a Standard Webhooks receiver looks at; the body byte for byte. */
export interface SignedMessage {
  id: string
  timestamp: string
  /** Several may be there, set apart by blanks. */
  signatures: string
  body: Uint8Array
}

/** Older ones, and ones from the future, are taken for captured requests. */
const toleranceSeconds = 5 * 60

/**
 * Whether one of the signatures is that of the secret over `id.timestamp.body`, and the timestamp is of now. Written from the specification
 * alone: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md, «Verifying signatures».
 */
export function isSignedWith(secret: string, message: SignedMessage, now: Date): boolean {
  const { id, timestamp, signatures, body } = message
  if (id === '' || id.includes('.') || !/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > toleranceSeconds) return false
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
  return signatures.split(' ').some(one => {
    const [version, encoded = ''] = one.split(',')
    const given = Buffer.from(encoded, 'base64')
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected)
  })
}
