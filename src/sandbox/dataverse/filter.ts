import { refusals } from './error.ts'
import type { Table } from './tables.ts'
import type { Value } from './values.ts'

export type Predicate = (columns: Record<string, Value>) => boolean
type Operand = (columns: Record<string, Value>) => Value

/** Strings, then dates and GUIDs (which numbers would cut up), numbers, words, brackets. */
const token =
  /\s*('(?:[^']|'')*'|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?|-?\d+(?:\.\d+)?|[A-Za-z_][\w.]*|[(),=[\]])/giy

const comparisons: Record<string, (order: number) => boolean> = {
  eq: order => order === 0,
  ne: order => order !== 0,
  gt: order => order > 0,
  ge: order => order >= 0,
  lt: order => order < 0,
  le: order => order <= 0
}
const textFunctions: Record<string, (text: string, part: string) => boolean> = {
  contains: (text, part) => text.includes(part),
  startswith: (text, part) => text.startsWith(part),
  endswith: (text, part) => text.endsWith(part)
}

/**
 * A `$filter` as a predicate: comparisons, and, or, not, brackets, contains, startswith, endswith and Microsoft.Dynamics.CRM.In. A lookup
 * is compared as `_x_value`. Texts compare without regard to case, and a comparison with an empty column is false unless it is `ne`.
 * @throws DataverseError for what is not understood, and for columns that the table has not
 */
export function predicateFrom(filter: string, table: Table): Predicate {
  const tokens = tokensOf(filter)
  let at = 0
  const peek = (): string | undefined => tokens[at]
  const take = (expected?: string): string => {
    const next = tokens[at++]
    if (next === undefined || (expected !== undefined && next !== expected)) throw syntaxError(filter)
    return next
  }
  const predicate = or()
  if (at < tokens.length) throw syntaxError(filter)
  return predicate

  function or(): Predicate {
    let left = and()
    while (peek() === 'or') {
      take()
      const [first, second] = [left, and()]
      left = row => first(row) || second(row)
    }
    return left
  }

  function and(): Predicate {
    let left = not()
    while (peek() === 'and') {
      take()
      const [first, second] = [left, not()]
      left = row => first(row) && second(row)
    }
    return left
  }

  function not(): Predicate {
    if (peek() !== 'not') return primary()
    take()
    const inner = not()
    return row => !inner(row)
  }

  function primary(): Predicate {
    if (peek() === '(') {
      take()
      const inner = or()
      take(')')
      return inner
    }
    const test = textFunctions[peek() ?? '']
    if (test && tokens[at + 1] === '(') return textFunction(test)
    if (peek() === 'Microsoft.Dynamics.CRM.In') return isIn()
    const left = operand()
    const compare = comparisons[take()]
    if (!compare) throw syntaxError(filter)
    const right = operand()
    return row => {
      const order = orderOf(left(row), right(row))
      return order === undefined ? compare === comparisons.ne : compare(order)
    }
  }

  function textFunction(test: (text: string, part: string) => boolean): Predicate {
    take()
    take('(')
    const text = operand()
    take(',')
    const part = operand()
    take(')')
    return row => {
      const value = text(row)
      return typeof value === 'string' && test(value.toLowerCase(), String(part(row)).toLowerCase())
    }
  }

  /** `Microsoft.Dynamics.CRM.In(PropertyName='subject',PropertyValues=['a','b'])` */
  function isIn(): Predicate {
    take()
    for (const part of ['(', 'PropertyName', '=']) take(part)
    const column = columnOperand(String(literalFrom(take())))
    for (const part of [',', 'PropertyValues', '=', '[']) take(part)
    const values: Value[] = []
    while (peek() !== ']') {
      values.push(literalFrom(take()))
      if (peek() === ',') take()
    }
    for (const part of [']', ')']) take(part)
    return row => values.some(value => orderOf(column(row), value) === 0)
  }

  function operand(): Operand {
    const text = take()
    if (/^[A-Za-z_]/.test(text) && !['null', 'true', 'false'].includes(text) && !/^[0-9a-f]{8}-/i.test(text)) return columnOperand(text)
    const value = literalFrom(text)
    return () => value
  }

  function columnOperand(name: string): Operand {
    const column = columnNamed(name, table)
    if (column === undefined) throw refusals.propertyUnknown(name, table.logicalName)
    return row => row[column] ?? null
  }

  function literalFrom(text: string): Value {
    if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'")
    if (text === 'null') return null
    if (text === 'true' || text === 'false') return text === 'true'
    if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text)
    if (/^[0-9a-f]{8}-|^\d{4}-/i.test(text)) return text
    throw syntaxError(filter)
  }
}

/** The column that a property of the Web API shows: a lookup's is `_x_value`. */
export function columnNamed(property: string, table: Table): string | undefined {
  const name = /^_(\w+)_value$/.exec(property)?.[1] ?? property
  const column = table.columns.get(name)
  return column && (column.type === 'Lookup') === (name !== property) ? name : undefined
}

function tokensOf(filter: string): string[] {
  const tokens: string[] = []
  token.lastIndex = 0
  for (let end = 0; filter.slice(end).trim() !== ''; end = token.lastIndex) {
    token.lastIndex = end
    const found = token.exec(filter)?.[1]
    if (found === undefined) throw syntaxError(filter)
    tokens.push(found)
  }
  return tokens
}

/** Below zero, zero or above; undefined when one of them is empty and the other is not, or the two cannot be compared. */
export function orderOf(a: Value, b: Value): number | undefined {
  if (a === null && b === null) return 0
  if (a === null || b === null || typeof a !== typeof b) return undefined
  if (typeof a === 'string' && typeof b === 'string') {
    const [first, second] = [a.toLowerCase(), b.toLowerCase()]
    return first < second ? -1 : first > second ? 1 : 0
  }
  return Number(a) - Number(b)
}

const syntaxError = (filter: string) => refusals.syntax(`Syntax error in '${filter}'.`)
