const dayMs = 24 * 60 * 60 * 1000

/**
 * How long a Retry-After header asks us to wait, in milliseconds: seconds or an HTTP date (RFC 9110 section 10.2.3).
 * Undefined when there is none or it cannot be read; never more than a day.
 */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  const value = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(value)) return Math.min(Number(value) * 1000, dayMs)
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value)) return undefined
  const until = Date.parse(value)
  return Number.isNaN(until) ? undefined : Math.min(Math.max(until - now.getTime(), 0), dayMs)
}
