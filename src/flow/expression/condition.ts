import { isObject, type Json } from '../json.ts'
import { evaluate } from './evaluate.ts'
import { ExpressionError } from './expression-error.ts'
import { callFunction } from './functions.ts'
import type { Scope } from './scope.ts'
import { typeName } from './values.ts'

/**
 * Whether the expression of an If, an Until or a trigger's condition holds: a text with an expression, or an object with one operator, for
 * example `{ "and": [{ "equals": ["@…", "x"] }] }`. The rows of an `and` or `or` are taken in order, until it is decided.
 * @throws ExpressionError
 */
export function holds(condition: Json, scope: Scope): boolean {
  if (!isObject(condition)) return truth(evaluate(condition, scope))
  const [[operator, operands] = ['', null], ...others] = Object.entries(condition)
  if (others.length > 0 || operator === '') throw new ExpressionError('A condition is an object with one operator.')
  switch (operator.toLowerCase()) {
    case 'and':
      return rows(operator, operands).every(row => holds(row, scope))
    case 'or':
      return rows(operator, operands).some(row => holds(row, scope))
    case 'not':
      return !holds(Array.isArray(operands) ? (operands[0] ?? null) : operands, scope)
    default:
      return truth(callFunction(operator, operandsOf(operands, scope), scope))
  }
}

function operandsOf(operands: Json, scope: Scope): Json[] {
  return (Array.isArray(operands) ? operands : [operands]).map(operand => evaluate(operand, scope))
}

function rows(operator: string, operands: Json): Json[] {
  if (Array.isArray(operands)) return operands
  throw new ExpressionError(`The operator '${operator}' of a condition takes a list of conditions.`)
}

function truth(value: Json): boolean {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true'
  throw new ExpressionError(`A condition must be of type 'Boolean'. The value is of type '${typeName(value)}'.`)
}
