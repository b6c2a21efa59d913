import { retryAfterMs } from '../retry-after.ts'
import type { Answer } from './exchange.ts'

const maxRetries = 2
/** Longer pauses belong to the caller, who is told them. */
const maxPauseMs = 5000

/** undici's and Node's codes for a connection that broke, as against one that was never made or stayed silent. */
const broken = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/**
 * How long to wait before the same request is sent again, in milliseconds; undefined when it must not be, or would not help.
 * `isRepeatable`: sending it twice does no more than sending it once.
 */
export function retryPause(
  outcome: { answer: Answer } | { error: unknown },
  { retries, isRepeatable, now }: { retries: number; isRepeatable: boolean; now: Date }
): number | undefined {
  if (!isRepeatable || retries >= maxRetries) return undefined
  if ('error' in outcome) return broken.has(codeOf(outcome.error)) ? 100 * 3 ** retries : undefined
  const { status, header } = outcome.answer
  if (status !== 429 && status !== 503) return undefined
  const pause = retryAfterMs(header('retry-after'), now)
  return pause !== undefined && pause <= maxPauseMs ? pause : undefined
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
