import { UsageError } from './command.ts'

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
/** What `--since` takes, for the help. */
export const sinceForm = 'A duration before now, for example 90s, 30m, 2h, 7d or 2w; or a date in ISO 8601.'

/** Milliseconds of a whole number with a unit, `2h`; undefined when `text` is none. */
export function durationMs(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  return count === undefined || unit === undefined ? undefined : Number(count) * unitMs[unit as keyof typeof unitMs]
}

/**
 * The moment that `text` means: so long before `now`, or a date. A date without an offset is taken as UTC, as everything here is shown in UTC.
 * @throws UsageError
 */
export function momentFrom(option: string, text: string, now: Date): Date {
  const ms = durationMs(text)
  if (ms !== undefined) return new Date(Math.max(0, now.getTime() - ms))
  const date = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(text)
  const at = date ? new Date(date[1] !== undefined && date[4] === undefined ? `${text}Z` : text) : undefined
  if (at === undefined || Number.isNaN(at.getTime())) throw new UsageError(`--${option} is not understood. ${sinceForm}`)
  return at
}
