import { constants, type KeyObject, sign } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { certificatePath, storeHost } from './certificate-store.ts'

export const tamperings = ['body', 'certificate', 'host', 'algorithm'] as const
export type Tampering = (typeof tamperings)[number]

export interface Event {
  eventName: string
  resourceUri: string
  resourceName: string
  changedAt: Date
}

/** One event and what came of its delivery. */
export interface Delivery {
  eventName: string
  url: string
  attempts: { status: number; body: string }[]
  outcome: 'under way' | 'delivered' | 'given up'
}

export interface Registration {
  webhookUrl: string
  webhookEvents: string[]
  /** Whether the signature comes in x-ms-signature instead of Authorization. */
  signatureTokenToMsSignatureHeader: boolean
}

/** Partner Center tries ten times, then moves the event into an offline queue (learn.microsoft.com, partner-center-webhooks). */
const maxAttempts = 10

/** Sends signed callbacks as Partner Center documents them. `pause` waits between two attempts; how long is not documented. */
export function callbackSender({
  signingKey,
  pause = () => turn()
}: {
  signingKey: () => KeyObject
  pause?: (attempt: number) => Promise<unknown>
}) {
  const deliveries: Delivery[] = []
  const underWay = new Set<Promise<void>>()
  let tamper: Tampering | undefined

  async function deliver(event: Event, registration: Registration, delivery: Delivery): Promise<void> {
    const request = signedRequest(event, registration, signingKey(), tamper)
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const answer = await post(registration.webhookUrl, request)
      delivery.attempts.push(answer)
      if (answer.status >= 200 && answer.status < 300) {
        delivery.outcome = 'delivered'
        return
      }
      if (attempt < maxAttempts) await pause(attempt)
    }
    delivery.outcome = 'given up'
  }

  return {
    deliveries,
    /** From now on every callback is forged in this way; undefined ends it. */
    tamper(kind: Tampering | undefined): void {
      tamper = kind
    },
    send(event: Event, registration: Registration): void {
      const delivery: Delivery = { eventName: event.eventName, url: registration.webhookUrl, attempts: [], outcome: 'under way' }
      deliveries.push(delivery)
      const work = deliver(event, registration, delivery).finally(() => underWay.delete(work))
      underWay.add(work)
    },
    /** Settles when nothing is under way any more, what was raised meanwhile included. */
    async idle(): Promise<void> {
      while (underWay.size > 0) await Promise.all(underWay)
    }
  }
}

/** Compact JSON in the documented order; the time has seven decimals, as .NET writes it. */
export function eventBody({ eventName, resourceUri, resourceName, changedAt }: Event): string {
  const changed = changedAt.toISOString().replace('Z', '0001+00:00')
  return JSON.stringify({
    EventName: eventName,
    ResourceUri: resourceUri,
    ResourceName: resourceName,
    AuditUri: null,
    ResourceChangeUtcDate: changed
  })
}

/** The request of a callback, forged when `tamper` says how. */
export function signedRequest(event: Event, registration: Registration, key: KeyObject, tamper?: Tampering) {
  const signed = eventBody(event)
  const digest = tamper === 'algorithm' ? 'sha1' : 'sha256'
  const signature = sign(digest, Buffer.from(signed), { key, padding: constants.RSA_PKCS1_PADDING }).toString('base64')
  const host = tamper === 'host' ? 'attacker.blob.core.windows.net' : storeHost
  const header = registration.signatureTokenToMsSignatureHeader ? 'x-ms-signature' : 'authorization'
  return {
    body: tamper === 'body' ? signed.replace('referral-created', 'referral-updated') : signed,
    headers: {
      'content-type': 'application/json',
      [header]: `Signature ${signature}`,
      'x-ms-certificate-url': `https://${host}${certificatePath}`,
      'x-ms-signature-algorithm': `rsa-${digest}`
    } as Record<string, string>
  }
}

async function post(
  url: string,
  { body, headers }: { body: string; headers: Record<string, string> }
): Promise<{ status: number; body: string }> {
  try {
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(30_000) })
    return { status: response.status, body: await response.text() }
  } catch (error) {
    return { status: 0, body: String(error) }
  }
}
