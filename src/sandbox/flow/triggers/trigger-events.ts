import { holds } from '../../../flow/expression/condition.ts'
import { evaluate } from '../../../flow/expression/evaluate.ts'
import { ExpressionError } from '../../../flow/expression/expression-error.ts'
import type { Scope } from '../../../flow/expression/scope.ts'
import { typeName } from '../../../flow/expression/values.ts'
import type { FlowTrigger } from '../../../flow/flow-definition.ts'
import { isObject, type Json } from '../../../flow/json.ts'

/** One run that a trigger starts, or does not start. */
export type TriggerEvent = { outputs: Json } | { outputs: Json; skipped: string } | { outputs: Json; failed: string }

/**
 * What a trigger makes of what it got: with `splitOn` an event for each item of a list, and of each whether all conditions hold.
 * Source: learn.microsoft.com/azure/logic-apps/logic-apps-workflow-actions-triggers, «splitOn» and «Trigger conditions»
 */
export function triggerEvents(trigger: FlowTrigger, outputs: Json, scopeFor: (outputs: Json) => Scope): TriggerEvent[] {
  const { splitOn, conditions = [] } = trigger
  let all: Json[] = [outputs]
  if (splitOn !== undefined) {
    const items = attempt(() => evaluate(splitOn, scopeFor(outputs)))
    if ('failed' in items) return [{ outputs, failed: items.failed }]
    if (!Array.isArray(items.value))
      return [{ outputs, failed: `The value of 'splitOn' must be an array; it is of type '${typeName(items.value)}'.` }]
    all = items.value.map(body => ({ ...(isObject(outputs) ? outputs : {}), body }))
  }
  return all.map(one => {
    for (const [index, { expression }] of conditions.entries()) {
      const held = attempt(() => holds(expression, scopeFor(one)))
      if ('failed' in held) return { outputs: one, failed: held.failed }
      if (!held.value) return { outputs: one, skipped: `The trigger's condition ${index + 1} does not hold.` }
    }
    return { outputs: one }
  })
}

function attempt<T>(act: () => T): { value: T } | { failed: string } {
  try {
    return { value: act() }
  } catch (error) {
    if (error instanceof ExpressionError) return { failed: error.message }
    throw error
  }
}
