import { isObject, type Json, type JsonObject } from './json.ts'

/** The formats that Power Platform knows (Microsoft's schema of apiDefinition.swagger.json); others are refused on import. */
export const knownFormats: readonly string[] = [
  ...['int32', 'int64', 'float', 'double', 'byte', 'binary', 'date', 'date-time', 'password'],
  ...['date-no-tz', 'email', 'html', 'uri', 'uuid']
]

const kept = [
  ...['type', 'format', 'description', 'default', 'enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'multipleOf'],
  ...['minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties', 'readOnly', 'x-ms-visibility', 'x-ms-enum-values']
]

/**
 * A JSON Schema of a route as the Swagger 2.0 that Power Platform and its designer understand: titles become `x-ms-summary`, `X | null` becomes
 * X with `x-nullable`, literals become enums, every schema has a type. Whatever the designer could not show stops the build.
 * `name` is what the schema is called where it stands; it makes the summary when there is no title.
 */
export function connectorSchema(source: Json | undefined, name?: string): JsonObject {
  if (!isObject(source)) throw new TypeError(`The schema of «${name ?? 'a body'}» is not an object.`)
  if (typeof source.$ref === 'string') return { $ref: source.$ref }
  const { schema, isNullable } = withoutNull(source, name)
  const type = typeOf(schema, name)
  const out: JsonObject = { type }
  for (const key of kept) if (key !== 'type' && schema[key] !== undefined) out[key] = schema[key]
  if (schema.const !== undefined) out.enum = [schema.const]
  if (typeof out.format === 'string' && !knownFormats.includes(out.format)) delete out.format
  if (type === 'integer') out.format = Number(schema.maximum ?? 0) > 2 ** 31 - 1 ? 'int64' : 'int32'
  if (type === 'number') out.format = 'double'
  for (const limit of ['Minimum', 'Maximum'])
    if (typeof schema[`exclusive${limit}`] === 'number') {
      out[limit.toLowerCase()] = schema[`exclusive${limit}`]
      out[`exclusive${limit}`] = true
    }
  if (name !== undefined) out['x-ms-summary'] = typeof schema.title === 'string' ? schema.title : summaryFromName(name)
  if (isNullable) out['x-nullable'] = true
  if (type === 'array') out.items = connectorSchema(schema.items, undefined)
  if (type === 'object') addProperties(out, schema)
  return out
}

/** `customerProfile` as «Customer Profile». */
export function summaryFromName(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll(/[_-]+/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function addProperties(out: JsonObject, { properties, required, additionalProperties, patternProperties }: JsonObject): void {
  if (isObject(properties))
    out.properties = Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, connectorSchema(property, name)]))
  if (Array.isArray(required) && required.length > 0) out.required = required
  if (isObject(patternProperties)) out.additionalProperties = connectorSchema(Object.values(patternProperties)[0])
  else if (isObject(additionalProperties)) out.additionalProperties = connectorSchema(additionalProperties)
  else if (additionalProperties === true) out.additionalProperties = {}
}

function withoutNull(source: JsonObject, name: string | undefined): { schema: JsonObject; isNullable: boolean } {
  const { anyOf, oneOf, allOf, ...rest } = source
  const choices = (anyOf ?? oneOf) as Json[] | undefined
  if (allOf !== undefined) throw new TypeError(`«${name}»: allOf loses its members in the designer.`)
  if (choices === undefined) {
    if (!Array.isArray(rest.type)) return { schema: rest, isNullable: false }
    const types = rest.type.filter(type => type !== 'null')
    if (types.length !== 1) throw new TypeError(`«${name}» has several types, which the designer cannot show.`)
    return { schema: { ...rest, type: types[0] }, isNullable: rest.type.includes('null') }
  }
  const others = choices.filter(choice => !(isObject(choice) && choice.type === 'null'))
  const isNullable = others.length < choices.length
  const [only] = others
  if (others.length === 1 && isObject(only)) return { schema: { ...only, ...rest }, isNullable }
  if (others.every(choice => isObject(choice) && choice.const !== undefined))
    return { schema: { ...rest, enum: others.map(choice => (choice as JsonObject).const as Json) }, isNullable }
  throw new TypeError(`«${name}» is a union, which the designer cannot show.`)
}

function typeOf(schema: JsonObject, name: string | undefined): string {
  if (typeof schema.type === 'string') return schema.type
  const [first] = (schema.enum as Json[] | undefined) ?? [schema.const]
  const type = typeof first
  if (type === 'string' || type === 'number' || type === 'boolean') return type
  throw new TypeError(`«${name ?? 'a schema'}» has no type.`)
}
