import { evaluate } from '../../../flow/expression/evaluate.ts'
import type { Scope } from '../../../flow/expression/scope.ts'
import { textOf } from '../../../flow/expression/values.ts'
import { isObject, type Json, type JsonObject } from '../../../flow/json.ts'
import { answerProblem } from '../connector/check-answer.ts'
import { type Connection, connectorRequest } from '../connector/connector-request.ts'
import { policiesFor } from '../connector/policies.ts'
import { findOperation } from '../connector/swagger.ts'
import type { Exchange } from '../http/exchange.ts'
import { ActionFailure, FlowNotRunnable } from '../run/action-failure.ts'

export interface Polled {
  /** Undefined when there is nothing new. */
  outputs: Json | undefined
  /** What the next request has in its query. */
  state: Record<string, string>
}

/**
 * Asks a polling trigger's operation once. What it says of the next request (`triggerConfig`) and where the data is (`triggerDataPath`) stands
 * in the policy `pollingtrigger`; 202, or no data, means nothing new.
 * Source: learn.microsoft.com/connectors/custom-connectors/create-polling-trigger
 */
export async function poll(
  {
    connection,
    operationId,
    parameters,
    state
  }: { connection: Connection; operationId: string; parameters: JsonObject; state: Record<string, string> },
  { exchange, signal, scopeFor }: { exchange: Exchange; signal: AbortSignal; scopeFor: (outputs: Json) => Scope }
): Promise<Polled> {
  const policy = policiesFor(connection.properties, operationId).find(({ templateId }) => templateId === 'pollingtrigger')
  const { operation } = findOperation(connection.definition, operationId)
  if (!policy || operation['x-ms-trigger'] === undefined)
    throw new FlowNotRunnable(`The operation '${operationId}' is no polling trigger: it has no x-ms-trigger, or no policy pollingtrigger.`)
  const call = await connectorRequest(connection, operationId, parameters)
  const url = new URL(call.url)
  for (const [name, value] of Object.entries(state)) url.searchParams.set(name, value)
  const { status, headers, body } = await exchange({ ...call, url: url.href }, signal)
  if (status === 202) return { outputs: undefined, state }
  if (status !== 200) throw new ActionFailure('TriggerFailed', `The service answered ${status} to the trigger '${operationId}'.`)
  const schema = operation.responses?.['200']?.schema
  const problem = schema && answerProblem(connection.definition, schema, body, { operationId, at: 'body' })
  if (problem !== undefined) throw new ActionFailure('OpenApiOperationResponseValidationFailed', problem)
  const outputs: Json = { statusCode: status, headers, body }
  const scope = scopeFor(outputs)
  const data = evaluate(String(policy.parameter('triggerDataPath')), scope)
  const next = Object.entries(configFrom(policy.parameter('triggerConfig'))).map(([name, value]) => [name, textOf(evaluate(value, scope))])
  const isEmpty = data === null || (Array.isArray(data) && data.length === 0)
  // Without data the next request may have nothing to go on from: what was known is kept.
  const known = next.filter(([, value]) => value !== '')
  return { outputs: isEmpty ? undefined : outputs, state: { ...state, ...Object.fromEntries(known) } }
}

/** The policy's parameter is an object, or the text of one. */
function configFrom(value: unknown): JsonObject {
  const read: unknown = typeof value === 'string' && value.trim() !== '' ? JSON.parse(value) : value
  return isObject(read) ? read : {}
}
