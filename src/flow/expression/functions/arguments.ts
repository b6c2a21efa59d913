import { isObject, type Json, type JsonObject } from '../../json.ts'
import { ExpressionError } from '../expression-error.ts'
import { typeName } from '../values.ts'
import type { Call } from './language-function.ts'

const places = ['first', 'second', 'third', 'fourth', 'fifth']

/** The argument as a text; anything else is an error. */
export function text(call: Call, index: number): string {
  const value = argument(call, index)
  if (typeof value === 'string') return value
  throw expects(call, index, 'a string')
}

export function number(call: Call, index: number): number {
  const value = argument(call, index)
  if (typeof value === 'number') return value
  throw expects(call, index, 'an integer or a decimal number')
}

export function integer(call: Call, index: number): number {
  const value = argument(call, index)
  if (typeof value === 'number' && Number.isInteger(value)) return value
  throw expects(call, index, 'an integer')
}

export function yesOrNo(call: Call, index: number): boolean {
  const value = argument(call, index)
  if (typeof value === 'boolean') return value
  throw expects(call, index, 'a boolean')
}

export function list(call: Call, index: number): Json[] {
  const value = argument(call, index)
  if (Array.isArray(value)) return value
  throw expects(call, index, 'an array')
}

export function object(call: Call, index: number): JsonObject {
  const value = argument(call, index)
  if (isObject(value)) return value
  throw expects(call, index, 'an object')
}

export function argument({ args }: Call, index: number): Json {
  return args[index] ?? null
}

/** The error for an argument of a wrong type, in the words of the platform. */
export function expects(call: Call, index: number, wanted: string): ExpressionError {
  const which = call.args.length === 1 ? 'its parameter to be' : `its ${places[index] ?? 'last'} parameter to be of type`
  const type = call.args.length === 1 ? wanted : wanted.replace(/^an? /, '')
  return refused(call, `expects ${which} ${type}. The provided value is of type '${typeName(argument(call, index))}'.`)
}

export function refused({ name }: Call, why: string): ExpressionError {
  return new ExpressionError(
    `The template language function '${name}' ${why} Please see https://aka.ms/logicexpressions#${name} for usage details.`
  )
}

/** The error for a value that is of the right type and still says nothing. */
export function notValid({ name }: Call): ExpressionError {
  return new ExpressionError(
    `The template language function '${name}' was invoked with a parameter that is not valid. The value cannot be converted to the target type.`
  )
}
