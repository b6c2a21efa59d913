import type { Scope } from '../../../flow/expression/scope.ts'
import type { FlowDefinition } from '../../../flow/flow-definition.ts'
import type { Json, JsonObject } from '../../../flow/json.ts'
import type { Connections, Outside } from '../run/outside.ts'
import { placeScope } from '../run/place-scope.ts'
import { outermostPlace } from '../run/run-context.ts'
import { parameterValues } from '../run/start-run.ts'
import { runVariables } from '../run/variables.ts'

/** What a trigger's own expressions are evaluated in: no action has run, and nothing is declared. */
export function triggerScope(options: {
  definition: FlowDefinition
  connections: Connections
  parameters: JsonObject
  outside: Outside
  trigger: { name: string; outputs: Json }
}): Scope {
  const { definition, connections, parameters, outside, trigger } = options
  return placeScope(
    {
      outside,
      connections,
      variables: runVariables(),
      parameters: parameterValues(definition, parameters, connections),
      trigger,
      workflow: {},
      shown: [],
      ending: new AbortController(),
      end: undefined,
      respond: () => undefined
    },
    outermostPlace()
  )
}
