import { setMaxListeners } from 'node:events'
import { Agent, request } from 'undici'
import type { CertificateStore } from '../certificates/certificate-store.ts'
import { underWay } from '../under-way.ts'
import type { CallbackEvent } from './callback-event.ts'
import { signCallback, type Tampering } from './sign-callback.ts'

/** One try to deliver an event. */
export interface Attempt {
  /** 0 when there was no answer. */
  status: number
  /** The answer's body, or why there was none. */
  answer: string
  at: Date
}

export interface Delivery {
  event: CallbackEvent
  url: string
  /** What is sent at every try, the signature included: PKCS#1 v1.5 gives the same bytes each time. */
  headers: Record<string, string>
  body: string
  attempts: Attempt[]
  /** Offline: ten tries failed, and there will be no other. */
  state: 'trying' | 'delivered' | 'offline'
}

export interface CallbackSender {
  /** Signs and sends an event; the delivery is told as it goes on. */
  send(event: CallbackEvent, to: { url: string; inMsHeader: boolean }): Delivery
  deliveries(): Delivery[]
  /** The next try of any delivery, when it has ended. */
  nextAttempt(): Promise<Attempt>
  /** From the next event on. */
  tamper(how: Tampering | undefined): void
  /** How many deliveries are still under way. */
  pending(): number
  /** When every delivery has ended, those that began meanwhile too. */
  idle(): Promise<void>
  close(): Promise<void>
}

/** «Partner Center will make 10 attempts», then the event goes to an offline queue. Source: …/developer/partner-center-webhooks. */
const maxAttempts = 10
/** How long a try may take is not documented. */
const attemptMs = 30_000

/**
 * Delivers events as Partner Center does: whatever is not 2xx is a failure, redirects too. `pause` waits between the tries, the time is not
 * documented; it is handed the number of the try that failed and must end when the signal aborts.
 */
export function callbackSender(options: {
  certificates: CertificateStore
  now: () => Date
  pause: (attempt: number, signal: AbortSignal) => Promise<unknown>
  /** How many deliveries are remembered. */
  maxKept?: number | undefined
}): CallbackSender {
  const { certificates, now, pause, maxKept = 1000 } = options
  const agent = new Agent({ connections: 8 })
  const closing = new AbortController()
  // As many deliveries as there are events wait for it at once.
  setMaxListeners(0, closing.signal)
  const deliveries: Delivery[] = []
  const sending = underWay()
  const watching: ((attempt: Attempt) => void)[] = []
  let tampering: Tampering | undefined

  async function attempt({ url, headers, body }: Delivery): Promise<Attempt> {
    const at = now()
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(attemptMs)])
      const answer = await request(url, { method: 'POST', headers, body, dispatcher: agent, signal })
      return { status: answer.statusCode, answer: (await answer.body.text()).slice(0, 10_000), at }
    } catch (error) {
      return { status: 0, answer: (error as Error).message, at }
    }
  }

  async function deliver(delivery: Delivery, inMsHeader: boolean, how: Tampering | undefined): Promise<void> {
    const content = JSON.stringify(delivery.event)
    Object.assign(delivery, await signCallback(content, { certificates, inMsHeader, tampering: how }))
    while (delivery.attempts.length < maxAttempts && !closing.signal.aborted) {
      const made = await attempt(delivery)
      delivery.attempts.push(made)
      for (const tell of watching.splice(0)) tell(made)
      if (made.status >= 200 && made.status < 300) {
        delivery.state = 'delivered'
        return
      }
      // A pause that was cut short ends the delivery by the loop's own condition.
      if (delivery.attempts.length < maxAttempts) await pause(delivery.attempts.length, closing.signal).catch(() => undefined)
    }
    delivery.state = 'offline'
  }

  return {
    send(event, { url, inMsHeader }) {
      const delivery: Delivery = { event, url, headers: {}, body: '', attempts: [], state: 'trying' }
      deliveries.push(delivery)
      if (deliveries.length > maxKept) deliveries.shift()
      void sending.add(deliver(delivery, inMsHeader, tampering))
      return delivery
    },
    deliveries: () => [...deliveries],
    nextAttempt: () => new Promise(resolve => watching.push(resolve)),
    tamper(how) {
      tampering = how
    },
    pending: sending.pending,
    idle: sending.idle,
    async close() {
      closing.abort()
      await sending.idle()
      await agent.destroy()
    }
  }
}
