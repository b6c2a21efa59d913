import type { FlowDefinition } from '../../flow/flow-definition.ts'
import { isObject, type Json, objectOf } from '../../flow/json.ts'

const placeholder = /<<([^<>]{1,100})>>/g

/** The names that stand in `<<…>>` in a definition, for whoever imports it to fill in. */
export function placeholdersOf(definition: FlowDefinition): string[] {
  return [...new Set([...JSON.stringify(definition).matchAll(placeholder)].map(([, name = '']) => name))]
}

/** The definition with its placeholders filled in, as far as there are values for them. */
export function withPlaceholders(definition: FlowDefinition, values: ReadonlyMap<string, string>): FlowDefinition {
  return filled(definition as unknown as Json, values) as unknown as FlowDefinition
}

function filled(value: Json, values: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string') return value.replace(placeholder, (all, name: string) => values.get(name) ?? all)
  if (Array.isArray(value)) return value.map(item => filled(item, values))
  return isObject(value) ? objectOf(Object.entries(value).map(([name, inner]) => [name, filled(inner, values)] as const)) : value
}
