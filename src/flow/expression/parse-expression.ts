import { type Expression, ExpressionSyntaxError } from './syntax.ts'

/** Where a reader stands in the text; it only ever moves forward. */
interface Reader {
  readonly text: string
  at: number
}

/** How deep calls may stand in each other, and how long a path may be. What is beyond was not written by a person. */
const maxDepth = 100

/**
 * Reads one expression, without the `@` before it, from `start` on.
 * `end` is the place behind it and the white space that follows it.
 * @throws ExpressionSyntaxError
 */
export function parseExpression(text: string, start = 0): { expression: Expression; end: number } {
  const reader = { text, at: start }
  const expression = readExpression(reader, 0)
  skipSpace(reader)
  return { expression, end: reader.at }
}

function readExpression(reader: Reader, depth: number): Expression {
  if (depth > maxDepth) throw new ExpressionSyntaxError('The expression is nested too deeply.', reader.at)
  let expression = readValue(reader, depth)
  for (let length = 0; length < maxDepth; length += 1) {
    const member = readMember(reader, expression, depth)
    if (!member) return expression
    expression = member
  }
  throw new ExpressionSyntaxError('The path has too many steps.', reader.at)
}

function readValue(reader: Reader, depth: number): Expression {
  skipSpace(reader)
  const at = reader.at
  if (reader.text[at] === "'") return { kind: 'literal', value: readQuoted(reader) }
  const number = take(reader, /[+-]?\d+(\.\d+)?(e[+-]?\d+)?/iy)
  if (number !== undefined) {
    if (reader.at < reader.text.length && /[^\s.,(){}[\]?@']/.test(reader.text[reader.at] ?? ''))
      throw unexpected(reader, 'the number ends')
    return { kind: 'literal', value: Number(number) }
  }
  const name = take(reader, /[^\s.,(){}[\]?@'"]+/y)
  if (name === undefined) throw unexpected(reader, 'a value stands')
  const constant = constants.get(name.toLowerCase())
  skipSpace(reader)
  if (reader.text[reader.at] !== '(') {
    if (constant !== undefined) return { kind: 'literal', value: constant }
    throw new ExpressionSyntaxError(`'${name}' is neither a value in quotes nor a function with its parentheses.`, at)
  }
  return { kind: 'call', name, args: readArguments(reader, depth), at }
}

const constants = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null]
])

function readArguments(reader: Reader, depth: number): Expression[] {
  reader.at += 1
  const args: Expression[] = []
  if (accept(reader, ')')) return args
  do {
    args.push(readExpression(reader, depth + 1))
  } while (accept(reader, ','))
  expect(reader, ')')
  return args
}

function readMember(reader: Reader, of: Expression, depth: number): Expression | undefined {
  skipSpace(reader)
  const at = reader.at
  const isSafe = accept(reader, '?')
  if (accept(reader, '.')) {
    skipSpace(reader)
    const name = take(reader, /[^\s.,(){}[\]?@'"]+/y)
    if (name === undefined) throw unexpected(reader, 'the name of a property stands')
    return { kind: 'member', of, name: { kind: 'literal', value: name }, isSafe, at }
  }
  if (accept(reader, '[')) {
    const name = readExpression(reader, depth + 1)
    expect(reader, ']')
    return { kind: 'member', of, name, isSafe, at }
  }
  if (isSafe) throw unexpected(reader, '[ or . follows the question mark')
  return undefined
}

function readQuoted(reader: Reader): string {
  const start = reader.at
  let end = reader.text.indexOf("'", start + 1)
  while (end !== -1 && reader.text[end + 1] === "'") end = reader.text.indexOf("'", end + 2)
  if (end === -1) throw new ExpressionSyntaxError('A text in quotes does not end.', start)
  reader.at = end + 1
  return reader.text.slice(start + 1, end).replaceAll("''", "'")
}

function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at
  const found = pattern.exec(reader.text)?.[0]
  if (found !== undefined) reader.at += found.length
  return found
}

function accept(reader: Reader, character: string): boolean {
  skipSpace(reader)
  if (reader.text[reader.at] !== character) return false
  reader.at += 1
  return true
}

function expect(reader: Reader, character: string): void {
  if (!accept(reader, character)) throw unexpected(reader, `${character} stands`)
}

function skipSpace(reader: Reader): void {
  take(reader, /\s+/y)
}

function unexpected(reader: Reader, wanted: string): ExpressionSyntaxError {
  const found = reader.text[reader.at]
  const what = found === undefined ? 'The expression ends' : `'${found}' stands`
  return new ExpressionSyntaxError(`${what} at ${reader.at} where ${wanted} in a valid one.`, reader.at)
}
