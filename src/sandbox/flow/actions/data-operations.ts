import { Ajv } from 'ajv'
import { holds } from '../../../flow/expression/condition.ts'
import { evaluate } from '../../../flow/expression/evaluate.ts'
import { textOf, typeName } from '../../../flow/expression/values.ts'
import { isObject, type Json, listAt, objectAt, property, textAt } from '../../../flow/json.ts'
import { ActionFailure } from '../run/action-failure.ts'
import { placeScope } from '../run/place-scope.ts'
import type { ActionKind, Step } from './action-kind.ts'

export const compose: ActionKind = async ({ action, evaluate, show }) => {
  const inputs = evaluate(action.inputs ?? null)
  show(inputs)
  return { outputs: inputs }
}

/** The content as JSON that has been held against the schema. */
export const parseJson: ActionKind = async ({ action, evaluate, show }) => {
  const content = evaluate(property(action.inputs, 'content') ?? null)
  const schema = property(action.inputs, 'schema') ?? {}
  show({ content, schema })
  const body = typeof content === 'string' ? jsonFrom(content) : content
  if (body === null)
    throw new ActionFailure(
      'InvalidTemplate',
      "The 'content' property of actions of type 'ParseJson' must be valid JSON. The provided value is null."
    )
  const errors = schemaErrors(schema, body)
  if (errors.length > 0)
    throw new ActionFailure('ValidationFailed', `The schema validation failed. ${errors.map(({ message }) => message).join(' ')}`, {
      outputs: { errors: errors.map(error => ({ ...error })) }
    })
  return { outputs: { body } }
}

/** What of a value is not as a JSON Schema has it; also for the trigger's body. */
export function schemaErrors(schema: Json, value: Json): { message: string; path: string }[] {
  if (!isObject(schema)) return []
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false, addUsedSchema: false, logger: false }).compile(schema)
  if (validate(value)) return []
  return (validate.errors ?? []).map(({ message = '', instancePath }) => ({
    message: `${instancePath === '' ? 'The value' : instancePath.slice(1)} ${message}.`,
    path: instancePath.slice(1)
  }))
}

function jsonFrom(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    throw new ActionFailure(
      'InvalidTemplate',
      "The 'content' property of actions of type 'ParseJson' must be valid JSON. The provided value cannot be parsed."
    )
  }
}

export const selectItems: ActionKind = async step => {
  const from = itemsFrom(step)
  const select = property(step.action.inputs, 'select') ?? null
  return { outputs: { body: from.map(item => evaluate(select, itemScope(step, item))) } }
}

export const queryItems: ActionKind = async step => {
  const from = itemsFrom(step)
  const where = property(step.action.inputs, 'where') ?? null
  return { outputs: { body: from.filter(item => holds(where, itemScope(step, item))) } }
}

export const joinItems: ActionKind = async step => {
  const from = itemsFrom(step)
  return { outputs: { body: from.map(textOf).join(textOf(step.evaluate(property(step.action.inputs, 'joinWith') ?? ''))) } }
}

/** A table in HTML or CSV. */
export const table: ActionKind = async step => {
  const from = itemsFrom(step)
  const columns = listAt(step.action.inputs, 'columns')
  const heads =
    columns.length > 0
      ? columns.map(column => textOf(step.evaluate(property(column, 'header') ?? '')))
      : [...new Set(from.flatMap(item => (isObject(item) ? Object.keys(item) : [])))]
  const rows = from.map(item =>
    columns.length > 0
      ? columns.map(column => textOf(evaluate(property(column, 'value') ?? null, itemScope(step, item))))
      : heads.map(head => textOf(property(item, head) ?? null))
  )
  const isHtml = (textAt(step.action.inputs, 'format') ?? '').toUpperCase() === 'HTML'
  return { outputs: { body: isHtml ? html(heads, rows) : csv([heads, ...rows]) } }
}

function itemsFrom(step: Step): Json[] {
  const from = step.evaluate(property(step.action.inputs, 'from') ?? null)
  step.show({ ...objectAt({ inputs: step.action.inputs ?? null }, 'inputs'), from })
  if (Array.isArray(from)) return from
  throw new ActionFailure(
    'BadRequest',
    `The 'from' property value in the '${step.action.type.toLowerCase()}' action inputs is of type '${typeName(from)}'. The value must be an array.`
  )
}

const itemScope = ({ context, place }: Step, value: Json) => placeScope(context, place, { value })

const csv = (rows: string[][]): string =>
  rows.map(row => `${row.map(cell => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`).join('')

function html(heads: string[], rows: string[][]): string {
  const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const line = (cells: string[], tag: string): string => `<tr>${cells.map(cell => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  return `<table><thead>${line(heads, 'th')}</thead><tbody>${rows.map(row => line(row, 'td')).join('')}</tbody></table>`
}
