import { retryAfterMs } from '../retry-after.ts'
import type { Answer } from './exchange.ts'

const maxRetries = 4
/** Whoever asks for more is told to the person who waits. */
const maxPauseMs = 60_000

/** undici's and Node's codes for a connection that was never made: whatever was to be sent has not been. */
const neverMade = new Set(['ECONNREFUSED', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])
/** And for one that broke or stayed silent. */
const broken = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

/**
 * How long to wait before the same request is sent again, in milliseconds; undefined when it must not be, or would not help.
 * A refusal for now (429, or 503 with a time) has done nothing, so anything may be repeated after it; other faults leave it open.
 */
export function retryPause(
  outcome: { answer: Answer } | { error: unknown },
  { retries, isRepeatable, now }: { retries: number; isRepeatable: boolean; now: Date }
): number | undefined {
  if (retries >= maxRetries) return undefined
  const backOff = 1000 * 2 ** retries
  if ('error' in outcome) {
    const code = codeOf(outcome.error)
    return neverMade.has(code) || (isRepeatable && broken.has(code)) ? backOff : undefined
  }
  const { status, header } = outcome.answer
  const asked = retryAfterMs(header('retry-after'), now)
  const isRefusedForNow = status === 429 || (status === 503 && asked !== undefined)
  if (!isRefusedForNow && !(isRepeatable && (status === 408 || status >= 500))) return undefined
  if (asked === undefined) return backOff
  return asked <= maxPauseMs ? asked : undefined
}

/** Whether the request has certainly not reached the other side. */
export function wasNeverSent(error: unknown): boolean {
  // A name that does not exist is most often misspelt, so it is not asked for again.
  return neverMade.has(codeOf(error)) || codeOf(error) === 'ENOTFOUND'
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
