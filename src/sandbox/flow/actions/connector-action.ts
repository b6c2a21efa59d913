import { type Json, objectAt, textAt } from '../../../flow/json.ts'
import { answerProblem } from '../connector/check-answer.ts'
import { type Connection, connectorRequest } from '../connector/connector-request.ts'
import { findOperation } from '../connector/swagger.ts'
import type { HttpAnswer, HttpCall } from '../http/exchange.ts'
import { ActionFailure } from '../run/action-failure.ts'
import { followAsync } from '../run/follow-async.ts'
import { retryPolicyOf } from '../run/retry-policy.ts'
import { sendWithRetries } from '../run/send-with-retries.ts'
import type { ActionKind } from './action-kind.ts'
import { answered } from './answered.ts'
import { withoutKeys } from './without-keys.ts'

/** An operation of a connector, over the connection that the flow's reference stands for. */
export const openApiConnection: ActionKind = async ({ action, context, signal, retries, evaluate, show }) => {
  const { outside, connections } = context
  const inputs = evaluate(withoutKeys(action.inputs ?? {}, ['authentication']))
  show(inputs)
  const { connection, operationId } = operationOf(inputs, connections)
  const call = await connectorRequest(connection, operationId, objectAt(inputs, 'parameters'))
  const send = (next: HttpCall): Promise<HttpAnswer> => sendWithRetries(next, { policy: retryPolicyOf(inputs), retries, signal, outside })
  const first = await send(call)
  const isAsync = !(action.operationOptions ?? '').includes('DisableAsyncPattern')
  const answer = isAsync ? await followAsync(first, call, { locate: sameOrigin(call), send, signal, outside }) : first
  const result = answered(answer)
  const problem = problemWith(connection, operationId, answer)
  if (problem !== undefined) throw new ActionFailure('OpenApiOperationResponseValidationFailed', problem, { outputs: result.outputs })
  return result
}

/** Which operation of which connection an action or trigger means. @throws ActionFailure */
export function operationOf(
  inputs: Json,
  connections: Readonly<Record<string, Connection>>
): { connection: Connection; operationId: string } {
  const host = objectAt(inputs, 'host')
  const key = textAt(host, 'connectionName') ?? textAt(host, 'connection') ?? ''
  const connection = Object.hasOwn(connections, key) ? connections[key] : undefined
  if (!connection) throw new ActionFailure('ConnectionNotFound', `The flow has no connection for its reference '${key}'.`)
  return { connection, operationId: textAt(host, 'operationId') ?? '' }
}

/** What is wrong with an answer by the schema that the definition has for its status. */
function problemWith({ definition }: Connection, operationId: string, { status, body }: HttpAnswer): string | undefined {
  const { responses = {} } = findOperation(definition, operationId).operation
  const schema = (responses[String(status)] ?? responses.default)?.schema
  return schema && answerProblem(definition, schema, body, { operationId, at: 'body' })
}

function sameOrigin(call: HttpCall): (location: string) => string {
  return location => {
    if (new URL(location).origin === new URL(call.url).origin) return location
    throw new ActionFailure('BadGateway', 'The job that was started is said to be on another host than the connection.')
  }
}
