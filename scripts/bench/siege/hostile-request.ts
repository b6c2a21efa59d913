import { randomBytes, randomInt } from 'node:crypto'
import type { Attack } from './attack.ts'

type Flood = Extract<Attack, { kind: 'flood' }>

const body = JSON.stringify({
  EventName: 'referral-created',
  ResourceUri: 'https://api.partnercenter.microsoft.com/engagements/v1/referrals/00000000-0000-4000-8000-000000000000',
  ResourceName: 'referral',
  AuditUri: null,
  ResourceChangeUtcDate: '2026-01-01T00:00:00.0000000+00:00'
})
const signature = randomBytes(256).toString('base64')

/** The next request of a flood, as it goes over the wire. */
export function hostileRequests({ request, addresses, certificateUrl }: Flood): () => string {
  const madeUp = (): string => certificateUrl.replace(/[^/]+$/, `${randomBytes(12).toString('hex')}.cer`)
  const fixed = madeUp()
  const address = addresses === 'one' ? () => '198.18.0.1' : manyAddresses
  const callback = (url: string): string => post('/callbacks', address(), callbackHeaders(url))
  const kinds: Record<Exclude<Flood['request'], 'many-wrongs'>, () => string> = {
    'bad-signature': () => callback(certificateUrl),
    'made-up-url': () => callback(madeUp()),
    'one-made-up-url': () => callback(fixed),
    'wrong-key': () => post('/v1/subscriptions', address(), `x-api-key: ${madeUpKey()}\r\n`)
  }
  if (request !== 'many-wrongs') return kinds[request]
  const all = Object.values(kinds)
  let next = 0
  return () => all[next++ % all.length]?.() ?? ''
}

/** Of the right form, so that it has to be looked up. */
function madeUpKey(): string {
  return `rc_${randomBytes(6).toString('hex')}_${randomBytes(32).toString('base64url')}`
}

/** IPv6 too, of which somebody may have many networks. */
function manyAddresses(): string {
  const random = randomInt(2 ** 32)
  const parts = [random >>> 24, (random >>> 16) & 255, (random >>> 8) & 255, random & 255]
  return random % 2 === 0 ? parts.join('.') : `2001:db8:${(random >>> 16).toString(16)}:${(random & 0xffff).toString(16)}::1`
}

export function callbackHeaders(url: string): string {
  return `x-ms-certificate-url: ${url}\r\nx-ms-signature-algorithm: rsa-sha256\r\nx-ms-signature: ${signature}\r\n`
}

function post(path: string, address: string, headers: string): string {
  return `POST ${path} HTTP/1.1\r\nhost: siege\r\nx-forwarded-for: ${address}\r\ncontent-type: application/json\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`
}
