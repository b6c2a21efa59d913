import { textOf, typeName } from '../../../flow/expression/values.ts'
import { type Json, listAt, property, textAt } from '../../../flow/json.ts'
import { ActionFailure } from '../run/action-failure.ts'
import type { ActionKind, Step } from './action-kind.ts'

export const initializeVariable: ActionKind = async ({ action, context: { variables }, evaluate, show }) => {
  const declared = listAt(action.inputs, 'variables').map(variable => ({
    name: textAt(variable, 'name') ?? '',
    type: textAt(variable, 'type') ?? '',
    value: property(variable, 'value')
  }))
  const evaluated = declared.map(({ value, ...rest }) => ({ ...rest, ...(value !== undefined && { value: evaluate(value) }) }))
  show({ variables: evaluated })
  for (const variable of evaluated) variables.declare(variable.name, variable.type, 'value' in variable ? variable.value : undefined)
  return {}
}

export const setVariable: ActionKind = async step => change(step, (_before, value) => value)

export const increment: ActionKind = async step => change(step, (before, value) => number(before) + number(value ?? 1), 1)

export const decrement: ActionKind = async step => change(step, (before, value) => number(before) - number(value ?? 1), 1)

export const appendToArray: ActionKind = async step =>
  change(step, (before, value) => {
    if (before !== null && !Array.isArray(before)) throw wrongType(step.name, before, 'Array')
    return [...(before ?? []), value]
  })

export const appendToString: ActionKind = async step =>
  change(step, (before, value) => {
    if (before !== null && typeof before !== 'string') throw wrongType(step.name, before, 'String')
    return `${before ?? ''}${textOf(value)}`
  })

function change(
  { action, context: { variables }, evaluate, show }: Step,
  become: (before: Json, value: Json) => Json,
  otherwise: Json = null
) {
  const name = textAt(action.inputs, 'name') ?? ''
  const value = evaluate(property(action.inputs, 'value') ?? otherwise)
  show({ name, value })
  const after = become(variables.get(name), value)
  variables.set(name, after)
  return { outputs: { body: { name, type: variables.typeOf(name), value: variables.get(name) } } }
}

function number(value: Json): number {
  if (typeof value === 'number') return value
  throw new ActionFailure('BadRequest', `A number is needed, and the value is of type '${typeName(value)}'.`)
}

const wrongType = (name: string, value: Json, wanted: string): ActionFailure =>
  new ActionFailure(
    'BadRequest',
    `The action '${name}' appends to a variable of type '${typeName(value)}', which must be of type '${wanted}'.`
  )
