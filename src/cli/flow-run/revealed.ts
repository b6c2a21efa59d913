import type { FlowDefinition } from '../../flow/flow-definition.ts'
import { isObject, type Json, objectOf } from '../../flow/json.ts'

/** The definition with nothing kept out of the history: in the sandbox all data is made up, and secrets are masked where they are shown. */
export function revealed(definition: FlowDefinition): FlowDefinition {
  return withoutSecureData(definition as unknown as Json) as unknown as FlowDefinition
}

function withoutSecureData(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutSecureData)
  if (!isObject(value)) return value
  return objectOf(
    Object.entries(value)
      .filter(([name]) => name !== 'secureData')
      .map(([name, inner]) => [name, withoutSecureData(inner)] as const)
  )
}
