import type { PlacedAction } from '../flow-definition.ts'
import { isObject, type Json, objectAt, property, textAt } from '../json.ts'
import { headerOf } from './flow-view.ts'

/** Actions that call other systems. */
const calling = /^(http|httpwebhook|openapiconnection|openapiconnectionwebhook|apiconnection|apiconnectionwebhook|function|workflow)$/i

export function callsOut({ action }: PlacedAction): boolean {
  return calling.test(action.type)
}

export function isHttp({ action }: PlacedAction): boolean {
  return /^http(webhook)?$/i.test(action.type)
}

/** The operation of a connector's action, as the action or its metadata names it. */
export function operationOf({ action }: PlacedAction): string | undefined {
  return (
    textAt(property(action.inputs, 'host'), 'operationId') ?? textAt(property(action.metadata, 'flowSystemMetadata'), 'swaggerOperationId')
  )
}

/** Whether an action changes something in another system, and would do so a second time. */
export function writes(placed: PlacedAction): boolean {
  if (!callsOut(placed)) return false
  const method = textAt(placed.action.inputs, 'method')
  const operation = operationOf(placed)
  if (operation !== undefined) return /^(create|update|patch|put|delete)/i.test(operation)
  const isQuestion = asksForToken(placed) || headerOf(placed.action.inputs, 'x-ms-signature') !== undefined
  return method !== undefined && /^(put|patch|delete|post)$/i.test(method) && !isQuestion
}

/** The text of a body, whatever its form. */
export function bodyText({ action }: PlacedAction): string {
  const body = property(action.inputs, 'body') ?? null
  return typeof body === 'string' ? body : body === null ? '' : JSON.stringify(body)
}

/** Whether the action asks an authorisation server for a token. */
export function asksForToken(placed: PlacedAction): boolean {
  return isHttp(placed) && /grant_type/i.test(bodyText(placed))
}

/** The header with a bearer token, or the key of an API; undefined when there is none, or its value is empty. */
export function credentialHeader({ action }: PlacedAction): { name: string; value: string } | undefined {
  for (const name of ['Authorization', 'X-API-Key', 'api-key', 'Ocp-Apim-Subscription-Key', 'x-functions-key']) {
    const value = headerOf(action.inputs, name)
    if (typeof value === 'string' && value !== '') return { name, value }
  }
  return undefined
}

/** What a connector's action or an Http action is given, by the last part of its name: `body/content` is `content`. */
export function givenValues({ action }: PlacedAction): Record<string, Json> {
  const body = property(action.inputs, 'body')
  const parameters = Object.entries(objectAt(action.inputs, 'parameters')).flatMap(([name, value]): [string, Json][] =>
    name === 'body' && isObject(value) ? Object.entries(value) : [[name.split('/').at(-1) ?? name, value]]
  )
  return Object.fromEntries([...parameters, ...(isObject(body) ? Object.entries(body) : [])])
}

/** Whether an action's inputs or outputs are kept out of the run history. */
export function isSecured({ action }: Pick<PlacedAction, 'action'>, which: 'inputs' | 'outputs'): boolean {
  const properties = property(property(action.runtimeConfiguration ?? null, 'secureData'), 'properties')
  return Array.isArray(properties) && properties.includes(which)
}
