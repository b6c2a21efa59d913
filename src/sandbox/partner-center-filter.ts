import { refuse } from './partner-center-error.ts'

type Value = string | number | boolean | null
type Test = (record: unknown) => boolean

/**
 * The part of OData's $filter that the referral list documents: comparisons, and, or, not, parentheses, paths with slashes and `any` over a
 * collection (learn.microsoft.com/partner-center/developer/get-a-list-of-referrals).
 */
export function filterFrom(text: string): Test {
  const tokens = [...text.matchAll(/\s*('(?:[^']|'')*'|[()]|[^\s()']+)/gy)].map(match => match[1] ?? '')
  if (tokens.join('').length !== text.replace(/\s+(?=(?:[^']*'[^']*')*[^']*$)/g, '').length)
    throw refuse.invalid('The filter cannot be read.', '$filter')
  let at = 0
  const take = (): string => tokens[at++] ?? refuseFilter('ends too early')
  const accept = (word: string): boolean => (tokens[at]?.toLowerCase() === word ? Boolean(++at) : false)
  const expect = (word: string): void => {
    if (!accept(word)) refuseFilter(`lacks «${word}»`)
  }

  const either = (): Test => {
    const left = both()
    if (!accept('or')) return left
    const right = either()
    return record => left(record) || right(record)
  }
  const both = (): Test => {
    const left = one()
    if (!accept('and')) return left
    const right = both()
    return record => left(record) && right(record)
  }
  const one = (): Test => {
    if (accept('not')) {
      const inner = one()
      return record => !inner(record)
    }
    if (accept('(')) {
      const inner = either()
      expect(')')
      return inner
    }
    const name = take()
    return name.endsWith('/any') ? anyOf(name.slice(0, -4)) : comparison(name)
  }
  const anyOf = (collection: string): Test => {
    expect('(')
    // The variable stands before a colon, alone or run together with what follows: `t:t/email`.
    const [variable = '', rest = ''] = take().split(':')
    if (rest !== '') tokens.splice(at, 0, rest)
    const inner = either()
    expect(')')
    return record => {
      const items = read(record, collection)
      return Array.isArray(items) && items.some(item => inner({ [variable]: item }))
    }
  }
  const comparison = (path: string): Test => {
    const operator = take().toLowerCase()
    const compare = comparisons[operator] ?? refuseFilter(`has the unknown operator «${operator}»`)
    const value = literal(take())
    return record => compare(read(record, path), value)
  }

  const test = either()
  if (at < tokens.length) refuseFilter('goes on where it should end')
  return test
}

const comparisons: Record<string, (found: unknown, value: Value) => boolean> = {
  eq: (found, value) => order(found, value) === 0,
  ne: (found, value) => order(found, value) !== 0,
  gt: (found, value) => (order(found, value) ?? -1) > 0,
  ge: (found, value) => (order(found, value) ?? -1) >= 0,
  lt: (found, value) => (order(found, value) ?? 1) < 0,
  le: (found, value) => (order(found, value) ?? 1) <= 0
}

/** Dates compare as instants, texts without case, as the API does. */
function order(found: unknown, value: Value): number | undefined {
  if (found === null || found === undefined || value === null) return (found ?? null) === value ? 0 : undefined
  if (typeof found === 'number' && typeof value === 'number') return found - value
  if (typeof found === 'boolean' && typeof value === 'boolean') return Number(found) - Number(value)
  if (typeof found !== 'string' || typeof value !== 'string') return undefined
  const instants = [found, value].map(text => (/^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN))
  const [left = Number.NaN, right = Number.NaN] = instants
  if (!Number.isNaN(left) && !Number.isNaN(right)) return left - right
  const [a, b] = [found.toLowerCase(), value.toLowerCase()]
  return a === b ? 0 : a < b ? -1 : 1
}

function literal(token: string): Value {
  if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'")
  if (token === 'null') return null
  if (token === 'true' || token === 'false') return token === 'true'
  if (/^-?\d+(\.\d+)?$/.test(token)) return Number(token)
  if (/^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?$/.test(token)) return token.length === 10 ? `${token}T00:00:00Z` : token
  return refuseFilter(`has the unknown value «${token}»`)
}

function read(record: unknown, path: string): unknown {
  return path
    .split('/')
    .reduce<unknown>(
      (value, name) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined),
      record
    )
}

function refuseFilter(why: string): never {
  throw refuse.invalid(`The filter ${why}.`, '$filter')
}
