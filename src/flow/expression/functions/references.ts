import { isObject, type Json, objectOf, property } from '../../json.ts'
import type { ActionRecord } from '../scope.ts'
import { argument, text } from './arguments.ts'
import { type FunctionTable, lenient, strict } from './language-function.ts'

const bodyOf = (outputs: Json | undefined): Json => property(outputs, 'body') ?? null

const fields = ['name', 'status', 'code', 'inputs', 'outputs', 'error', 'startTime', 'endTime'] as const

function asJson(record: ActionRecord | undefined): Json {
  if (!record) return null
  return objectOf(
    fields.flatMap(name => {
      const value = record[name]
      return value === undefined ? [] : [[name, value] as const]
    })
  )
}

/** What comes from the run: its trigger, actions, variables, loops. What has not run or was skipped is null. */
export const references: FunctionTable = {
  triggerOutputs: lenient(0, 0, ({ scope }) => scope.trigger.outputs),
  triggerBody: lenient(0, 0, ({ scope }) => bodyOf(scope.trigger.outputs)),
  trigger: lenient(0, 0, ({ scope: { trigger } }) => ({
    name: trigger.name,
    ...(trigger.inputs !== undefined && { inputs: trigger.inputs }),
    outputs: trigger.outputs
  })),
  outputs: strict(1, 1, call => call.scope.action(text(call, 0))?.outputs ?? null),
  actionOutputs: strict(1, 1, call => call.scope.action(text(call, 0))?.outputs ?? null),
  body: strict(1, 1, call => bodyOf(call.scope.action(text(call, 0))?.outputs)),
  actionBody: strict(1, 1, call => bodyOf(call.scope.action(text(call, 0))?.outputs)),
  actions: strict(1, 2, call => {
    const record = asJson(call.scope.action(text(call, 0)))
    return call.args.length === 1 || !isObject(record) ? record : (property(record, text(call, 1)) ?? null)
  }),
  result: strict(1, 1, call => call.scope.result(text(call, 0))),
  variables: strict(1, 1, call => call.scope.variable(text(call, 0))),
  parameters: strict(1, 1, call => call.scope.parameter(text(call, 0))),
  item: lenient(0, 0, ({ scope }) => scope.item()),
  items: strict(1, 1, call => call.scope.item(text(call, 0))),
  workflow: lenient(0, 0, ({ scope }) => scope.workflow),
  guid: lenient(0, 1, call => formatGuid(call.scope.newGuid(), argument(call, 0)))
}

function formatGuid(guid: string, format: Json): string {
  if (format === 'N') return guid.replaceAll('-', '')
  if (format === 'B') return `{${guid}}`
  return format === 'P' ? `(${guid})` : guid
}
