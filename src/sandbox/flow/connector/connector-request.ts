import type { Json, JsonObject } from '../../../flow/json.ts'
import type { HttpCall } from '../http/exchange.ts'
import { operationInputs } from './operation-inputs.ts'
import { type ConnectorProperties, originFor, policiesFor, withPolicyHeaders } from './policies.ts'
import { type FoundOperation, findOperation, type Swagger } from './swagger.ts'

/** A connector with a connection of it: what a connection reference of a flow stands for. */
export interface Connection {
  /** Swagger 2.0. */
  definition: Swagger
  /** apiProperties.json */
  properties: ConnectorProperties
  /** What the maker filled in when making the connection. */
  parameters: Readonly<Record<string, string>>
  /** Headers that a signed-in connection adds to every request. */
  authorize?: () => Promise<Record<string, string>>
}

/**
 * The request of an operation, as the runtime makes it from the connector's definition and policies.
 * @throws ActionFailure for what the action gives, FlowNotRunnable for what is wrong with the connector
 */
export async function connectorRequest(connection: Connection, operationId: string, parameters: JsonObject): Promise<HttpCall> {
  const found = findOperation(connection.definition, operationId)
  const { path, query, header, body } = operationInputs(connection.definition, found, parameters)
  const policies = policiesFor(connection.properties, operationId)
  const origin = originFor(connection.definition, policies, connection.parameters)
  const base = (connection.definition.basePath ?? '').replace(/\/$/, '')
  const sent = body === undefined ? undefined : JSON.stringify(body)
  const headers = {
    accept: 'application/json',
    ...Object.fromEntries(Object.entries(header).map(([name, value]) => [name.toLowerCase(), textOf(value)])),
    ...(sent !== undefined && { 'content-type': 'application/json' }),
    ...(await connectionHeaders(connection))
  }
  return {
    method: found.method,
    url: `${origin}${base}${pathOf(found, path)}${queryOf(query)}`,
    headers: withPolicyHeaders(headers, policies, connection.parameters),
    ...(sent !== undefined && { body: sent })
  }
}

/** What every request over the connection has: the key in the header that the definition names, and what a sign-in gives. */
export async function connectionHeaders({ definition, parameters, authorize }: Connection): Promise<Record<string, string>> {
  const headers: Record<string, string> = {}
  for (const [scheme, { type, in: place, name }] of Object.entries(definition.securityDefinitions ?? {})) {
    const value = parameters[scheme]
    if (type === 'apiKey' && place === 'header' && name !== undefined && value !== undefined) headers[name.toLowerCase()] = value
  }
  return { ...headers, ...(authorize && (await authorize())) }
}

function pathOf({ template, parameters }: FoundOperation, values: Record<string, Json>): string {
  return template.replace(/\{([^}]+)\}/g, (all, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) return all
    const isDouble = parameters.find(parameter => parameter.name === name && parameter.in === 'path')?.['x-ms-url-encoding'] === 'double'
    const once = encodeURIComponent(textOf(value))
    return isDouble ? encodeURIComponent(once) : once
  })
}

function queryOf(values: Record<string, Json>): string {
  const parts = Object.entries(values).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(textOf(value))}`)
  return parts.length > 0 ? `?${parts.join('&')}` : ''
}

/** Lists go as their values with commas; `multi` is refused by Power Platform. */
const textOf = (value: Json): string =>
  Array.isArray(value) ? value.map(textOf).join(',') : typeof value === 'string' ? value : JSON.stringify(value)
