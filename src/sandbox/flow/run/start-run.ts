import { randomBytes } from 'node:crypto'
import type { FlowDefinition } from '../../../flow/flow-definition.ts'
import type { Json, JsonObject } from '../../../flow/json.ts'
import { billableActions, type FlowRun, inTreeOrder, type RunStatus } from './history.ts'
import type { Connections, Outside } from './outside.ts'
import { runActions } from './run-actions.ts'
import { type FlowResponse, outermostPlace, type RunContext } from './run-context.ts'
import { runVariables } from './variables.ts'

export interface RunOptions {
  flow: { id: string; displayName: string; definition: FlowDefinition }
  connections: Connections
  /** Of the definition's parameters, those that are set. */
  parameters: JsonObject
  outside: Outside
  signal: AbortSignal
  /** As expressions see it. */
  trigger: { name: string; outputs: Json; inputs?: Json }
  /** The same for the history. */
  shown: FlowRun
  respond: (response: FlowResponse) => void
}

/** A run that has not begun. */
export function newRun(flow: string, trigger: FlowRun['trigger']): FlowRun {
  return { runId: `08${randomBytes(17).toString('hex').toUpperCase()}`, flow, trigger, status: 'Running', actions: [], billableActions: 0 }
}

/** Carries out the actions of a flow. The run that is shown grows as it goes on; nothing that an action does makes this fail. */
export async function carryOut(options: RunOptions): Promise<void> {
  const { flow, shown, signal } = options
  const context = contextOf(options)
  const stop = (): void => context.ending.abort()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const { succeeded } = await runActions(flow.definition.actions, outermostPlace(), context)
    shown.status = context.end?.status ?? (signal.aborted ? 'Cancelled' : succeeded ? 'Succeeded' : 'Failed')
    if (context.end?.error) shown.error = context.end.error
  } catch (error) {
    shown.status = 'Failed' satisfies RunStatus
    shown.error = { code: 'InternalServerError', message: (error as Error).message }
    context.ending.abort()
  } finally {
    signal.removeEventListener('abort', stop)
    shown.actions = inTreeOrder(shown.actions)
    shown.billableActions = billableActions(shown.actions)
  }
}

function contextOf({ flow, connections, parameters, outside, trigger, shown, respond }: RunOptions): RunContext {
  const { id, displayName, definition } = flow
  return {
    outside,
    connections,
    variables: runVariables(),
    parameters: parameterValues(definition, parameters, connections),
    trigger,
    workflow: {
      id: `/workflows/${id}`,
      name: id,
      type: 'Microsoft.Logic/workflows',
      location: 'sandbox',
      tags: { flowDisplayName: displayName, environmentName: 'sandbox', logicAppName: id },
      run: { id: `/workflows/${id}/runs/${shown.runId}`, name: shown.runId, type: 'Microsoft.Logic/workflows/runs' }
    },
    shown: shown.actions,
    ending: new AbortController(),
    end: undefined,
    respond
  }
}

/** The values that `parameters()` gives: what is set, or else the default. */
export function parameterValues({ parameters = {} }: FlowDefinition, given: JsonObject, connections: Connections): JsonObject {
  const defaults = Object.entries(parameters).map(([name, { defaultValue }]): [string, Json] => [name, defaultValue ?? null])
  const $connections = Object.fromEntries(
    Object.keys(connections).map(key => [key, { connectionId: `/connections/${key}`, connectionName: key, id: `/apis/${key}` }])
  )
  return { ...Object.fromEntries(defaults), $connections, $authentication: {}, ...given }
}
