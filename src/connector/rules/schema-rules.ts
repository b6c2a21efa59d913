import { asText } from '../as-text.ts'
import { isDynamic } from '../dynamic-calls.ts'
import { isObject, itemsAt, type JsonObject, objectAt } from '../json.ts'
import { type Rule, schemas } from './rule.ts'

const types = ['object', 'array', 'string', 'integer', 'number', 'boolean']
const unsupported = [
  ...['oneOf', 'anyOf', 'not', 'const', 'nullable', 'examples', 'patternProperties', 'writeOnly', 'deprecated', 'contentEncoding'],
  ...['$id', '$schema']
]

/** What holds for each schema: what import refuses, and what the designer would lose without a word. */
export const schemaRules: readonly Rule[] = [
  {
    name: 'TypeMissing',
    level: 'warning',
    advice: `Give the schema one type of ${types.join(', ')}: without it the designer shows one raw box.`,
    find: schemas(({ schema }) => schema.type === undefined && !holdsFields(schema) && !isDynamic(schema))
  },
  {
    name: 'FieldsWithoutType',
    level: 'warning',
    advice: 'A schema with properties has the type object, one with items the type array: otherwise the designer loses them.',
    find: schemas(({ schema }) => schema.type === undefined && holdsFields(schema))
  },
  {
    name: 'TypeNotValid',
    level: 'error',
    advice: `type is one of ${types.join(', ')}.`,
    find: schemas(
      ({ schema: { type }, isRoot }) =>
        type !== undefined && !Array.isArray(type) && !types.includes(asText(type)) && !(isRoot && type === 'file')
    )
  },
  {
    name: 'TypeListNotShown',
    level: 'warning',
    advice: 'A schema has one type: of a list the designer takes the last, and shows a field of type null.',
    find: schemas(({ schema: { type } }) => Array.isArray(type))
  },
  {
    name: 'PropertiesNotOnObject',
    level: 'warning',
    advice: 'properties belong to an object and items to an array: elsewhere the designer loses them.',
    find: schemas(
      ({ schema: { type, properties, items } }) =>
        typeof type === 'string' && ((type !== 'object' && properties !== undefined) || (type !== 'array' && items !== undefined))
    )
  },
  {
    name: 'PropertyNotASchema',
    level: 'error',
    advice: 'properties is an object of schemas.',
    find: schemas(
      ({ schema: { properties } }) => properties !== undefined && (!isObject(properties) || !Object.values(properties).every(isObject))
    )
  },
  {
    name: 'ArrayHasNoItems',
    level: 'warning',
    advice: 'An array names its items, in one schema.',
    find: schemas(({ schema }) => schema.type === 'array' && !isObject(schema.items))
  },
  {
    name: 'SwaggerKeywordNotSupported',
    level: 'warning',
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
    level: 'warning',
    advice: 'The designer loses the members of allOf: write their properties into the schema itself.',
    find: schemas(({ schema }) => schema.allOf !== undefined)
  },
  {
    name: 'TitleOnSchema',
    level: 'warning',
    advice: 'A title wins over x-ms-summary, and on an object it becomes a prefix of all its fields: use x-ms-summary.',
    find: schemas(({ schema }) => schema.title !== undefined)
  },
  {
    name: 'RequiredPropertyArrayEmpty',
    level: 'warning',
    advice: 'required is a list of one name at least; leave it out where nothing is.',
    find: schemas(
      ({ schema: { required } }) =>
        required !== undefined && (!Array.isArray(required) || required.length === 0 || !required.every(name => typeof name === 'string'))
    )
  },
  {
    name: 'RequiredPropertyArrayNotOnObject',
    level: 'warning',
    advice: 'required belongs to an object.',
    find: schemas(({ schema }) => schema.required !== undefined && schema.type !== 'object' && schema.type !== undefined)
  },
  {
    name: 'RequiredPropertyDefinitionMissing',
    level: 'warning',
    advice: 'required names only properties that exist.',
    find: schemas(({ schema }) => {
      const properties = objectAt(schema, 'properties')
      // What is required may stand in allOf, or be known at design time only.
      const isOpen = schema.allOf !== undefined || isDynamic(schema)
      return !isOpen && itemsAt(schema, 'required').some(name => typeof name === 'string' && !Object.hasOwn(properties, name))
    })
  },
  {
    name: 'RequiredReadOnlyProperty',
    level: 'warning',
    advice: 'What is sent cannot require a property that is readOnly.',
    find: schemas(
      ({ schema, isInput }) =>
        isInput && itemsAt(schema, 'required').some(name => objectAt(objectAt(schema, 'properties'), asText(name)).readOnly === true)
    )
  },
  {
    name: 'InvalidStringBinaryProperty',
    level: 'warning',
    advice: 'A file (string with format binary) is the whole body or answer, never a part of one.',
    find: schemas(({ schema, isRoot }) => !isRoot && schema.format === 'binary')
  },
  {
    name: 'SchemaTypeFileNotValid',
    level: 'warning',
    advice: 'The type file is for form data: what is sent or answered whole is a string with format binary.',
    find: schemas(({ schema, at, isRoot }) => isRoot && schema.type === 'file' && !at.includes('/responses/'))
  }
]

function holdsFields(schema: JsonObject): boolean {
  return schema.properties !== undefined || schema.items !== undefined
}
