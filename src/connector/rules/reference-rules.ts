import { asText } from '../as-text.ts'
import type { Document } from '../document.ts'
import { isObject, itemsAt, type Json, type JsonObject, objectAt, pointer, under } from '../json.ts'
import { definitionName, followed } from '../references.ts'
import type { Rule } from './rule.ts'

/** What holds for `$ref`, and for the circles it can make. */
export const referenceRules: readonly Rule[] = [
  {
    name: 'RefNotFound',
    level: 'error',
    advice: 'A $ref names something under definitions, parameters or responses of this document.',
    find: document =>
      references(document).flatMap(({ value, at }) => {
        const isLocal = /^#\/(definitions|parameters|responses)\/./.test(asText(value.$ref))
        return isLocal && (isInCircle(document.definition, value) || followed(document.definition, value) !== undefined) ? [] : [at]
      })
  },
  {
    name: 'AdditionalPropertyNotAllowedAdjacentToRef',
    level: 'warning',
    advice: 'A $ref stands alone: what stands beside it is refused.',
    find: document => references(document).flatMap(({ value, at }) => (Object.keys(value).length > 1 ? [at] : []))
  },
  {
    name: 'SchemaRefLoopNotAllowed',
    level: 'error',
    advice: 'A definition is more than a $ref to another one.',
    find: ({ schemas }) =>
      schemas.flatMap(({ schema, at, isRoot }) => (isRoot && schema.$ref !== undefined && at.startsWith('#/definitions/') ? [at] : []))
  },
  {
    name: 'RecursiveDefinition',
    level: 'warning',
    advice: 'A definition that contains itself is shown to its first level only: give the inner one its own, flat schema.',
    find: document => {
      const used = new Map<string, Set<string>>()
      for (const { schema, root } of document.schemas) link(used, root, schema)
      return circles(used)
    }
  },
  {
    name: 'RequiredLoopInSchema',
    level: 'error',
    advice: 'Definitions that require each other in a circle can never be filled in: let one of the properties be optional.',
    find: document => {
      const needed = new Map<string, Set<string>>()
      for (const [name, schema] of Object.entries(objectAt(document.definition, 'definitions')))
        for (const inner of required(schema)) link(needed, pointer('definitions', name), inner)
      return circles(needed)
    }
  }
]

/** Everything that is a reference: schemas, parameters and answers. */
function references({ definition, operations, schemas }: Document): { value: JsonObject; at: string }[] {
  const listed = (owner: unknown, at: string) =>
    Object.entries(isObject(owner) || Array.isArray(owner) ? owner : {}).flatMap(([key, value]) =>
      isObject(value) ? [{ value, at: under(at, key) }] : []
    )
  return [
    ...operations.flatMap(({ operation, at }) => [
      ...listed(operation.parameters, under(at, 'parameters')),
      ...listed(operation.responses, under(at, 'responses'))
    ]),
    ...Object.entries(objectAt(definition, 'paths')).flatMap(([path, item]) =>
      listed(isObject(item) ? item.parameters : undefined, pointer('paths', path, 'parameters'))
    ),
    ...schemas.map(({ schema, at }) => ({ value: schema, at }))
  ].filter(({ value }) => value.$ref !== undefined)
}

/** A definition that is a $ref and comes back to itself is told of by other rules. */
function isInCircle(definition: JsonObject, value: JsonObject): boolean {
  const name = definitionName(value)
  return name !== undefined && objectAt(objectAt(definition, 'definitions'), name).$ref !== undefined
}

/** The schemas that an object cannot be without. */
function required(schema: Json | undefined, depth = 0): JsonObject[] {
  if (!isObject(schema) || depth > 50) return []
  return itemsAt(schema, 'required').flatMap(name => {
    const property = objectAt(objectAt(schema, 'properties'), asText(name))
    return property.$ref === undefined ? required(property, depth + 1) : [property]
  })
}

function link(links: Map<string, Set<string>>, from: string, schema: JsonObject): void {
  const name = definitionName(schema)
  if (name === undefined) return
  const targets = links.get(from) ?? new Set()
  links.set(from, targets.add(pointer('definitions', name)))
}

/** Which of them come back to themselves. */
function circles(links: Map<string, Set<string>>): string[] {
  return [...links.keys()].filter(start => {
    const seen = new Set<string>()
    const waiting = [...(links.get(start) ?? [])]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (next === start) return true
      if (!seen.has(next)) waiting.push(...(links.get(next) ?? []))
      seen.add(next)
    }
    return false
  })
}
