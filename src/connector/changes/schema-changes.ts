import { isObject, itemsAt, type Json, type JsonObject, objectAt, pointer, under } from '../json.ts'
import { definitionName } from '../references.ts'
import type { ChangeRule, Report } from './change-rules.ts'

/** The type of what has none. */
const anything = 'anything'

/** What flows send, or what they are answered. */
export type Direction = 'sent' | 'answered'

/** A schema in one of the two versions. */
export interface SchemaSide {
  definition: JsonObject
  schema: Json | undefined
  at: string
}

/** Compares two schemas through their references; what was compared once is not again, so that circles end. */
export function schemaChanges(report: Report): (direction: Direction, before: SchemaSide, after: SchemaSide) => void {
  const seen = new Set<string>()
  const compare = (direction: Direction, before: SchemaSide, after: SchemaSide): void => {
    const [old, now] = [landed(before), landed(after)]
    const key = `${direction} ${old.at} ${now.at}`
    // A schema that was not there, or led nowhere, promised nothing.
    if (seen.has(key) || old.schema === undefined) return
    seen.add(key)
    if (now.schema === undefined || !isSameType(direction, old.schema, now.schema)) {
      report(direction === 'sent' ? 'BodyPropertyTypeChanged' : 'ResponseTypeChanged', now.schema === undefined ? before.at : now.at)
      return
    }
    valueChanges(direction, old.schema, now.schema, now.at, report)
    compareProperties(direction, { ...old, schema: old.schema }, { ...now, schema: now.schema })
    for (const name of ['items', 'additionalProperties'])
      if (isObject(old.schema[name]) && isObject(now.schema[name]))
        compare(direction, inside(old, old.schema[name], name), inside(now, now.schema[name], name))
  }
  const compareProperties = (direction: Direction, old: Landed, now: Landed): void => {
    const [before, after] = [objectAt(old.schema, 'properties'), objectAt(now.schema, 'properties')]
    for (const [name, property] of Object.entries(before)) {
      const [was, is] = [inside(old, property, 'properties', name), inside(now, ownAt(after, name), 'properties', name)]
      const isGone = is.schema === undefined || (direction === 'sent' && !isReadOnly(was) && isReadOnly(is))
      if (direction === 'sent' && isReadOnly(was)) continue
      if (isGone) report(direction === 'sent' ? 'BodyPropertyRemoved' : 'ResponsePropertyRemoved', was.at)
      else compare(direction, was, is)
      const isOptional = isRequired(old.schema, name) && !isRequired(now.schema, name)
      if (direction === 'answered' && !isGone && isOptional) report('ResponsePropertyNowOptional', is.at)
    }
    if (direction === 'sent')
      for (const name of Object.keys(after))
        if (isRequired(now.schema, name) && !isRequired(old.schema, name) && !isFilledIn(landed(inside(now, after[name])).schema))
          report('BodyPropertyNowRequired', under(now.at, 'properties', name))
  }
  return compare
}

/** What parameters and schemas share: their values and limits. */
export function valueChanges(direction: Direction, old: JsonObject, now: JsonObject, at: string, report: Report): void {
  const rules: [ChangeRule, boolean][] = [
    ['EnumValueRemoved', direction === 'sent' && lacksValues(now, old)],
    ['ResponseEnumValueAdded', direction === 'answered' && Array.isArray(old.enum) && lacksValues(old, now)],
    ['DefaultChanged', direction === 'sent' && old.default !== undefined && !isEqual(old.default, now.default)],
    ['FormatChanged', ['format', 'collectionFormat'].some(key => (old[key] ?? '') !== (now[key] ?? ''))],
    ['LimitNarrowed', direction === 'sent' && isNarrower(old, now)],
    ['FieldNowInternal', old['x-ms-visibility'] !== 'internal' && now['x-ms-visibility'] === 'internal'],
    ['ResponsePropertyNowOptional', direction === 'answered' && old['x-nullable'] !== true && now['x-nullable'] === true]
  ]
  for (const [rule, holds] of rules) if (holds) report(rule, at)
}

/** Whether values of the old type are still good; what had no type promised none. */
export function isSameType(direction: Direction, old: JsonObject, now: JsonObject): boolean {
  const [was, is] = [typeOf(old), typeOf(now)]
  if (direction === 'answered') return was === is || was === anything || (was === 'number' && is === 'integer')
  return was === is || (was === 'integer' && is === 'number') || (is === anything && was !== 'object' && was !== 'array')
}

/** Whether the platform fills in a value that a flow does not give. */
export function isFilledIn(value: JsonObject | undefined): boolean {
  return value?.['x-ms-visibility'] === 'internal' && value.default !== undefined
}

interface Landed extends SchemaSide {
  schema: JsonObject
}

/** Where a schema really stands, references followed. */
function landed({ definition, schema, at }: SchemaSide): SchemaSide & { schema: JsonObject | undefined } {
  let [found, place] = [schema, at]
  for (let hops = 0; hops < 20 && isObject(found); hops++) {
    if (found.$ref === undefined) return { definition, schema: found, at: place }
    const name = definitionName(found)
    found = name === undefined ? undefined : ownAt(objectAt(definition, 'definitions'), name)
    place = pointer('definitions', name ?? '')
  }
  return { definition, schema: undefined, at }
}

function inside(side: SchemaSide, schema: Json | undefined, ...steps: string[]): SchemaSide {
  return { definition: side.definition, schema, at: under(side.at, ...steps) }
}

function ownAt(owner: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(owner, name) ? owner[name] : undefined
}

function isReadOnly(side: SchemaSide): boolean {
  return landed(side).schema?.readOnly === true
}

function isRequired(schema: JsonObject, name: string): boolean {
  return itemsAt(schema, 'required').includes(name)
}

function typeOf(schema: JsonObject): string {
  if (typeof schema.type === 'string') return schema.type
  if (schema.properties !== undefined) return 'object'
  if (schema.items !== undefined) return 'array'
  return schema.type === undefined ? anything : JSON.stringify(schema.type)
}

/** Whether there is a value in the second enum, or none at all, that the first one does not have. */
function lacksValues(narrow: JsonObject, wide: JsonObject): boolean {
  if (!Array.isArray(narrow.enum)) return false
  return !Array.isArray(wide.enum) || wide.enum.some(value => !itemsAt(narrow, 'enum').includes(value))
}

function isNarrower(old: JsonObject, now: JsonObject): boolean {
  const isBelow = (key: string) => typeof now[key] === 'number' && (typeof old[key] !== 'number' || now[key] < old[key])
  const isAbove = (key: string) => typeof now[key] === 'number' && (typeof old[key] !== 'number' || now[key] > old[key])
  return (
    ['maximum', 'maxLength', 'maxItems', 'maxProperties'].some(isBelow) ||
    ['minimum', 'minLength', 'minItems', 'minProperties'].some(isAbove) ||
    ['exclusiveMaximum', 'exclusiveMinimum', 'uniqueItems'].some(key => now[key] === true && old[key] !== true) ||
    ['pattern', 'multipleOf'].some(key => now[key] !== undefined && now[key] !== old[key])
  )
}

function isEqual(one: Json | undefined, other: Json | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
