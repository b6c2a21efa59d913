const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/**
 * The standard formats of one letter, written out for the culture en-US.
 * Source: learn.microsoft.com/dotnet/standard/base-types/standard-date-and-time-format-strings.
 */
const standard: Readonly<Record<string, string>> = {
  d: 'M/d/yyyy',
  D: 'dddd, MMMM d, yyyy',
  f: 'dddd, MMMM d, yyyy h:mm tt',
  F: 'dddd, MMMM d, yyyy h:mm:ss tt',
  g: 'M/d/yyyy h:mm tt',
  G: 'M/d/yyyy h:mm:ss tt',
  m: 'MMMM d',
  M: 'MMMM d',
  o: 'yyyy-MM-ddTHH:mm:ss.fffffffK',
  O: 'yyyy-MM-ddTHH:mm:ss.fffffffK',
  r: "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
  R: "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
  s: 'yyyy-MM-ddTHH:mm:ss',
  t: 'h:mm tt',
  T: 'h:mm:ss tt',
  u: "yyyy-MM-dd HH:mm:ss'Z'",
  U: 'dddd, MMMM d, yyyy h:mm:ss tt',
  y: 'MMMM yyyy',
  Y: 'MMMM yyyy'
}

const token = /\\.|'[^']*'|"[^"]*"|%|d+|M+|y+|H+|h+|m+|s+|f+|F+|t+|z+|K|./gs

/** A date in UTC in a .NET format; undefined when the format is none. Milliseconds are the finest that is known: the digits behind are 0. */
export function formatDate(date: Date, format: string): string | undefined {
  if (format.length === 1 && standard[format] === undefined) return undefined
  const pattern = standard[format] ?? format
  return (pattern.match(token) ?? []).map(part => written(date, part)).join('')
}

function written(date: Date, part: string): string {
  const first = part[0] ?? ''
  if (first === '\\') return part.slice(1)
  if (first === "'" || first === '"') return part.length > 1 ? part.slice(1, -1) : part
  const write = tokens[first]
  return write ? write(date, part.length) : part
}

const padded = (value: number, length: number): string => String(value).padStart(Math.min(length, 2), '0')

const fraction = (date: Date, length: number): string => `${String(date.getUTCMilliseconds()).padStart(3, '0')}0000`.slice(0, length)

const tokens: Readonly<Record<string, (date: Date, length: number) => string>> = {
  '%': () => '',
  d: (date, length) => named(days, date.getUTCDay(), date.getUTCDate(), length),
  M: (date, length) => named(months, date.getUTCMonth(), date.getUTCMonth() + 1, length),
  y: (date, length) => (length <= 2 ? padded(date.getUTCFullYear() % 100, length) : String(date.getUTCFullYear()).padStart(length, '0')),
  H: (date, length) => padded(date.getUTCHours(), length),
  h: (date, length) => padded(date.getUTCHours() % 12 || 12, length),
  m: (date, length) => padded(date.getUTCMinutes(), length),
  s: (date, length) => padded(date.getUTCSeconds(), length),
  f: fraction,
  F: (date, length) => fraction(date, length).replace(/0+$/, ''),
  t: (date, length) => (date.getUTCHours() < 12 ? 'AM' : 'PM').slice(0, length),
  z: (_, length) => (length === 1 ? '+0' : length === 2 ? '+00' : '+00:00'),
  K: () => 'Z'
}

function named(names: readonly string[], index: number, value: number, length: number): string {
  const name = names[index] ?? ''
  if (length < 3) return padded(value, length)
  return length === 3 ? name.slice(0, 3) : name
}
