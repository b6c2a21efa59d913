import { isObject, type Json, type JsonObject, listAt, objectAt, pointer, under } from './json.ts'
import { operationsOf } from './operations.ts'

/** A schema and where it stands. */
export interface SchemaPlace {
  schema: JsonObject
  at: string
  /** The schema of a body, an answer, an event or a definition; the others stand inside one. */
  isRoot: boolean
  isProperty: boolean
  /** Whether the object around it lists it in `required`. */
  isRequired: boolean
}

/** Every schema of the bodies, answers, events and definitions of a Swagger document, with those inside them. */
export function schemasOf(definition: JsonObject): SchemaPlace[] {
  const roots: [string, Json | undefined][] = Object.entries(objectAt(definition, 'definitions')).map(([name, schema]) => [
    pointer('definitions', name),
    schema
  ])
  for (const { operation, at } of operationsOf(definition)) {
    const parameters = operation.parameters
    if (Array.isArray(parameters))
      parameters.forEach((parameter, index) => {
        if (isObject(parameter)) roots.push([under(at, 'parameters', index, 'schema'), parameter.schema])
      })
    for (const [status, response] of Object.entries(objectAt(operation, 'responses')))
      if (isObject(response)) roots.push([under(at, 'responses', status, 'schema'), response.schema])
  }
  for (const [path, item] of Object.entries(objectAt(definition, 'paths')))
    roots.push([pointer('paths', path, 'x-ms-notification-content', 'schema'), objectAt(item, 'x-ms-notification-content').schema])
  return roots.flatMap(([at, schema]) =>
    isObject(schema) ? withInner({ schema, at, isRoot: true, isProperty: false, isRequired: false }) : []
  )
}

function withInner(place: SchemaPlace): SchemaPlace[] {
  const { schema, at } = place
  const required = Array.isArray(schema.required) ? schema.required : []
  const inner: SchemaPlace[] = Object.entries(objectAt(schema, 'properties')).flatMap(([name, property]) =>
    isObject(property)
      ? [{ schema: property, at: under(at, 'properties', name), isRoot: false, isProperty: true, isRequired: required.includes(name) }]
      : []
  )
  for (const key of ['items', 'additionalProperties']) {
    const found = schema[key]
    // An empty schema of further properties says «anything», as true does.
    if (isObject(found) && (key === 'items' || Object.keys(found).length > 0))
      inner.push({ schema: found, at: under(at, key), isRoot: false, isProperty: false, isRequired: false })
  }
  for (const [index, member] of listAt(schema, 'allOf').entries())
    inner.push({ schema: member, at: under(at, 'allOf', index), isRoot: false, isProperty: false, isRequired: false })
  return [place, ...inner.flatMap(withInner)]
}
