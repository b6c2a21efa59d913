import { isObject, isText, itemsAt, type Json, type JsonObject, under } from '../json.ts'
import { type Operation, operationsOf } from '../operations.ts'
import { type SchemaPlace, schemasOf } from '../schema-places.ts'

/**
 * A rule looks at a document and names the places that break it. The names are those of Microsoft's validator where it has one
 * (learn.microsoft.com/connectors/custom-connectors/certification-swagger-validator-rules).
 */
export interface Rule {
  readonly name: string
  readonly advice: string
  /** JSON pointers to the places. */
  readonly find: (definition: JsonObject) => string[]
}

/** A rule over each operation. */
export function operations(breaks: (found: Operation) => boolean): Rule['find'] {
  return definition => operationsOf(definition).flatMap(found => (breaks(found) ? [found.at] : []))
}

/** A rule over each parameter of each operation. */
export function parameters(breaks: (parameter: JsonObject) => boolean): Rule['find'] {
  return definition =>
    operationsOf(definition).flatMap(({ operation, at }) =>
      itemsAt(operation, 'parameters').flatMap((parameter, index) =>
        isObject(parameter) && breaks(parameter) ? [under(at, 'parameters', index)] : []
      )
    )
}

/** A rule over each schema that is more than a reference. */
export function schemas(breaks: (place: SchemaPlace) => boolean): Rule['find'] {
  return definition => schemasOf(definition).flatMap(place => (place.schema.$ref === undefined && breaks(place) ? [place.at] : []))
}

/** The same rule over parameters and schemas, which share most of their keywords. */
export function values(breaks: (value: JsonObject) => boolean): Rule['find'] {
  return definition => [...parameters(breaks)(definition), ...schemas(({ schema }) => breaks(schema))(definition)]
}

/** Whether a value fits the type that its schema states. */
export function isOfType(value: Json | undefined, type: Json | undefined): boolean {
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  return typeof value === type
}

export function isSummarised(value: JsonObject): boolean {
  const summary = value['x-ms-summary']
  return isText(summary, 1, 80) && /[\p{L}\p{N})]$/u.test(summary) && isText(value.description, 1, 1000)
}
