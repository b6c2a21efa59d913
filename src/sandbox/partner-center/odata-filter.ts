import { refusals } from './error.ts'
import { referralProperties } from './new-referral.ts'

type Scope = Record<string, unknown>
type Predicate = (scope: Scope) => boolean
type Literal = string | number | boolean | null | Date

const literal = {
  text: /^'(?:[^']|'')*'/,
  instant: /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?/,
  guid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i,
  number: /^-?\d+(?:\.\d+)?/
}
const word = /^[A-Za-z_][\w.]*(?:\/[A-Za-z_][\w.]*)*/

const comparisons: Record<string, (order: number) => boolean> = {
  eq: order => order === 0,
  ne: order => order !== 0,
  gt: order => order > 0,
  ge: order => order >= 0,
  lt: order => order < 0,
  le: order => order <= 0
}

interface Token {
  kind: keyof typeof literal | 'word' | 'mark'
  text: string
}

/**
 * A `$filter` as a predicate: comparisons of a property with a value, and, or, not, brackets, and `any` over a list as in
 * `team/any(t:t/email eq 'x@y')` (OData 4.01, URL conventions, section 5.1.1). Texts compare with regard to case.
 * @throws a 400 for what is not understood, for properties that a referral has not, and for values of another type than the property
 */
export function predicateFrom(filter: string): Predicate {
  const tokens = tokensOf(filter)
  let at = 0
  const isNext = (text: string): boolean => tokens[at]?.text === text && tokens[at]?.kind !== 'text'
  const take = (text?: string): Token => {
    const token = tokens[at++]
    if (token === undefined || (text !== undefined && token.text !== text)) throw unreadable(filter)
    return token
  }
  const predicate = or(undefined)
  if (at < tokens.length) throw unreadable(filter)
  return predicate

  /** `variable` is the one of the `any` that is being read. */
  function or(variable: string | undefined): Predicate {
    const parts = [and(variable)]
    while (isNext('or')) {
      take()
      parts.push(and(variable))
    }
    return scope => parts.some(part => part(scope))
  }

  function and(variable: string | undefined): Predicate {
    const parts = [term(variable)]
    while (isNext('and')) {
      take()
      parts.push(term(variable))
    }
    return scope => parts.every(part => part(scope))
  }

  function term(variable: string | undefined): Predicate {
    if (isNext('not')) {
      take()
      const inner = term(variable)
      return scope => !inner(scope)
    }
    if (isNext('(')) {
      take()
      const inner = or(variable)
      take(')')
      return inner
    }
    const { kind, text } = take()
    if (kind !== 'word') throw unreadable(filter)
    const path = pathOf(text, variable)
    return path.at(-1) === 'any' && isNext('(') ? any(path.slice(0, -1)) : comparison(path)
  }

  function any(path: string[]): Predicate {
    take('(')
    const { text: variable } = take()
    take(':')
    const inner = or(variable)
    take(')')
    return scope => {
      const list = valueAt(scope, path)
      return Array.isArray(list) && list.some(item => inner({ ...scope, [variable]: item }))
    }
  }

  function comparison(path: string[]): Predicate {
    const compare = comparisons[take().text]
    if (compare === undefined) throw unreadable(filter)
    const value = literalFrom(take())
    return scope => {
      const order = orderOf(valueAt(scope, path), value)
      return order === undefined ? compare === comparisons.ne : compare(order)
    }
  }

  function pathOf(text: string, variable: string | undefined): string[] {
    const path = text.split('/')
    const [first = ''] = path
    if (first !== variable && !referralProperties.has(first)) {
      throw refusals.invalid(`Could not find a property named '${first}' on type 'Referral'.`, '$filter')
    }
    return path
  }

  function literalFrom({ kind, text }: Token): Literal {
    if (kind === 'text') return text.slice(1, -1).replaceAll("''", "'")
    if (kind === 'number') return Number(text)
    if (kind === 'instant') return new Date(text)
    if (kind === 'guid') return text
    const named: Record<string, Literal> = { true: true, false: false, null: null }
    if (!(text in named)) throw unreadable(filter)
    return named[text] ?? null
  }
}

function tokensOf(filter: string): Token[] {
  const kinds = { ...literal, word, mark: /^[():]/ }
  const tokens: Token[] = []
  for (let rest = filter.trimStart(); rest !== ''; ) {
    const found = Object.entries(kinds).flatMap(([kind, form]) => {
      const [text] = form.exec(rest) ?? []
      return text === undefined ? [] : [{ kind: kind as Token['kind'], text }]
    })
    // A GUID may begin like a number or a word, a date like a number: the longest reading is meant.
    const [token] = found.sort((a, b) => b.text.length - a.text.length)
    if (token === undefined) throw unreadable(filter)
    tokens.push(token)
    rest = rest.slice(token.text.length).trimStart()
  }
  return tokens
}

function valueAt(scope: Scope, path: string[]): unknown {
  return path.reduce<unknown>(
    (place, name) => (typeof place === 'object' && place !== null && Object.hasOwn(place, name) ? (place as Scope)[name] : undefined),
    scope
  )
}

/** Below zero, zero or above; undefined when one of them is null and the other is not. */
function orderOf(value: unknown, other: Literal): number | undefined {
  if (value === null || value === undefined) return other === null ? 0 : undefined
  if (other === null) return undefined
  const isInstant = typeof value === 'string' && new RegExp(`${literal.instant.source}$`).test(value)
  if (other instanceof Date && isInstant) return Date.parse(value) - other.getTime()
  if (typeof value !== typeof other || (isInstant && typeof other === 'string')) {
    throw refusals.invalid('A property is compared with a value of another type.', '$filter')
  }
  return value < other ? -1 : value > other ? 1 : 0
}

const unreadable = (filter: string) => refusals.invalid(`Syntax error in the filter '${filter}'.`, '$filter')
