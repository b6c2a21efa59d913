/** What the maker sees of the connector, drawn from its files, so that a picture is never older than what it shows. */
import { isObject, itemsAt, type JsonObject, listAt, objectAt } from '../../src/connector/json.ts'
import { operationsOf } from '../../src/connector/operations.ts'
import { card, field, line, note, type Row, step } from './drawing.ts'

export interface Shown {
  definition: JsonObject
  properties: JsonObject
  /** The flow «referral to lead» as its file holds it. */
  flow: JsonObject
}

/** The pictures by their path. */
export function pictures({ definition, properties, flow }: Shown): Record<string, string> {
  return {
    'docs/pictures/connection.svg': connection(properties),
    'docs/pictures/trigger.svg': action(definition, 'WhenReferralChanges'),
    'docs/pictures/upsert-lead.svg': action(definition, 'UpsertLead'),
    'docs/pictures/import-package.svg': importPackage(String(objectAt(definition, 'info').title), nameOf(flow)),
    'docs/pictures/flow.svg': steps(flow)
  }
}

function connection(properties: JsonObject): string {
  const sets = objectAt(objectAt(properties, 'properties'), 'connectionParameterSets')
  const values = listAt(sets, 'values')
  const parameters = Object.values(objectAt(values[0], 'parameters')).filter(isObject)
  const names = values.map(set => String(objectAt(set, 'uiDefinition').displayName))
  return card(
    'New connection',
    [
      field({ label: String(objectAt(sets, 'uiDefinition').displayName), value: names[0] ?? '', isList: true, isRequired: true }),
      ...parameters.map(parameter => {
        const { displayName, description } = objectAt(parameter, 'uiDefinition')
        return field({ label: String(displayName), hint: String(description), isRequired: true })
      }),
      note(`The other way to sign in: ${names.slice(1).join(', ')}.`)
    ],
    'The dialog for a new connection asks for the authentication type, the host and the key.'
  )
}

/** The card of an action or a trigger: what has to be filled in and what is important; the rest waits behind «Show all». */
function action(definition: JsonObject, operationId: string): string {
  const found = operationsOf(definition).find(({ operation }) => operation.operationId === operationId)
  const fields = listAt(found?.operation, 'parameters').flatMap(inputs)
  const shown = fields.filter(({ isShown }) => isShown)
  const title = String(found?.operation.summary)
  return card(
    title,
    [
      ...shown.map(({ row }) => row),
      ...(shown.length < fields.length ? [note(`Advanced parameters: ${fields.length - shown.length} more. Show all.`)] : [])
    ],
    `The card «${title}» with its fields.`
  )
}

interface Input {
  row: Row
  isShown: boolean
}

function inputs(parameter: JsonObject): Input[] {
  const schema = objectAt(parameter, 'schema')
  if (parameter.in !== 'body') return [input(parameter, parameter.required === true)]
  return Object.entries(objectAt(schema, 'properties')).flatMap(([name, property]) =>
    isObject(property) && property['x-ms-visibility'] !== 'internal' ? [input(property, itemsAt(schema, 'required').includes(name))] : []
  )
}

function input(value: JsonObject, isRequired: boolean): Input {
  const items = objectAt(value, 'items')
  const isDynamic = isObject(value['x-ms-dynamic-schema'])
  const isList = [value, items].some(one => Array.isArray(one.enum) || isObject(one['x-ms-dynamic-values']))
  const hint = isDynamic ? 'One field for each column of your own, asked for when the action is added.' : String(value.description)
  return {
    row: field({ label: String(value['x-ms-summary']), hint, isRequired, isList }),
    isShown: isRequired || value['x-ms-visibility'] === 'important'
  }
}

function importPackage(title: string, flow: string): string {
  return card(
    'Import package',
    [
      line('Review Package Content', 'Import setup', true),
      line(flow, 'Create as new'),
      line('Related resources', '', true),
      line(title, 'Select during import'),
      line(`${title} connection`, 'Select during import'),
      note('Choose the custom connector that you have made, then a connection of it, then Import.')
    ],
    'The import screen lists the flow, the connector and the connection; the last two are selected during import.'
  )
}

function steps(flow: JsonObject): string {
  const definition = objectAt(objectAt(flow, 'properties'), 'definition')
  const triggers = Object.entries(objectAt(definition, 'triggers')).map(([name, trigger]) => step(inWords(name), whatIs(trigger), 0))
  return card(
    nameOf(flow),
    [...triggers, ...actionsOf(definition, 0)],
    'The flow: its trigger, the actions that are tried, and what ends the run when one fails.'
  )
}

function nameOf(flow: JsonObject): string {
  return String(objectAt(flow, 'properties').displayName)
}

function actionsOf(container: unknown, depth: number): Row[] {
  return Object.entries(objectAt(container, 'actions')).flatMap(([name, action]) => [
    step(inWords(name), whatIs(action), depth),
    ...actionsOf(action, depth + 1)
  ])
}

function whatIs(step: unknown): string {
  const description = isObject(step) ? step.description : undefined
  if (typeof description === 'string') return description.length > 84 ? `${description.slice(0, 83)}…` : description
  const { operationId } = objectAt(objectAt(step, 'inputs'), 'host')
  return String(operationId ?? (isObject(step) ? step.type : ''))
}

function inWords(name: string): string {
  return name.replaceAll('_', ' ')
}
