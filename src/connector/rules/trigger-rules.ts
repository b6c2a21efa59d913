import { asText } from '../as-text.ts'
import type { Document, OperationPlace } from '../document.ts'
import { isDynamic } from '../dynamic-calls.ts'
import { fieldsOf } from '../fields.ts'
import { isObject, type Json, type JsonObject, objectAt, pointer } from '../json.ts'
import { followed } from '../references.ts'
import { isInternal, operations, type Rule } from './rule.ts'

/**
 * What a trigger needs (learn.microsoft.com/connectors/custom-connectors/create-webhook-trigger): a webhook to be called, and to be ended again;
 * a polling trigger to find its list.
 */
export const triggerRules: readonly Rule[] = [
  {
    name: 'TriggerValueNotValid',
    level: 'error',
    advice: 'x-ms-trigger is single or batch.',
    find: operations(({ operation }) => {
      const trigger = operation['x-ms-trigger']
      return trigger !== undefined && trigger !== 'single' && trigger !== 'batch'
    })
  },
  {
    name: 'OperationMustHaveNotificationContentExtension',
    level: 'warning',
    advice: 'The path of a webhook has x-ms-notification-content with the schema of what is sent.',
    find: document => operations(found => isWebhook(document, found) && found.item['x-ms-notification-content'] === undefined)(document)
  },
  {
    name: 'NotificationContentOnOperation',
    level: 'warning',
    advice: 'x-ms-notification-content stands on the path: on the operation it is not seen.',
    find: operations(({ operation }) => operation['x-ms-notification-content'] !== undefined)
  },
  {
    name: 'NotificationContentWithoutSchema',
    level: 'warning',
    advice: 'x-ms-notification-content is {"description", "schema"}: without schema the trigger has no fields.',
    find: ({ definition }) =>
      Object.entries(objectAt(definition, 'paths')).flatMap(([path, item]) => {
        const content = isObject(item) ? item['x-ms-notification-content'] : undefined
        const hasSchema = isObject(content) && isObject(content.schema)
        return content === undefined || hasSchema ? [] : [pointer('paths', path, 'x-ms-notification-content')]
      })
  },
  {
    name: 'NotificationPathShared',
    level: 'warning',
    advice:
      'x-ms-notification-content applies to every operation of its path, which then shows the event: give the others a path of their own.',
    find: operations(({ item, operation }) => item['x-ms-notification-content'] !== undefined && operation['x-ms-trigger'] === undefined)
  },
  {
    name: 'WebhookOperationsMissingNotificationUrlProperty',
    level: 'error',
    advice: 'The body of a webhook has a property with "x-ms-notification-url": true, into which the platform writes its address.',
    find: document =>
      operations(found => {
        const isTrigger = found.operation['x-ms-trigger'] !== undefined && (found.method !== 'get' || hasContent(found))
        return isTrigger && notificationUrls(document, found).length === 0 && !hasDynamicBody(document, found)
      })(document)
  },
  {
    name: 'NotificationUrlNotAllowedInThisPosition',
    level: 'error',
    advice: 'The address of notifications stands in the body, and not in a list.',
    find: withUrl(({ place }) => place !== 'body')
  },
  {
    name: 'NotificationUrlNotString',
    level: 'error',
    advice: 'The address of notifications is a string.',
    find: withUrl(({ schema }) => schema.type !== 'string')
  },
  {
    name: 'NotificationUrlNotInternal',
    level: 'error',
    advice: 'The address of notifications is internal, itself or what it stands in: nobody fills it in by hand.',
    find: withUrl(url => !url.isInternal)
  },
  {
    name: 'NotificationUrlNotRequired',
    level: 'warning',
    advice: 'The address of notifications is required, and so are the body and all that it stands in.',
    find: withUrl(url => !url.isRequired)
  },
  {
    name: 'NotificationUrlWithoutTrigger',
    level: 'warning',
    advice: 'An operation with the address of notifications has x-ms-trigger.',
    find: document =>
      operations(found => found.operation['x-ms-trigger'] === undefined && notificationUrls(document, found).length > 0)(document)
  },
  {
    name: 'NotificationExtensionNotAllowed',
    level: 'warning',
    advice: 'A webhook has no x-ms-notification.',
    find: document =>
      operations(found => found.operation['x-ms-notification'] !== undefined && isWebhook(document, found) && hasContent(found))(document)
  },
  {
    name: 'UnsubscribeMissing',
    level: 'warning',
    advice: 'A webhook is ended by a DELETE on a path of its own, to which the Location of the subscription points: describe it, internal.',
    find: document => {
      const canEnd = document.operations.some(found => found.method === 'delete' && found.parameters.length > 0 && !hasContent(found))
      return canEnd ? [] : operations(found => isWebhook(document, found))(document)
    }
  },
  {
    name: 'UnsubscribeNotInternal',
    level: 'warning',
    advice: 'The DELETE that ends a webhook is internal: the platform calls it, not a flow.',
    find: document => {
      const subscribed = document.operations.filter(found => isWebhook(document, found)).map(({ path }) => path)
      return operations(
        ({ method, path, operation }) =>
          method === 'delete' && !isInternal(operation) && subscribed.some(start => path.startsWith(`${start}/{`))
      )(document)
    }
  },
  {
    name: 'WebhookNotPost',
    level: 'warning',
    advice: 'A webhook is subscribed with POST, as the designer takes for granted.',
    find: document => operations(found => isWebhook(document, found) && found.method !== 'post')(document)
  },
  {
    name: 'TriggerSummaryNotWhen',
    level: 'warning',
    advice: 'The summary of a trigger begins with «When».',
    find: operations(({ operation }) => isTrigger(operation) && !isInternal(operation) && !/^(When|On)\b/i.test(asText(operation.summary)))
  },
  {
    name: 'PollingTriggerHasNoList',
    level: 'warning',
    advice: 'A polling trigger of kind batch answers a list, or an object with one list, whose items each start a run.',
    find: document => operations(found => listsOf(document, found) === 0)(document)
  },
  {
    name: 'PollingTriggerHasManyLists',
    level: 'warning',
    advice: 'A polling trigger of kind batch answers an object with one list only: of several the platform takes one.',
    find: document => operations(found => Number(listsOf(document, found)) > 1)(document)
  }
]

export function isTrigger(operation: JsonObject): boolean {
  return operation['x-ms-trigger'] !== undefined
}

/** Whether the trigger is told of events; otherwise it polls. */
export function isWebhook(document: Document, found: OperationPlace): boolean {
  const isTold = found.method !== 'get' || hasContent(found) || notificationUrls(document, found).length > 0
  return isTrigger(found.operation) && isTold
}

function hasContent({ item }: OperationPlace): boolean {
  return item['x-ms-notification-content'] !== undefined
}

interface NotificationUrl {
  schema: JsonObject
  place: Json | undefined
  isInternal: boolean
  isRequired: boolean
}

function withUrl(breaks: (url: NotificationUrl) => boolean): Rule['find'] {
  return document => operations(found => isTrigger(found.operation) && notificationUrls(document, found).some(breaks))(document)
}

function notificationUrls({ definition }: Document, { parameters }: OperationPlace): NotificationUrl[] {
  const marked = ({ 'x-ms-notification-url': mark }: JsonObject) => mark === true
  return parameters.flatMap((parameter): NotificationUrl[] => {
    const [required, hidden] = [parameter.required === true, isInternal(parameter)]
    if (marked(parameter)) return [{ schema: parameter, place: parameter.in, isInternal: hidden, isRequired: required }]
    const schema = followed(definition, parameter.schema)
    if (parameter.in !== 'body' || schema === undefined) return []
    return fieldsOf(definition, schema, required, hidden || isInternal(schema))
      .filter(field => marked(field.schema))
      .map(field => ({ ...field, place: field.isInList ? 'list' : 'body' }))
  })
}

function hasDynamicBody({ definition }: Document, { parameters }: OperationPlace): boolean {
  return parameters.some(parameter => {
    const schema = followed(definition, parameter.schema)
    return schema !== undefined && isDynamic(schema)
  })
}

/** How many lists the answer of a polling trigger of kind batch has, undefined where that cannot be told. */
function listsOf(document: Document, found: OperationPlace): number | undefined {
  if (found.operation['x-ms-trigger'] !== 'batch' || isWebhook(document, found)) return undefined
  const { 200: ok } = Object.fromEntries(found.responses)
  const schema = followed(document.definition, ok?.schema)
  if (schema === undefined || isDynamic(schema)) return undefined
  if (schema.type === 'array') return 1
  if (!isObject(schema.properties)) return undefined
  return Object.values(schema.properties).filter(property => followed(document.definition, property)?.type === 'array').length
}
