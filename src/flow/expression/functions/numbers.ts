import type { Json } from '../../json.ts'
import { argument, expects, integer, notValid, number, refused } from './arguments.ts'
import { type Call, type FunctionTable, lenient, strict } from './language-function.ts'

function notZero(call: Call): number {
  const divisor = number(call, 1)
  if (divisor === 0) throw refused(call, 'cannot divide by zero: its second parameter is zero.')
  return divisor
}

/** Two integers divide to an integer. */
function divide(call: Call): number {
  const [dividend, divisor] = [number(call, 0), notZero(call)]
  return Number.isInteger(dividend) && Number.isInteger(divisor) ? Math.trunc(dividend / divisor) : dividend / divisor
}

function range(call: Call): Json[] {
  const [start, count] = [integer(call, 0), integer(call, 1)]
  if (count < 0 || count > 100_000) throw expects(call, 1, 'a count between 0 and 100000')
  return Array.from({ length: count }, (_, i) => start + i)
}

function toInteger(call: Call): number {
  const value = argument(call, 0)
  const read = typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value
  if (typeof read === 'number' && Number.isInteger(read)) return read
  throw notValid(call)
}

function toNumber(call: Call): number {
  const value = argument(call, 0)
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof read === 'number' && Number.isFinite(read)) return read
  throw notValid(call)
}

function toBoolean(call: Call): boolean {
  const value = argument(call, 0)
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return value !== 0
  const word = typeof value === 'string' ? value.trim().toLowerCase() : ''
  if (word !== 'true' && word !== 'false') throw notValid(call)
  return word === 'true'
}

/** Numbers are JavaScript's: `2.0` cannot be told from `2`, and counts of ticks are exact to about 10 microseconds. */
export const numbers: FunctionTable = {
  add: strict(2, 2, call => number(call, 0) + number(call, 1)),
  sub: strict(2, 2, call => number(call, 0) - number(call, 1)),
  mul: strict(2, 2, call => number(call, 0) * number(call, 1)),
  div: strict(2, 2, divide),
  mod: strict(2, 2, call => number(call, 0) % notZero(call)),
  range: strict(2, 2, range),
  int: strict(1, 1, toInteger),
  float: strict(1, 2, toNumber, [0]),
  decimal: strict(1, 1, toNumber),
  bool: strict(1, 1, toBoolean),
  // A run of the sandbox is the same every time: the middle of what may come.
  rand: lenient(2, 2, call => Math.floor((integer(call, 0) + integer(call, 1)) / 2))
}
