import { isObject, itemsAt, type JsonObject, objectAt } from '../json.ts'
import { schemasOf } from '../schema-places.ts'
import { type Rule, schemas } from './rule.ts'

const types = ['object', 'array', 'string', 'integer', 'number', 'boolean']
const unsupported = [
  ...['oneOf', 'anyOf', 'not', 'const', 'nullable', 'examples', 'patternProperties', 'writeOnly', 'deprecated', 'contentEncoding'],
  ...['$id', '$schema']
]

/** What holds for each schema: what import refuses, and what the designer would lose without a word. */
export const schemaRules: readonly Rule[] = [
  {
    name: 'PropertyTypeMissing',
    advice: `Every schema has one type of ${types.join(', ')}; without it the designer shows one raw box.`,
    find: schemas(({ schema, isRoot }) => !types.includes(String(schema.type)) && !(isRoot && schema.type === 'file'))
  },
  {
    name: 'PropertiesNotOnObject',
    advice: 'properties and required belong to an object, items to an array: elsewhere the designer loses them.',
    find: schemas(
      ({ schema }) =>
        (schema.type !== 'object' && (schema.properties !== undefined || schema.required !== undefined)) ||
        (schema.type !== 'array' && schema.items !== undefined)
    )
  },
  {
    name: 'ArrayHasNoItems',
    advice: 'An array names its items, in one schema.',
    find: schemas(({ schema }) => schema.type === 'array' && !isObject(schema.items))
  },
  {
    name: 'SwaggerKeywordNotSupported',
    advice: `Power Platform knows none of ${unsupported.join(', ')}, and its limits are exclusive by a boolean.`,
    find: schemas(
      ({ schema }) =>
        unsupported.some(keyword => schema[keyword] !== undefined) ||
        typeof schema.exclusiveMinimum === 'number' ||
        typeof schema.exclusiveMaximum === 'number'
    )
  },
  {
    name: 'AllOfNotShown',
    advice: 'The designer loses the members of allOf: write their properties into the schema itself.',
    find: schemas(({ schema }) => schema.allOf !== undefined)
  },
  {
    name: 'TitleOnSchema',
    advice: 'A title wins over x-ms-summary, and on an object it becomes a prefix of all its fields: use x-ms-summary.',
    find: schemas(({ schema }) => schema.title !== undefined)
  },
  {
    name: 'RequiredPropertyDefinitionMissing',
    advice: 'required names at least one property, and only ones that exist and can be written.',
    find: schemas(({ schema, at }) => {
      if (schema.required === undefined) return false
      const properties = itemsAt(schema, 'required').map(name => objectAt(schema, 'properties')[String(name)])
      const isInput = at.includes('/parameters/')
      return properties.length === 0 || properties.some(property => !isObject(property) || (isInput && property.readOnly === true))
    })
  },
  {
    name: 'InvalidStringBinaryProperty',
    advice: 'A file (string with format binary) is the whole body or answer, never a part of one.',
    find: schemas(({ schema, isRoot }) => !isRoot && (schema.format === 'binary' || schema.type === 'file'))
  },
  {
    name: 'AdditionalPropertyNotAllowedAdjacentToRef',
    advice: 'A $ref stands alone and points to a definition that exists and is more than a $ref itself.',
    find: definition =>
      schemasOf(definition).flatMap(({ schema, at }) => {
        if (schema.$ref === undefined) return []
        const target = objectAt(objectAt(definition, 'definitions'), referred(schema) ?? '')
        const isAlone = Object.keys(schema).length === 1 && !/^#\/definitions\/[^/]+$/.test(at)
        return isAlone && Object.keys(target).length > 0 ? [] : [at]
      })
  },
  {
    name: 'RecursiveDefinition',
    advice: 'A definition that contains itself is shown to its first level only: give the inner one its own, flat schema.',
    find: definition => {
      const inner = new Map<string, string[]>()
      for (const { schema, at } of schemasOf(definition)) {
        const owner = /^#\/definitions\/([^/]+)/.exec(at)?.[1]
        const target = referred(schema)
        if (owner !== undefined && target !== undefined) inner.set(owner, [...(inner.get(owner) ?? []), target])
      }
      return [...inner.keys()].filter(name => isWithin(name, name, inner)).map(name => `#/definitions/${name}`)
    }
  }
]

/** The definition that a schema refers to. */
function referred(schema: JsonObject): string | undefined {
  return /^#\/definitions\/([^/]+)$/.exec(String(schema.$ref))?.[1]
}

function isWithin(name: string, start: string, inner: Map<string, string[]>): boolean {
  const seen = new Set<string>()
  const waiting = [...(inner.get(start) ?? [])]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === name) return true
    if (!seen.has(next)) waiting.push(...(inner.get(next) ?? []))
    seen.add(next)
  }
  return false
}
