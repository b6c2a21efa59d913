import { dynamicList, dynamicSchema } from './dynamic.ts'
import { isObject, itemsAt, type Json, type JsonObject } from './json.ts'

/** The formats that Power Platform knows (Microsoft's schema of apiDefinition.swagger.json); others are refused on import. */
export const knownFormats: readonly string[] = [
  ...['int32', 'int64', 'float', 'double', 'byte', 'binary', 'date', 'date-time', 'password'],
  ...['date-no-tz', 'email', 'html', 'uri', 'uuid']
]

const knownTypes: readonly Json[] = ['object', 'array', 'string', 'integer', 'number', 'boolean']

const kept = [
  ...['format', 'description', 'default', 'enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'multipleOf'],
  ...['minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties', 'readOnly', 'x-ms-visibility', 'x-ms-enum-values'],
  'x-ms-notification-url'
]

/** What is said of an answer: Power Automate holds it against its schema and fails the action, so that it says as little as it can. */
const keptOfAnswers = ['format', 'description', 'x-ms-visibility']

/** Where a schema stands: in what a flow sends, or in what it is answered. */
export type Direction = 'input' | 'answer'

/**
 * A JSON Schema of a route as the Swagger 2.0 that Power Platform and its designer understand: titles become `x-ms-summary`, `X | null` becomes
 * X with `x-nullable`, literals become enums, every schema has a type. `name` is what the schema is called where it stands; it makes the
 * summary when there is no title. An answer keeps no limits, no values and nothing that is required.
 * @throws TypeError for what the designer could not show: a build that stops is better than a field that is lost
 */
export function connectorSchema(source: Json | undefined, name?: string, direction: Direction = 'input'): JsonObject {
  if (!isObject(source)) throw new TypeError(`The schema of ${called(name)} is not an object.`)
  const { schema, isNullable } = withoutNull(source, name)
  // Nothing may stand beside a $ref, neither a summary nor x-nullable.
  if (schema.$ref !== undefined) return { $ref: definitionRef(schema.$ref, name) }
  const type = typeOf(schema, name)
  const out: JsonObject = { type }
  for (const key of direction === 'input' ? kept : keptOfAnswers) if (schema[key] !== undefined) out[key] = schema[key]
  if (direction === 'input') addChoices(out, schema)
  if (typeof out.format === 'string' && !knownFormats.includes(out.format)) delete out.format
  if (type === 'integer') out.format = Number(schema.maximum ?? 0) > 2 ** 31 - 1 ? 'int64' : 'int32'
  if (type === 'number') out.format = 'double'
  for (const limit of ['Minimum', 'Maximum'])
    if (direction === 'input' && typeof schema[`exclusive${limit}`] === 'number') {
      out[limit.toLowerCase()] = schema[`exclusive${limit}`]
      out[`exclusive${limit}`] = true
    }
  if (name !== undefined) out['x-ms-summary'] = typeof schema.title === 'string' ? schema.title : summaryFromName(name)
  if (isNullable) out['x-nullable'] = true
  if (type === 'array') out.items = connectorSchema(schema.items, undefined, direction)
  if (type === 'object') addProperties(out, schema, name, direction)
  return out
}

/** The values to choose from: asked for at design time, or known and with a name for people; and one to begin with. */
function addChoices(out: JsonObject, schema: JsonObject): void {
  if (schema.const !== undefined) out.enum = [schema.const]
  const [sample] = itemsAt(schema, 'examples')
  if (sample !== undefined) out['x-ms-test-value'] = sample
  if (isObject(schema['x-choices'])) {
    delete out.enum
    Object.assign(out, dynamicList(schema['x-choices']))
  } else if (Array.isArray(out.enum) && out.type === 'string')
    out['x-ms-enum-values'] ??= out.enum.map(value => ({ value, displayName: summaryFromName(String(value)) }))
  if (typeof schema['x-schema-from'] === 'string') Object.assign(out, dynamicSchema(schema['x-schema-from']))
}

/** `customerProfile` as «Customer Profile». */
export function summaryFromName(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll(/[_-]+/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function addProperties(out: JsonObject, schema: JsonObject, name: string | undefined, direction: Direction): void {
  const { properties, required, additionalProperties, patternProperties } = schema
  // Beside fields that are asked for, the designer shows none that are written here.
  if (isObject(properties) && schema['x-schema-from'] === undefined)
    out.properties = Object.fromEntries(
      Object.entries(properties).map(([key, property]) => [key, connectorSchema(property, key, direction)])
    )
  if (direction === 'input' && Array.isArray(required) && required.length > 0) out.required = required
  if (isObject(patternProperties)) {
    const [values, ...more] = Object.values(patternProperties)
    if (more.length > 0) throw new TypeError(`${called(name)} has several kinds of further properties.`)
    out.additionalProperties = connectorSchema(values, undefined, direction)
  } else if (isObject(additionalProperties)) out.additionalProperties = connectorSchema(additionalProperties, undefined, direction)
  else if (additionalProperties === true && schema['x-schema-from'] === undefined) out.additionalProperties = {}
}

/** A schema without its `null`, whether that stood in a union, in a list of types or in an enum; and a union of literals as one enum. */
function withoutNull(source: JsonObject, name: string | undefined): { schema: JsonObject; isNullable: boolean } {
  const { anyOf, oneOf, ...rest } = source
  if (rest.allOf !== undefined) throw new TypeError(`${called(name)} has allOf, whose members the designer loses.`)
  if (anyOf === undefined && oneOf === undefined) {
    if (Array.isArray(rest.type)) {
      const types = rest.type.filter(type => type !== 'null')
      const [type] = types
      if (type === undefined || types.length > 1) throw new TypeError(`${called(name)} has several types, which the designer cannot show.`)
      return { schema: { ...rest, type }, isNullable: types.length < rest.type.length }
    }
    const values = itemsAt(rest, 'enum')
    if (!values.includes(null)) return { schema: rest, isNullable: false }
    return { schema: { ...rest, enum: values.filter(value => value !== null) }, isNullable: true }
  }
  const choices = itemsAt(source, anyOf === undefined ? 'oneOf' : 'anyOf')
  const others = choices.filter(isObject).filter(({ type }) => type !== 'null')
  const isNullable = others.length < choices.length
  const [only] = others
  if (only !== undefined && others.length === 1) return { schema: { ...only, ...rest }, isNullable }
  const literals = others.map(choice => choice.const)
  if (only === undefined || literals.includes(undefined)) throw new TypeError(`${called(name)} is a union, which the designer cannot show.`)
  return { schema: { ...rest, enum: literals.filter(value => value !== undefined) }, isNullable }
}

function typeOf(schema: JsonObject, name: string | undefined): string {
  const literals = schema.const === undefined ? itemsAt(schema, 'enum') : [schema.const]
  const types = new Set(literals.map(value => typeof value))
  if (types.size > 1) throw new TypeError(`${called(name)} has values of several types, which the designer cannot show.`)
  const type = typeof schema.type === 'string' ? schema.type : [...types][0]
  if (type === undefined || !knownTypes.includes(type)) throw new TypeError(`${called(name)} has no type that the designer can show.`)
  return type
}

function definitionRef(ref: Json, name: string | undefined): Json {
  if (typeof ref === 'string' && /^#\/definitions\/[^/]+$/.test(ref)) return ref
  throw new TypeError(`${called(name)} refers to ${ref}, which is no definition of this document.`)
}

function called(name = 'a schema'): string {
  return `«${name}»`
}
