import type { Document, OperationPlace } from '../document.ts'
import { isObject, isText, type Json, type JsonObject, under } from '../json.ts'
import type { SchemaPlace } from '../schema-places.ts'

/**
 * error: import refuses it, or it makes the designer fail; no published connector has it.
 * warning: the validator lists it, certification asks for it, or the designer loses something without a word, and yet published connectors
 * live with it: certified ones have formats of their own, bodies in a GET, empty lists of what is required.
 */
export type Level = 'error' | 'warning'

/**
 * A rule looks at a document and names the places that break it. The names are those of Microsoft's validator where it has one
 * (learn.microsoft.com/connectors/custom-connectors/certification-swagger-validator-rules).
 */
export interface Rule {
  readonly name: string
  readonly level: Level
  readonly advice: string
  /** JSON pointers to the places. */
  readonly find: (document: Document) => string[]
}

/** A rule over each operation. */
export function operations(breaks: (found: OperationPlace) => boolean): Rule['find'] {
  return document => document.operations.flatMap(found => (breaks(found) ? [found.at] : []))
}

/** A rule over each parameter, where it is written. */
export function parameters(breaks: (parameter: JsonObject) => boolean): Rule['find'] {
  return document => document.parameters.flatMap(({ parameter, at }) => (breaks(parameter) ? [at] : []))
}

/** A rule over each schema that is more than a reference. */
export function schemas(breaks: (place: SchemaPlace) => boolean): Rule['find'] {
  return document => document.schemas.flatMap(place => (place.schema.$ref === undefined && breaks(place) ? [place.at] : []))
}

/** The same rule over parameters, the items of those that are lists, and schemas, which share most of their keywords. */
export function values(breaks: (value: JsonObject) => boolean): Rule['find'] {
  return document => [
    ...parameters(breaks)(document),
    ...document.parameters.flatMap(({ parameter, at }) => {
      const { items } = parameter
      return isObject(items) && breaks(items) ? [under(at, 'items')] : []
    }),
    ...schemas(({ schema }) => breaks(schema))(document)
  ]
}

/** Whether a value fits the type that its schema states; any does where none is stated. */
export function isOfType(value: Json | undefined, type: Json | undefined): boolean {
  if (typeof type !== 'string' || !['integer', 'array', 'object', 'string', 'number', 'boolean'].includes(type)) return true
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  return typeof value === type
}

export function isSummarised(value: JsonObject): boolean {
  const summary = value['x-ms-summary']
  return isText(summary, 1, 80) && /[\p{L}\p{N})]$/u.test(summary) && isText(value.description, 1, 1000)
}

export function isInternal(value: JsonObject): boolean {
  return value['x-ms-visibility'] === 'internal'
}
