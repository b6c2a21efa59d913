import { isObject, type Json, type JsonObject } from '../json.ts'
import { ExpressionError } from './expression-error.ts'
import { typeName } from './values.ts'

/**
 * `of['name']`, `of?['name']` or `of[0]`. A question mark makes null of what is missing; without one it is an error. A name with slashes is a
 * path into what the definition calls flat, for example `outputs('X')?['body/value']`, unless a property has just that name.
 * @param shown the whole expression, for the message
 */
export function selectMember(of: Json, name: Json, isSafe: boolean, shown: string): Json {
  if (of === null && isSafe) return null
  if (typeof name === 'number') return selectItem(of, name, isSafe, shown)
  if (typeof name !== 'string') throw cannot(shown, `the property's name is of type '${typeName(name)}'.`)
  if (Array.isArray(of)) {
    throw cannot(shown, `property '${name}' cannot be selected. Array elements can only be selected using an integer index.`)
  }
  if (!isObject(of)) {
    throw cannot(shown, `property '${name}' cannot be selected. Property selection is not supported on values of type '${typeName(of)}'.`)
  }
  const own = ownName(of, name)
  if (own !== undefined) return of[own] ?? null
  if (name.includes('/')) {
    const [first = '', ...rest] = name.split('/')
    const start = ownName(of, first)
    if (start !== undefined) return selectMember(of[start] ?? null, rest.join('/'), isSafe, shown)
  }
  if (isSafe) return null
  throw cannot(shown, `property '${name}' doesn't exist, available properties are '${Object.keys(of).join(', ')}'.`)
}

/**
 * The property's name as the object writes it. The exact one comes first, then one in other letters: the engine's sibling in Azure Resource
 * Manager does so (github.com/Azure/PSRule.Rules.Azure/issues/794), and it is how a flow finds a header whatever its letters.
 */
function ownName(of: JsonObject, name: string): string | undefined {
  if (Object.hasOwn(of, name)) return name
  const wanted = name.toLowerCase()
  return Object.keys(of).find(candidate => candidate.toLowerCase() === wanted)
}

function selectItem(of: Json, index: number, isSafe: boolean, shown: string): Json {
  if (!Array.isArray(of)) {
    throw cannot(shown, `array index '${index}' cannot be selected from a value of type '${typeName(of)}'.`)
  }
  const found = of[index]
  if (found !== undefined) return found
  if (isSafe) return null
  throw cannot(shown, `array index '${index}' is outside bounds (0, ${of.length - 1}) of array.`)
}

function cannot(shown: string, why: string): ExpressionError {
  return new ExpressionError(
    `The template language expression '${shown}' cannot be evaluated because ${why} Please see https://aka.ms/logicexpressions for usage details.`
  )
}
