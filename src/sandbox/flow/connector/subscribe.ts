import type { JsonObject } from '../../../flow/json.ts'
import type { Exchange } from '../http/exchange.ts'
import { ActionFailure, FlowNotRunnable } from '../run/action-failure.ts'
import { type Connection, connectionHeaders, connectorRequest } from './connector-request.ts'
import { originFor, policiesFor } from './policies.ts'
import { type DeclaredParameter, findOperation, resolved, type Schema, type Swagger } from './swagger.ts'

/** A trigger's registration at the service; `location` is where it is ended. */
export interface TriggerSubscription {
  location: string
}

interface Subscribe {
  connection: Connection
  operationId: string
  parameters: JsonObject
  callbackUrl: string
}

/**
 * Turns a webhook trigger on: posts the subscription with the callback URL where the definition says `x-ms-notification-url`, and keeps the
 * `Location` of the answer, without which nothing could ever be turned off.
 * Source: learn.microsoft.com/connectors/custom-connectors/create-webhook-trigger
 */
export async function subscribe({ connection, operationId, parameters, callbackUrl }: Subscribe, exchange: Exchange, signal: AbortSignal) {
  const found = findOperation(connection.definition, operationId)
  const place = notificationUrl(connection.definition, found.parameters)
  if (found.operation['x-ms-trigger'] === undefined || place === undefined)
    throw new FlowNotRunnable(
      `The operation '${operationId}' is no webhook trigger: it has no x-ms-trigger, or nowhere for the callback URL.`
    )
  const call = await connectorRequest(connection, operationId, { ...parameters, [place]: callbackUrl })
  const { status, headers } = await exchange(call, signal)
  if (status < 200 || status > 299)
    throw new ActionFailure(
      'TriggerRegistrationFailed',
      `The service answered ${status} to the registration of the trigger '${operationId}'.`
    )
  const location = headers.location ?? ''
  if (!URL.canParse(location))
    throw new ActionFailure(
      'TriggerRegistrationFailed',
      `The answer of '${operationId}' has no absolute Location, so that it could never be ended.`
    )
  const origin = originFor(connection.definition, policiesFor(connection.properties, operationId), connection.parameters)
  // The connection's key goes along with the DELETE, so it must not be asked for elsewhere.
  if (new URL(location).origin !== new URL(origin).origin)
    throw new ActionFailure('TriggerRegistrationFailed', `The Location of '${operationId}' is on another host than the connection.`)
  return { location } satisfies TriggerSubscription
}

/** Turns it off. What is gone already is as good. */
export async function unsubscribe({ location }: TriggerSubscription, connection: Connection, exchange: Exchange, signal: AbortSignal) {
  const { status } = await exchange({ method: 'DELETE', url: location, headers: await connectionHeaders(connection) }, signal)
  if ((status < 200 || status > 299) && status !== 404 && status !== 410)
    throw new ActionFailure('TriggerDeregistrationFailed', `The service answered ${status} to the end of the trigger's subscription.`)
}

/** The name with slashes under which the callback URL goes, `body/callbackUrl`. */
function notificationUrl(definition: Swagger, parameters: readonly DeclaredParameter[]): string | undefined {
  for (const { name, in: place, schema } of parameters) {
    if (place !== 'body' || !schema) continue
    const path = markedPath(definition, schema)
    if (path !== undefined) return [name, ...path].join('/')
  }
  return undefined
}

function markedPath(definition: Swagger, given: Schema, depth = 0): string[] | undefined {
  const { properties = {} } = resolved(definition, given)
  for (const [name, inner] of Object.entries(properties)) {
    if (inner['x-ms-notification-url'] === true) return [name]
    const below = depth < 8 ? markedPath(definition, inner, depth + 1) : undefined
    if (below) return [name, ...below]
  }
  return undefined
}
