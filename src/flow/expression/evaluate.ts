import { isObject, type Json, objectOf } from '../json.ts'
import { ExpressionError } from './expression-error.ts'
import { callFunction } from './functions.ts'
import { parseTemplate } from './parse-template.ts'
import { printExpression } from './print-expression.ts'
import type { Scope } from './scope.ts'
import { selectMember } from './select-member.ts'
import { type Expression, ExpressionSyntaxError, type Template } from './syntax.ts'
import { textOf } from './values.ts'

/**
 * The value with all its expressions evaluated, in names of properties too. A text that is one expression becomes whatever the expression is;
 * in a longer text null becomes nothing, and an object or array compact JSON.
 * @throws ExpressionError
 */
export function evaluate(value: Json, scope: Scope): Json {
  if (typeof value === 'string') return evaluateTemplate(templateOf(value), scope)
  if (Array.isArray(value)) return value.map(item => evaluate(item, scope))
  if (!isObject(value)) return value
  return objectOf(Object.entries(value).map(([name, inner]) => [textOf(evaluate(name, scope)), evaluate(inner, scope)] as const))
}

/** @throws ExpressionError */
export function evaluateExpression(expression: Expression, scope: Scope): Json {
  switch (expression.kind) {
    case 'literal':
      return expression.value
    case 'call':
      return evaluateCall(expression, scope)
    case 'member':
      return selectMember(
        evaluateExpression(expression.of, scope),
        evaluateExpression(expression.name, scope),
        expression.isSafe,
        printExpression(expression)
      )
  }
}

/** All arguments come first, from left to right; only `if` leaves out the branch that is not taken. */
function evaluateCall({ name, args }: Expression & { kind: 'call' }, scope: Scope): Json {
  const [condition, yes, no] = args
  if (name.toLowerCase() === 'if' && args.length === 3 && condition && yes && no) {
    const decision = evaluateExpression(condition, scope)
    if (typeof decision === 'boolean') return evaluateExpression(decision ? yes : no, scope)
    return callFunction(name, [decision, null, null], scope)
  }
  return callFunction(
    name,
    args.map(arg => evaluateExpression(arg, scope)),
    scope
  )
}

function evaluateTemplate(template: Template, scope: Scope): Json {
  switch (template.kind) {
    case 'text':
      return template.text
    case 'expression':
      return evaluateExpression(template.expression, scope)
    case 'interpolation':
      return template.parts.map(part => (typeof part === 'string' ? part : textOf(evaluateExpression(part, scope)))).join('')
  }
}

function templateOf(text: string): Template {
  try {
    return parseTemplate(text)
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error
    throw new ExpressionError(`The template language expression is not valid: ${error.message}`, { cause: error })
  }
}
