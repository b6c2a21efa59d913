/** Tolerant reading: live referrals hold nulls, empty strings, numbers as text and objects where lists are documented. */

/** Trimmed text, or undefined when there is none. Line ends become `\n`; control characters go. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value !== 'string') return undefined
  const clean = value
    .replace(/\r\n?/g, '\n')
    .replace(/(?!\n)\p{Cc}/gu, ' ')
    .trim()
  return clean === '' ? undefined : clean
}

/** A finite number, also from text such as "10000". */
export function number(value: unknown): number | undefined {
  const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined
}

/** The objects of a list; anything else is an empty list. */
export function objects(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The calendar day in UTC, as YYYY-MM-DD, of an instant or a day. */
export function day(value: unknown): string | undefined {
  const instant = new Date(typeof value === 'string' ? value : Number.NaN)
  const iso = Number.isNaN(instant.getTime()) ? '' : instant.toISOString()
  return /^\d{4}-/.test(iso) ? iso.slice(0, 10) : undefined
}
