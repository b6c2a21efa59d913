import { typeName } from '../../../flow/expression/values.ts'
import { isObject, type Json, type JsonObject } from '../../../flow/json.ts'
import { converted, wantedName } from './convert-value.ts'
import { invalid } from './invalid-input.ts'
import { type DeclaredParameter, type FoundOperation, resolved, type Schema, type Swagger } from './swagger.ts'

interface Given {
  found: FoundOperation
  parameter: DeclaredParameter
  /** The value under the body parameter's own name. */
  whole: Json | undefined
  /** The values under names with slashes. */
  fields: [path: string[], value: Json][]
}

/** The body that an action gives, nested, with defaults and the types that the operation wants; undefined when there is none. */
export function nestBody(definition: Swagger, { found, parameter, whole, fields }: Given): Json | undefined {
  const { name } = parameter
  const schema = resolved(definition, parameter.schema ?? {})
  if (whole !== undefined && fields.length > 0)
    throw invalid(found, name, `The parameter '${name}' is given as a whole and field by field.`)
  const nested: JsonObject = {}
  for (const [path, value] of fields) put(nested, path, value)
  const start = whole ?? (fields.length > 0 ? nested : undefined)
  const body = withDefaults(definition, schema, start)
  if (body === undefined || body === null) {
    if (!parameter.isRequired) return undefined
    // A body whose every field may be left out is an empty object when all of them are. Inferred: not documented.
    if (schema.type === 'object' && (schema.required ?? []).length === 0 && body === undefined) return {}
    throw invalid(found, name, `The API operation '${found.operationId}' is missing required property '${name}'.`)
  }
  return checked(definition, found, schema, body, name)
}

function put(target: JsonObject, [name = '', ...rest]: string[], value: Json): void {
  if (rest.length === 0) {
    define(target, name, value)
    return
  }
  const inner = Object.hasOwn(target, name) ? target[name] : undefined
  const object: JsonObject = isObject(inner) ? inner : {}
  define(target, name, object)
  put(object, rest, value)
}

/** `__proto__` is a name like any other. */
function define(target: JsonObject, name: string, value: Json): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}

/** Fields that are required and internal are filled with their default, wherever they are. */
function withDefaults(definition: Swagger, schema: Schema, value: Json | undefined): Json | undefined {
  if (!isObject(value) && value !== undefined) return value
  const filled: JsonObject = value === undefined ? {} : { ...value }
  for (const name of schema.required ?? []) {
    const inner = resolved(definition, schema.properties?.[name] ?? {})
    const present = Object.hasOwn(filled, name) ? filled[name] : undefined
    const fallback = inner['x-ms-visibility'] === 'internal' ? (inner.default as Json | undefined) : undefined
    const next =
      present === undefined && fallback !== undefined ? fallback : inner.properties ? withDefaults(definition, inner, present) : present
    if (next !== undefined) define(filled, name, next)
  }
  return value === undefined && Object.keys(filled).length === 0 ? undefined : filled
}

function checked(definition: Swagger, found: FoundOperation, given: Schema, value: Json, at: string): Json {
  const schema = resolved(definition, given)
  const parameter = at.split('/')[0] ?? at
  const fit = converted(value, schema)
  if (fit === undefined) {
    const wanted = wantedName(typeof schema.type === 'string' ? schema.type : 'string')
    const format = schema.format && schema.type === 'string' ? `/${schema.format}` : ''
    const message = `The API operation '${found.operationId}' requires the property '${at}' to be of type '${wanted}${format}' but is of type '${typeName(value)}'.`
    throw invalid(found, parameter, message)
  }
  if (Array.isArray(fit)) return fit.map((item, index) => checked(definition, found, schema.items ?? {}, item, `${at}/${index}`))
  if (!isObject(fit)) return fit
  for (const name of schema.required ?? [])
    if (!Object.hasOwn(fit, name) || fit[name] === null)
      throw invalid(found, parameter, `The API operation '${found.operationId}' is missing required property '${at}/${name}'.`)
  const result: JsonObject = {}
  for (const [name, inner] of Object.entries(fit)) {
    const own = schema.properties?.[name]
    if (own === undefined && isClosed(schema))
      throw invalid(found, `${at}/${name}`, `The API operation does not contain a definition for parameter '${at}/${name}'.`)
    // An optional field without a value is sent as null, and the service says what it makes of it.
    define(result, name, own === undefined || inner === null ? inner : checked(definition, found, own, inner, `${at}/${name}`))
  }
  return result
}

/** Whether the schema says all that there may be. */
const isClosed = (schema: Schema): boolean =>
  schema.properties !== undefined &&
  Object.keys(schema.properties).length > 0 &&
  !schema.additionalProperties &&
  !schema['x-ms-dynamic-schema'] &&
  !schema['x-ms-dynamic-properties'] &&
  !schema.allOf
