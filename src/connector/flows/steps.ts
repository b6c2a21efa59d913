import type { Json, JsonObject } from '../json.ts'
import { apiId, type Connection } from './connections.ts'

/** One action of a flow. What runs before it is said where it is put in order. */
export interface Step {
  name: string
  action: JsonObject
}

/** Customer data and secrets stay out of the run history. */
export const secured: JsonObject = { secureData: { properties: ['inputs', 'outputs'] } }

/** Four further tries over about five minutes; a longer outage is for the run to report. A Retry-After of the service goes before it. */
const retryPolicy: JsonObject = { type: 'exponential', count: 4, interval: 'PT10S', minimumInterval: 'PT5S', maximumInterval: 'PT1H' }

/** Which operation of a connector; the authentication of the connection goes along. */
export function operation(connection: Connection, operationId: string, parameters: JsonObject): JsonObject {
  return {
    host: { apiId: apiId(connection), connectionName: connection.key, operationId },
    parameters,
    authentication: "@parameters('$authentication')"
  }
}

export function connectorStep(
  name: string,
  description: string,
  { connection, operationId, parameters }: { connection: Connection; operationId: string; parameters: JsonObject }
): Step {
  const inputs = { ...operation(connection, operationId, parameters), retryPolicy }
  return { name, action: { type: 'OpenApiConnection', description, inputs, runtimeConfiguration: secured } }
}

export function httpStep(name: string, description: string, request: JsonObject): Step {
  return { name, action: { type: 'Http', description, inputs: { ...request, retryPolicy }, runtimeConfiguration: secured } }
}

export function compose(name: string, description: string, inputs: Json): Step {
  return { name, action: { type: 'Compose', description, inputs, runtimeConfiguration: secured } }
}

/** «Filter array» in the designer. */
export function filterArray(name: string, description: string, inputs: { from: string; where: string }): Step {
  return { name, action: { type: 'Query', description, inputs, runtimeConfiguration: secured } }
}

export function scope(name: string, description: string, steps: readonly Row[]): Step {
  return { name, action: { type: 'Scope', description, actions: inOrder(steps) } }
}

export function condition(
  name: string,
  description: string,
  { expression, yes = [], no = [] }: { expression: JsonObject; yes?: readonly Row[]; no?: readonly Row[] }
): Step {
  return { name, action: { type: 'If', description, expression, actions: inOrder(yes), else: { actions: inOrder(no) } } }
}

export function terminate(name: string, description: string, inputs: JsonObject): Step {
  return { name, action: { type: 'Terminate', description, inputs } }
}

/** A step, or several that run side by side. */
type Row = Step | readonly Step[]

/** The actions of these steps, each after the one before it has succeeded. */
export function inOrder(rows: readonly Row[]): JsonObject {
  const groups = rows.map(row => [row].flat() as Step[])
  return Object.fromEntries(
    groups.flatMap((steps, index) => {
      const before = (groups[index - 1] ?? []).map(({ name }): [string, Json] => [name, ['Succeeded']])
      return steps.map(({ name, action }) => [name, { ...action, runAfter: Object.fromEntries(before) }])
    })
  )
}
