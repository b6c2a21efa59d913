import { typeName } from '../../../flow/expression/values.ts'
import { isObject, type Json } from '../../../flow/json.ts'
import { hasType, wantedName } from './convert-value.ts'
import { resolved, type Schema, type Swagger } from './swagger.ts'

/**
 * What is wrong with a value that came from outside, in the words of Power Automate, which holds answers and notifications against the
 * connector's definition: types, required properties, listed values, and null where the definition does not say `x-nullable`.
 * Undefined when nothing is.
 */
export function answerProblem(
  definition: Swagger,
  given: Schema,
  value: Json,
  about: { operationId: string; at: string }
): string | undefined {
  const { operationId, at } = about
  const schema = resolved(definition, given)
  if (value === null && (schema['x-nullable'] === true || given['x-nullable'] === true)) return undefined
  const types = schema.type === undefined ? [] : [schema.type].flat()
  if (types.length > 0 && !types.some(type => hasType(value, type)))
    return `The API operation '${operationId}' requires the property '${at}' to be of type '${types.map(wantedName).join(', ')}' but is of type '${typeName(value)}'.`
  if (schema.enum && !schema.enum.some(allowed => allowed === value))
    return `The API operation '${operationId}' requires the property '${at}' to be one of its listed values.`
  for (const part of schema.allOf ?? []) {
    const problem = answerProblem(definition, part, value, about)
    if (problem !== undefined) return problem
  }
  if (Array.isArray(value)) {
    const { items } = schema
    return items && first(value.map((item, index) => () => answerProblem(definition, items, item, { operationId, at: `${at}/${index}` })))
  }
  if (!isObject(value)) return undefined
  const missing = (schema.required ?? []).find(name => !Object.hasOwn(value, name))
  if (missing !== undefined) return `The API operation '${operationId}' is missing required property '${at}/${missing}'.`
  return first(
    Object.entries(value).map(([name, inner]) => () => {
      const own = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
      return own && answerProblem(definition, own, inner, { operationId, at: `${at}/${name}` })
    })
  )
}

function first(checks: (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const problem = check()
    if (problem !== undefined) return problem
  }
  return undefined
}
