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

/** Text for a field of one line: every run of white space becomes one space. */
export function line(value: unknown): string | undefined {
  return text(value)?.replace(/\s+/g, ' ')
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

/**
 * The calendar day in UTC, as YYYY-MM-DD, of an ISO 8601 instant or day. An instant without an offset is taken as UTC, never as this machine's
 * time, and the year 1 is how .NET writes «no date» (learn.microsoft.com/dotnet/api/system.datetime.minvalue).
 */
export function day(value: unknown): string | undefined {
  const [, date, time = '', offset = 'Z'] = isoForm.exec(text(value) ?? '') ?? []
  if (date === undefined || date.startsWith('0001-')) return undefined
  // JavaScript takes 30 February for 1 March; a day that does not exist is no date.
  if (!isoDay(new Date(`${date}T00:00:00Z`))?.startsWith(date)) return undefined
  return isoDay(new Date(`${date}T${time === '' ? '00:00:00' : time}${time === '' ? 'Z' : offset}`))
}

const isoForm = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?)?$/i

function isoDay(instant: Date): string | undefined {
  return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString().slice(0, 10)
}
