import { isObject, type JsonObject, objectAt } from './json.ts'
import { followed } from './references.ts'

/** A property of a schema at any depth, references followed. */
export interface Field {
  /** Names parted by slashes; the items of a list add nothing to it. */
  path: string
  schema: JsonObject
  /** Whether it is internal, itself or what it stands in. */
  isInternal: boolean
  /** Whether it and all that it stands in is required. */
  isRequired: boolean
  isInList: boolean
}

/** Definitions that use each other many times over would make more fields than there are atoms. */
const mostFields = 5000

/** The properties of a schema and those inside them. A definition inside itself is not gone into again. */
export function fieldsOf(definition: JsonObject, schema: JsonObject, isRequired: boolean, isInternal: boolean): Field[] {
  const fields: Field[] = []
  const visit = (outer: Field, around: readonly JsonObject[]): void => {
    if (around.includes(outer.schema) || fields.length >= mostFields) return
    const inside = [...around, outer.schema]
    const required = Array.isArray(outer.schema.required) ? outer.schema.required : []
    for (const [name, property] of Object.entries(objectAt(outer.schema, 'properties'))) {
      const found = followed(definition, property)
      if (found === undefined) continue
      const field = {
        path: outer.path === '' ? name : `${outer.path}/${name}`,
        schema: found,
        isInternal: outer.isInternal || found['x-ms-visibility'] === 'internal',
        isRequired: outer.isRequired && required.includes(name),
        isInList: outer.isInList
      }
      fields.push(field)
      visit(field, inside)
    }
    const items = isObject(outer.schema.items) ? followed(definition, outer.schema.items) : undefined
    if (items !== undefined) visit({ ...outer, schema: items, isInList: true }, inside)
  }
  visit({ path: '', schema, isInternal, isRequired, isInList: false }, [])
  return fields
}
