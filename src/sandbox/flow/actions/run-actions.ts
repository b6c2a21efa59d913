import { textOf } from '../../../flow/expression/values.ts'
import { isObject, type Json, objectAt, property, textAt } from '../../../flow/json.ts'
import { ActionFailure } from '../run/action-failure.ts'
import type { ActionKind } from './action-kind.ts'

/** Ends the run: whatever is under way is cancelled, and nothing else begins. */
export const terminate: ActionKind = async ({ action, context, evaluate, show }) => {
  const inputs = evaluate(action.inputs ?? null)
  show(inputs)
  const status = (['Succeeded', 'Failed', 'Cancelled'] as const).find(known => known === textAt(inputs, 'runStatus'))
  if (!status) throw new ActionFailure('InvalidTemplate', "The 'runStatus' of the action is Succeeded, Failed or Cancelled.")
  const { code, message } = objectAt(inputs, 'runError')
  const error = { code: textOf(code ?? null) || 'Terminated', message: textOf(message ?? null) }
  context.end = { status, ...(status === 'Failed' && { error }) }
  context.ending.abort()
  return {}
}

/** Answers the caller of the Request trigger. */
export const response: ActionKind = async ({ action, context, evaluate, show }) => {
  const inputs = evaluate(action.inputs ?? null)
  show(inputs)
  const statusCode = Number(property(inputs, 'statusCode') ?? 200)
  if (!Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599)
    throw new ActionFailure('InvalidTemplate', `'${statusCode}' is no status that a Response can have.`)
  const headers = Object.fromEntries(
    Object.entries(objectAt(inputs, 'headers')).map(([name, value]) => [name.toLowerCase(), textOf(value)])
  )
  context.respond({ statusCode, headers, body: property(inputs, 'body') ?? null })
  return { outputs: inputs }
}

const unitMs: Record<string, number> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  month: 2_592_000_000
}

/** Delay and Delay until. */
export const delayAction: ActionKind = async ({ action, context: { outside }, signal, evaluate, show }) => {
  const inputs = evaluate(action.inputs ?? null)
  show(inputs)
  await outside.pause(Math.max(0, delayMs(inputs, outside.now())), signal)
  signal.throwIfAborted()
  return {}
}

function delayMs(inputs: Json, now: Date): number {
  const interval = property(inputs, 'interval')
  if (isObject(interval)) {
    const unit = unitMs[textOf(interval.unit ?? null).toLowerCase()]
    const count = Number(interval.count)
    if (unit !== undefined && Number.isFinite(count)) return unit * count
  }
  const at = Date.parse(textAt(property(inputs, 'until'), 'timestamp') ?? '')
  if (!Number.isNaN(at)) return at - now.getTime()
  throw new ActionFailure('InvalidTemplate', 'A delay has an interval with a count and a unit, or a time to wait until.')
}
