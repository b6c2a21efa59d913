import { ExpressionError } from '../expression-error.ts'
import { argument, expects, number, refused, text } from './arguments.ts'
import { formatDate } from './format-date.ts'
import { type Call, type FunctionTable, type LanguageFunction, lenient, strict } from './language-function.ts'

const unitMs: Readonly<Record<string, number>> = { second: 1e3, minute: 6e4, hour: 3.6e6, day: 8.64e7, week: 6.048e8 }

const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?))?\s*(Z|[+-]\d{2}:?\d{2})?$/i

/** A time in a text; without a zone it is UTC. */
function timeAt(call: Call, index: number): Date {
  const given = text(call, index).trim()
  const [, day, clock = '00:00', zone = 'Z'] = iso.exec(given) ?? []
  const hasZone = /(GMT|UTC|Z|[+-]\d{2}:?\d{2})$/i.test(given)
  const date = new Date(day === undefined ? (hasZone ? given : `${given} UTC`) : `${day}T${clock.replace(',', '.')}${zone}`)
  if (!Number.isNaN(date.getTime())) return date
  throw new ExpressionError(
    `In function '${call.name}', the value provided for date time string '${given}' was not valid. The datetime string must match ISO 8601 format.`
  )
}

function shown(call: Call, date: Date, formatIndex: number): string {
  const format = argument(call, formatIndex) ?? 'o'
  if (typeof format !== 'string') throw expects(call, formatIndex, 'a string')
  const locale = argument(call, formatIndex + 1)
  if (locale !== null && !/^en(-us)?$/i.test(String(locale))) throw refused(call, `is known here for the locale en-US only.`)
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1 || date.getUTCFullYear() > 9999) {
    throw refused(call, 'gives a time that is out of range.')
  }
  const result = formatDate(date, format)
  if (result === undefined) throw refused(call, `was invoked with the format '${format}', which is not valid.`)
  return result
}

const plus =
  (ms: number): LanguageFunction['run'] =>
  call =>
    shown(call, new Date(timeAt(call, 0).getTime() + number(call, 1) * ms), 2)

/** Months end where they end: a month after January 31 is the last day of February. */
function addMonths(date: Date, count: number): Date {
  const moved = new Date(date)
  moved.setUTCDate(1)
  moved.setUTCMonth(date.getUTCMonth() + count)
  const last = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate()
  moved.setUTCDate(Math.min(date.getUTCDate(), last))
  return moved
}

function moved(call: Call, from: Date, count: number, unit: string): Date {
  const name = unit.toLowerCase().replace(/s$/, '')
  const ms = unitMs[name]
  if (ms !== undefined) return new Date(from.getTime() + count * ms)
  if (name === 'month') return addMonths(from, count)
  if (name === 'year') return addMonths(from, count * 12)
  throw refused(call, `was invoked with the time unit '${unit}', which is not valid.`)
}

const startOf =
  (round: (date: Date) => number): LanguageFunction['run'] =>
  call =>
    shown(call, new Date(round(timeAt(call, 0))), 1)

const epochTicks = 621_355_968_000_000_000

/** `-1.02:03:04`, a span of time as .NET writes it. */
function span(ms: number): string {
  const whole = Math.abs(ms)
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  const clock = [two((whole / 3.6e6) % 24), two((whole / 6e4) % 60), two((whole / 1e3) % 60)].join(':')
  const day = Math.floor(whole / 8.64e7)
  const rest = whole % 1e3 === 0 ? '' : `.${String(whole % 1e3).padStart(3, '0')}0000`
  return `${ms < 0 ? '-' : ''}${day > 0 ? `${day}.` : ''}${clock}${rest}`
}

/** Times are texts in UTC; the format is .NET's, `o` where none is given. */
export const dates: FunctionTable = {
  utcNow: lenient(0, 2, call => shown(call, call.scope.now(), 0)),
  formatDateTime: strict(1, 3, call => shown(call, timeAt(call, 0), 1), [0]),
  addSeconds: strict(2, 3, plus(1e3), [0, 1]),
  addMinutes: strict(2, 3, plus(6e4), [0, 1]),
  addHours: strict(2, 3, plus(3.6e6), [0, 1]),
  addDays: strict(2, 3, plus(8.64e7), [0, 1]),
  addToTime: strict(3, 4, call => shown(call, moved(call, timeAt(call, 0), number(call, 1), text(call, 2)), 3), [0, 1, 2]),
  subtractFromTime: strict(3, 4, call => shown(call, moved(call, timeAt(call, 0), -number(call, 1), text(call, 2)), 3), [0, 1, 2]),
  getFutureTime: strict(2, 3, call => shown(call, moved(call, call.scope.now(), number(call, 0), text(call, 1)), 2), [0, 1]),
  getPastTime: strict(2, 3, call => shown(call, moved(call, call.scope.now(), -number(call, 0), text(call, 1)), 2), [0, 1]),
  startOfHour: strict(
    1,
    2,
    startOf(date => Math.floor(date.getTime() / 3.6e6) * 3.6e6),
    [0]
  ),
  startOfDay: strict(
    1,
    2,
    startOf(date => Math.floor(date.getTime() / 8.64e7) * 8.64e7),
    [0]
  ),
  startOfMonth: strict(
    1,
    2,
    startOf(date => Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)),
    [0]
  ),
  dayOfWeek: strict(1, 1, call => timeAt(call, 0).getUTCDay()),
  dayOfMonth: strict(1, 1, call => timeAt(call, 0).getUTCDate()),
  dayOfYear: strict(1, 1, call => {
    const date = timeAt(call, 0)
    return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 8.64e7) + 1
  }),
  date: strict(1, 1, call => shown({ ...call, args: [text(call, 0), 'yyyy-MM-dd'] }, timeAt(call, 0), 1)),
  ticks: strict(1, 1, call => timeAt(call, 0).getTime() * 10_000 + epochTicks),
  dateDifference: strict(2, 2, call => span(timeAt(call, 1).getTime() - timeAt(call, 0).getTime()))
}
