import type { Answer } from './exchange.ts'
import { unexpected } from './to-failure.ts'

/** @throws PARTNER_CENTER_UNEXPECTED when the body of the answer is not JSON */
export function readJson(answer: Answer): unknown {
  try {
    return JSON.parse(answer.body)
  } catch {
    // V8's SyntaxError quotes the text, which may be customer data: it is not kept as the cause.
    const type = /^[\w.+/-]{1,60}/.exec(answer.header('content-type') ?? '')?.[0] ?? 'nothing'
    throw unexpected(`sent something that cannot be read as JSON and says it is ${type}`, answer)
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
