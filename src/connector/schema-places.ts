import { isObject, type Json, type JsonObject, listAt, objectAt, pointer, under } from './json.ts'
import { operationsOf } from './operations.ts'
import { definitionName } from './references.ts'

/** A schema and where it stands. */
export interface SchemaPlace {
  schema: JsonObject
  at: string
  /** Where the schema of the body, answer, event or definition is in which this one stands. */
  root: string
  /** The schema of a body, an answer, an event or a definition; the others stand inside one. */
  isRoot: boolean
  isProperty: boolean
  /** Whether the object around it lists it in `required`. */
  isRequired: boolean
  /** Whether it describes what a flow sends: it is in a body, or in a definition that a body uses. */
  isInput: boolean
}

/** Every schema of the bodies, answers, events and definitions of a Swagger document, with those inside them. */
export function schemasOf(definition: JsonObject): SchemaPlace[] {
  const places = rootsOf(definition).flatMap(([at, schema, isInput]) =>
    isObject(schema) ? withInner({ schema, at, root: at, isRoot: true, isProperty: false, isRequired: false, isInput }) : []
  )
  const sent = reachedFrom(
    places.filter(({ isInput }) => isInput),
    places
  )
  return places.map(place => (sent.has(place.root) ? { ...place, isInput: true } : place))
}

/** Where the definitions are that some places use, directly or through others. */
export function reachedFrom(some: readonly SchemaPlace[], all: readonly SchemaPlace[]): Set<string> {
  const byRoot = new Map<string, SchemaPlace[]>()
  for (const place of all) {
    const places = byRoot.get(place.root)
    if (places === undefined) byRoot.set(place.root, [place])
    else places.push(place)
  }
  const reached = new Set<string>()
  const waiting = [...some]
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const name = definitionName(place.schema)
    const root = name === undefined ? undefined : pointer('definitions', name)
    if (root === undefined || reached.has(root)) continue
    reached.add(root)
    waiting.push(...(byRoot.get(root) ?? []))
  }
  return reached
}

function rootsOf(definition: JsonObject): [at: string, schema: Json | undefined, isInput: boolean][] {
  const bodiesOf = (owner: unknown, at: string) =>
    Object.entries(isObject(owner) || Array.isArray(owner) ? owner : {}).map(([key, parameter]): [string, Json | undefined, boolean] => [
      under(at, key, 'schema'),
      isObject(parameter) ? parameter.schema : undefined,
      true
    ])
  const answersOf = (owner: JsonObject, at: string) =>
    Object.entries(owner).map(([key, answer]): [string, Json | undefined, boolean] => [
      under(at, key, 'schema'),
      isObject(answer) ? answer.schema : undefined,
      false
    ])
  return [
    ...Object.entries(objectAt(definition, 'definitions')).map(([name, schema]): [string, Json | undefined, boolean] => [
      pointer('definitions', name),
      schema,
      false
    ]),
    ...bodiesOf(definition.parameters, '#/parameters'),
    ...answersOf(objectAt(definition, 'responses'), '#/responses'),
    ...operationsOf(definition).flatMap(({ operation, at }) => [
      ...bodiesOf(operation.parameters, under(at, 'parameters')),
      ...answersOf(objectAt(operation, 'responses'), under(at, 'responses'))
    ]),
    ...Object.entries(objectAt(definition, 'paths')).flatMap(([path, item]): [string, Json | undefined, boolean][] => [
      ...bodiesOf(isObject(item) ? item.parameters : undefined, pointer('paths', path, 'parameters')),
      [pointer('paths', path, 'x-ms-notification-content', 'schema'), objectAt(item, 'x-ms-notification-content').schema, false]
    ])
  ]
}

function withInner(place: SchemaPlace): SchemaPlace[] {
  const { schema, at } = place
  const required = Array.isArray(schema.required) ? schema.required : []
  const within = { root: place.root, isInput: place.isInput, isRoot: false, isProperty: false, isRequired: false }
  const inner: SchemaPlace[] = Object.entries(objectAt(schema, 'properties')).flatMap(([name, property]) =>
    isObject(property)
      ? [{ ...within, schema: property, at: under(at, 'properties', name), isProperty: true, isRequired: required.includes(name) }]
      : []
  )
  for (const key of ['items', 'additionalProperties']) {
    const found = schema[key]
    // An empty schema of further properties says «anything», as true does.
    if (isObject(found) && (key === 'items' || Object.keys(found).length > 0)) inner.push({ ...within, schema: found, at: under(at, key) })
  }
  for (const [index, member] of listAt(schema, 'allOf').entries()) inner.push({ ...within, schema: member, at: under(at, 'allOf', index) })
  return [place, ...inner.flatMap(withInner)]
}
