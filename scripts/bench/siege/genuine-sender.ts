import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { referralEvent } from '../../../src/sandbox/partner-center/callback-event.ts'
import type { HostileStore } from './hostile-store.ts'

export interface Sent {
  count: number
  /** Answered with 200 at the first try, and at one of ten. */
  atFirst: number
  accepted: number
  /** What the tries that were not accepted were answered with, by status; 0 when there was no answer within ten seconds. */
  refusals: Map<number, number>
  /** The time of each accepted try, in milliseconds. */
  times: number[]
}

/** Its own address, and its own connections: what an attacker does to his own is his business. */
const from = { 'x-forwarded-for': '203.0.113.7' }

/** Sends genuine callbacks, each of another referral, as Partner Center does: what is not accepted is sent again, ten times in all. */
export function genuineSender(url: string, store: HostileStore) {
  const agent = new Agent({ pipelining: 1 })
  const sent: Sent = { count: 0, atFirst: 0, accepted: 0, refusals: new Map(), times: [] }
  const underWay = new Set<Promise<void>>()

  async function deliver(): Promise<void> {
    const body = JSON.stringify(referralEvent('referral-created', randomUUID(), new Date()))
    const headers = { ...store.signed(body), ...from }
    sent.count += 1
    for (let attempt = 1; attempt <= 10; attempt++) {
      const { status, ms, retryAfterMs } = await send(headers, body)
      if (status === 200) {
        sent.times.push(ms)
        sent.accepted += 1
        if (attempt === 1) sent.atFirst += 1
        return
      }
      sent.refusals.set(status, (sent.refusals.get(status) ?? 0) + 1)
      await pause(retryAfterMs)
    }
  }

  async function send(headers: Record<string, string>, body: string) {
    const begin = performance.now()
    const elapsed = (): number => performance.now() - begin
    try {
      const answer = await request(`${url}/callbacks`, {
        method: 'POST',
        headers,
        body,
        dispatcher: agent,
        signal: AbortSignal.timeout(10_000)
      })
      await answer.body.dump()
      const retryAfterMs = Number(answer.headers['retry-after'] ?? 1) * 1000
      return { status: answer.statusCode, ms: elapsed(), retryAfterMs }
    } catch {
      return { status: 0, ms: elapsed(), retryAfterMs: 1000 }
    }
  }

  function start(): void {
    const delivery = deliver().finally(() => underWay.delete(delivery))
    underWay.add(delivery)
  }

  return {
    sent,
    /** So many a second, whether they are answered or not, until `during` has ended. */
    async sendWhile(during: Promise<unknown>, perSecond: number): Promise<void> {
      const timer = setInterval(start, 1000 / perSecond)
      await during.finally(() => clearInterval(timer))
    },
    /** So many at the same moment. */
    burst(count: number): void {
      for (let made = 0; made < count; made++) start()
    },
    /** When each has been accepted, or tried ten times. */
    settled: async (): Promise<void> => void (await Promise.all(underWay)),
    close: () => agent.destroy()
  }
}
