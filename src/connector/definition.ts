import { connectorSchema, summaryFromName } from './connector-schema.ts'
import { isObject, type Json, type JsonObject, listAt, objectAt } from './json.ts'

/** What the connector says of itself, beside what comes from the routes. */
export interface ConnectorIdentity {
  title: string
  description: string
  /** Stands in until a connection names its own host. */
  host: string
  website: string
  contact: { name: string; url: string; email: string }
}

export const identity: ConnectorIdentity = {
  title: 'Partner Center Referrals Sync',
  description:
    'Validates callbacks from Partner Center, reads and updates referrals, and creates or updates their leads in your CRM, so that a flow keeps both in step with a few typed actions.',
  host: 'referrals.example.com',
  website: 'https://github.com/referral-connector/referral-connector',
  contact: {
    name: 'referral-connector',
    url: 'https://github.com/referral-connector/referral-connector/issues',
    email: 'support@referral-connector.example'
  }
}

const methods = ['get', 'put', 'post', 'delete', 'patch']

/**
 * The service's Swagger 2.0 document as a definition that Power Platform imports and its designer shows without loss.
 * Sources: learn.microsoft.com/connectors/custom-connectors, «certification-swagger-validator-rules» and «openapi-extensions».
 */
export function connectorDefinition(swagger: JsonObject, about: ConnectorIdentity = identity): JsonObject {
  const paths = convertPaths(objectAt(swagger, 'paths'))
  return {
    swagger: '2.0',
    info: {
      title: about.title,
      description: about.description,
      version: objectAt(swagger, 'info').version,
      contact: about.contact
    },
    host: about.host,
    basePath: '/',
    schemes: ['https'],
    consumes: ['application/json'],
    produces: ['application/json'],
    paths,
    definitions: reachable(paths, convertDefinitions(objectAt(swagger, 'definitions'))),
    parameters: {},
    responses: {},
    securityDefinitions: {
      api_key: { type: 'apiKey', in: 'header', name: 'X-API-Key' }
    },
    security: [{ api_key: [] }],
    tags: [],
    'x-ms-connector-metadata': [
      { propertyName: 'Website', propertyValue: about.website },
      { propertyName: 'Privacy policy', propertyValue: `${about.website}/blob/main/SECURITY.md` },
      { propertyName: 'Categories', propertyValue: 'Sales and CRM' }
    ],
    'x-ms-capabilities': { testConnection: { operationId: 'TestConnection', parameters: {} } }
  }
}

function convertPaths(paths: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [
      path,
      {
        ...notificationContent(item),
        ...Object.fromEntries(
          methods.filter(method => isObject(item) && item[method]).map(method => [method, convertOperation(objectAt(item, method))])
        )
      }
    ])
  )
}

/** What a webhook sends. It stands on the path and counts for all of its operations: on the operation itself the designer does not see it. */
function notificationContent(item: Json | undefined): JsonObject {
  const content = objectAt(objectAt(item, 'post'), 'x-ms-notification-content')
  if (content.schema === undefined) return {}
  const { description, schema } = content
  return { 'x-ms-notification-content': { description, schema: connectorSchema(schema, undefined, 'answer') } }
}

function convertOperation(operation: JsonObject): JsonObject {
  const { operationId, summary, description, tags } = operation
  const extensions = ['x-ms-visibility', 'x-ms-trigger', 'x-ms-trigger-hint'].filter(name => operation[name] !== undefined)
  const responses = objectAt(operation, 'responses')
  // Beside a 204 the designer would show the fields of an error.
  const shown = Object.entries(responses).filter(([status]) => responses[204] === undefined || status === '204')
  return {
    operationId,
    summary,
    description,
    ...Object.fromEntries(extensions.map(name => [name, operation[name]])),
    ...(tags !== undefined && { tags }),
    parameters: orderParameters(listAt(operation, 'parameters')).map(convertParameter),
    responses: Object.fromEntries(shown.map(([status, response]) => [status, convertResponse(status, response)]))
  }
}

/** The path's values first, the body last: the order of the fields on the card. */
function orderParameters(parameters: JsonObject[]): JsonObject[] {
  const places = ['path', 'query', 'header', 'body']
  return parameters.toSorted((a, b) => places.indexOf(String(a.in)) - places.indexOf(String(b.in)))
}

function convertParameter(parameter: JsonObject): Json {
  const name = String(parameter.name)
  if (parameter.in === 'body') {
    const words = { description: 'The fields of the action.', 'x-ms-summary': 'Body' }
    const schema = connectorSchema(parameter.schema)
    // An action none of whose fields has to be filled in may send no body at all.
    const required = schema.required !== undefined || Number(schema.minProperties ?? 0) > 0
    return { name, in: 'body', required, ...words, schema }
  }
  const schema = connectorSchema({ ...parameter, required: undefined, properties: undefined }, name)
  return {
    name,
    in: parameter.in,
    required: parameter.in === 'path' || parameter.required === true,
    ...schema,
    'x-ms-summary': schema['x-ms-summary'] ?? summaryFromName(name),
    ...(parameter.in === 'path' && { 'x-ms-url-encoding': 'single' })
  }
}

/** Only the 200 has a schema: next to a second one the designer shows neither. */
function convertResponse(status: string, response: Json | undefined): JsonObject {
  const description = isObject(response) && typeof response.description === 'string' ? response.description : 'Answer'
  if (status !== '200' || !isObject(response) || response.schema === undefined) return { description }
  return { description, schema: connectorSchema(response.schema, undefined, 'answer') }
}

/** Only answers refer to definitions: what a flow sends is written where it is sent. */
function convertDefinitions(definitions: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => {
      const { $id: _id, ...rest } = isObject(schema) ? schema : {}
      return [name, connectorSchema(rest, undefined, 'answer')]
    })
  )
}

/** The definitions that the operations use, directly or through others. */
function reachable(paths: JsonObject, definitions: JsonObject): JsonObject {
  const used = new Set<string>()
  const follow = (value: Json | undefined): void => {
    for (const [, name] of JSON.stringify(value ?? null).matchAll(/"#\/definitions\/([^"]+)"/g)) {
      if (name === undefined || used.has(name)) continue
      used.add(name)
      follow(definitions[name])
    }
  }
  follow(paths)
  return Object.fromEntries(Object.entries(definitions).filter(([name]) => used.has(name)))
}
