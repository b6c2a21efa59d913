import type { Schema, Swagger } from '../connector/swagger.ts'

const table = { name: 'entityName', in: 'path', required: true, type: 'string', 'x-ms-url-encoding': 'single' }
const row = { name: 'recordId', in: 'path', required: true, type: 'string', 'x-ms-url-encoding': 'single' }
/** Which columns there are, the designer asks of the environment. */
const item = {
  name: 'item',
  in: 'body',
  required: true,
  schema: { type: 'object', 'x-ms-dynamic-schema': {}, 'x-ms-dynamic-properties': {} }
}
const whole = {
  name: 'Prefer',
  in: 'header',
  required: true,
  type: 'string',
  default: 'return=representation',
  'x-ms-visibility': 'internal'
}
const text = (name: string) => ({ name, in: 'query', required: false, type: 'string' })
const answer = { 200: { schema: { type: 'object' } }, 201: { schema: { type: 'object' } } }

const subscription: Schema = {
  type: 'object',
  required: ['message', 'entityname', 'scope', 'url'],
  properties: {
    entityname: { type: 'string' },
    message: { type: 'integer' },
    scope: { type: 'integer' },
    version: { type: 'integer' },
    filteringattributes: { type: 'string' },
    filterexpression: { type: 'string' },
    name: { type: 'string' },
    postponeuntil: { type: 'string' },
    runas: { type: 'integer' },
    url: { type: 'string', 'x-ms-notification-url': true, 'x-ms-visibility': 'internal' }
  }
}

/**
 * Microsoft's connector «Microsoft Dataverse» (`shared_commondataserviceforapps`) as far as flows about leads go: its operations and the
 * names of their parameters as they stand in exported flows, over the Web API.
 * Source: learn.microsoft.com/connectors/commondataserviceforapps
 */
export const dataverseDefinition: Swagger = {
  basePath: '/api/data/v9.2',
  schemes: ['https'],
  paths: {
    '/{entityName}': {
      post: { operationId: 'CreateRecord', parameters: [table, item, whole], responses: answer },
      get: {
        operationId: 'ListRecords',
        parameters: [
          table,
          ...['$select', '$filter', '$orderby', '$expand', 'fetchXml', '$skiptoken'].map(text),
          { ...text('$top'), type: 'integer' }
        ],
        responses: {
          200: { schema: { type: 'object', properties: { value: { type: 'array', items: { type: 'object' } } }, required: ['value'] } }
        }
      }
    },
    '/{entityName}({recordId})': {
      patch: { operationId: 'UpdateRecord', parameters: [table, row, item, whole], responses: answer },
      get: { operationId: 'GetItem', parameters: [table, row, text('$select'), text('$expand')], responses: answer },
      delete: { operationId: 'DeleteRecord', parameters: [table, row], responses: { 204: {} } }
    },
    '/callbackregistrations': {
      'x-ms-notification-content': { schema: { type: 'object' } },
      post: {
        operationId: 'SubscribeWebhookTrigger',
        'x-ms-trigger': 'single',
        parameters: [{ name: 'subscriptionRequest', in: 'body', required: true, schema: subscription }],
        responses: { 204: {} }
      }
    }
  }
}
