import { asText } from './as-text.ts'
import type { Document, OperationPlace } from './document.ts'
import { fieldsOf } from './fields.ts'
import { isObject, type Json, type JsonObject, objectAt, under } from './json.ts'
import { followed } from './references.ts'
import { reachedFrom } from './schema-places.ts'

const listKeys = ['x-ms-dynamic-values', 'x-ms-dynamic-list']
const schemaKeys = ['x-ms-dynamic-schema', 'x-ms-dynamic-properties']

/** A call that the designer makes to learn the choices of a field, or the fields of a body (…/custom-connectors/openapi-extensions). */
export interface DynamicCall {
  call: JsonObject
  /** Where the extension stands. */
  at: string
  /** What has the extension: a parameter or a schema. */
  owner: JsonObject
  kind: 'list' | 'schema'
  /** The newer form, which Power Automate's designer reads; that of Logic Apps reads only the older one. */
  isNew: boolean
  /** The operation in which the field is shown. A definition that several use is there once for each. */
  caller: OperationPlace
}

export function dynamicCallsOf(document: Omit<Document, 'calls'>): DynamicCall[] {
  return document.operations.flatMap(caller => {
    const content = `${caller.at.slice(0, caller.at.lastIndexOf('/'))}/x-ms-notification-content`
    const own = document.schemas.filter(({ root }) => root.startsWith(`${caller.at}/`) || root.startsWith(`${content}/`))
    const reached = reachedFrom(own, document.schemas)
    const places = [
      ...document.parameters
        .filter(({ parameter }) => caller.parameters.includes(parameter))
        .map(({ parameter, at }) => ({ owner: parameter, at })),
      ...[...own, ...document.schemas.filter(({ root }) => reached.has(root))].map(({ schema, at }) => ({ owner: schema, at }))
    ]
    return places.flatMap(({ owner, at }) => callsAt(owner, at).map(found => ({ ...found, caller })))
  })
}

function callsAt(owner: JsonObject, at: string): Omit<DynamicCall, 'caller'>[] {
  return [...listKeys, ...schemaKeys].flatMap((key): Omit<DynamicCall, 'caller'>[] => {
    const call = owner[key]
    const kind = listKeys.includes(key) ? 'list' : 'schema'
    return isObject(call) ? [{ call, at: under(at, key), owner, kind, isNew: key === listKeys[1] || key === schemaKeys[1] }] : []
  })
}

/** Whether the fields of a schema come from a call at design time. */
export function isDynamic(schema: JsonObject): boolean {
  return schemaKeys.some(key => schema[key] !== undefined)
}

/** What a call gives to a parameter of the operation that it calls. */
export type Argument = { kind: 'reference'; to: string } | { kind: 'literal'; value: Json } | { kind: 'bare'; value: Json | undefined }

export function argumentsOf({ call, isNew }: DynamicCall): [name: string, argument: Argument][] {
  return Object.entries(objectAt(call, 'parameters')).map(([name, given]) => {
    const to = isObject(given) ? given[isNew ? 'parameterReference' : 'parameter'] : undefined
    if (typeof to === 'string') return [name, { kind: 'reference', to }]
    if (isObject(given) && given.value !== undefined) return [name, { kind: 'literal', value: given.value }]
    return [name, isNew || given === undefined ? { kind: 'bare', value: given } : { kind: 'literal', value: given }]
  })
}

/** A field of an operation's own, to which a call can refer. */
export interface Source {
  type: Json | undefined
  isInternal: boolean
}

/** The field that a reference means; `open` where the fields are known at design time only. */
export function sourceOf({ definition }: Document, { caller, isNew }: DynamicCall, to: string): Source | 'open' | undefined {
  let isOpen = false
  const name = to.replace(/^\//, '')
  for (const parameter of caller.parameters) {
    const isHidden = parameter['x-ms-visibility'] === 'internal'
    const schema = followed(definition, parameter.schema)
    if (parameter.name === name) return { type: schema?.type ?? parameter.type, isInternal: isHidden }
    if (parameter.in !== 'body' || schema === undefined) continue
    const fields = fieldsOf(definition, schema, true, isHidden)
    // The older form may name a property of the body alone; the newer one always says the way to it.
    const found = fields.find(
      ({ path }) => `${asText(parameter.name)}/${path}` === name || (!isNew && (path === name || path.endsWith(`/${name}`)))
    )
    if (found !== undefined) return { type: found.schema.type, isInternal: found.isInternal }
    // A property named alone may be in any part that is known at design time only; a way to it leads into one.
    const open = [{ path: '', schema }, ...fields].filter(field => isDynamic(field.schema) || field.schema.allOf !== undefined)
    const isInto = (path: string) => name.startsWith(path === '' ? `${asText(parameter.name)}/` : `${asText(parameter.name)}/${path}/`)
    isOpen ||= open.some(({ path }) => !isNew || isInto(path))
  }
  return isOpen ? 'open' : undefined
}

/** The schema that a path such as `value/id` leads to within another; `open` where the document does not say what is there. */
export function schemaAt(definition: JsonObject, start: JsonObject | undefined, path: string): JsonObject | 'open' | undefined {
  let schema = start
  for (const step of path.split('/').filter(part => part !== '')) {
    if (schema === undefined || isOpen(schema)) return 'open'
    const next: Json | undefined = objectAt(schema, 'properties')[step]
    if (next === undefined) return undefined
    schema = followed(definition, next)
  }
  return schema === undefined ? 'open' : schema
}

/** Whether a schema may have more properties than it names. */
export function isOpen(schema: JsonObject): boolean {
  const isPlain = isObject(schema.properties) && Object.keys(schema.properties).length > 0
  const isMore = schema.additionalProperties !== undefined && schema.additionalProperties !== false
  const isClosed = isPlain || (schema.type !== undefined && schema.type !== 'object')
  return isMore || schema.allOf !== undefined || isDynamic(schema) || !isClosed
}
