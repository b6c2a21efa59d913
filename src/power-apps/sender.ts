import type { Dispatcher } from 'undici'
import { exchange } from './exchange.ts'
import { outgoing, type Send } from './request.ts'
import { retryPause } from './retry-pause.ts'
import { failureFromError } from './to-failure.ts'

export interface SenderOptions {
  dispatcher: Dispatcher
  now: () => Date
  wait: (ms: number) => Promise<unknown>
  /** A line of progress. */
  note: (text: string) => void
}

/** For one attempt, its answer read to the end. Creating a connector takes Power Apps up to a minute. */
const timeoutMs = 120_000

/** Sends requests, and sends them again where that helps and does no harm; each repeat is noted. */
export function sender({ dispatcher, now, wait, note }: SenderOptions): Send {
  return async request => {
    for (let retries = 0; ; retries += 1) {
      const outcome = await exchange(outgoing(request), { dispatcher, signal: AbortSignal.timeout(timeoutMs) }).then(
        answer => ({ answer }),
        (error: unknown) => ({ error })
      )
      const pause = retryPause(outcome, { retries, isRepeatable: request.isRepeatable, now: now() })
      if (pause !== undefined) {
        const { host } = new URL(request.url)
        const why = 'answer' in outcome ? `answered HTTP ${outcome.answer.status}` : 'gave no answer'
        note(`${host} ${why}; asking again in ${Math.ceil(pause / 1000)} s.`)
        await wait(pause)
        continue
      }
      if ('error' in outcome) throw failureFromError(outcome.error, request)
      return outcome.answer
    }
  }
}
