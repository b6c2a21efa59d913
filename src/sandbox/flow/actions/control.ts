import { holds } from '../../../flow/expression/condition.ts'
import type { ActionRecord } from '../../../flow/expression/scope.ts'
import { isEqual, typeName } from '../../../flow/expression/values.ts'
import type { FlowActions } from '../../../flow/flow-definition.ts'
import { type Json, property, textAt } from '../../../flow/json.ts'
import { ActionFailure } from '../run/action-failure.ts'
import { durationMs } from '../run/duration.ts'
import { placeScope } from '../run/place-scope.ts'
import { runActions } from '../run/run-actions.ts'
import { inside, round } from '../run/run-context.ts'
import { skipAction } from '../run/skip-action.ts'
import type { ActionKind, Step } from './action-kind.ts'

export const scope: ActionKind = async step => {
  await branch(step, step.action.actions)
  return {}
}

export const ifAction: ActionKind = async step => {
  const { action, context, place } = step
  const isTrue = holds(action.expression ?? null, placeScope(context, place))
  step.show({ expressionResult: isTrue })
  await (isTrue ? branch(step, action.actions, [action.else?.actions]) : branch(step, action.else?.actions, [action.actions]))
  return {}
}

export const switchAction: ActionKind = async step => {
  const { action } = step
  const value = step.evaluate(action.expression ?? null)
  step.show({ expressionResult: value })
  const cases = Object.values(action.cases ?? {})
  const found = cases.find(candidate => isEqual(step.evaluate(candidate.case ?? null), value))
  const taken = found ?? action.default
  const left = [...cases, action.default].filter(other => other !== taken).map(other => other?.actions)
  await branch(step, taken?.actions, left)
  return {}
}

/** One round for each item: one after the other unless the flow says how many at once. */
export const foreach: ActionKind = async step => {
  const { action, name, place, context } = step
  const items = step.evaluate(action.foreach ?? null)
  if (!Array.isArray(items)) {
    const message = `The execution of template action '${name}' failed: the result of the evaluation of 'foreach' expression is of type '${typeName(items)}'. The result must be a valid array.`
    throw new ActionFailure('ExpressionEvaluationFailed', message)
  }
  const rounds: { succeeded: boolean; records: ActionRecord[] }[] = []
  let next = 0
  const work = async (): Promise<void> => {
    while (next < items.length && !context.end) {
      const index = next++
      rounds[index] = await runActions(action.actions ?? {}, round(place, name, index, items[index] ?? null), context)
    }
  }
  await Promise.all(Array.from({ length: repetitions(step) }, work))
  place.results.set(
    name,
    rounds.flatMap(({ records }) => records)
  )
  if (rounds.some(({ succeeded }) => !succeeded)) throw innerFailure()
  return {}
}

/** Rounds until the expression holds, or the limit of rounds or time is reached, which is no failure. */
export const until: ActionKind = async step => {
  const { action, name, place, context } = step
  const count = Number(property(action.limit, 'count') ?? 60)
  const deadline = context.outside.now().getTime() + durationMs(textAt(action.limit, 'timeout') ?? 'PT1H')
  for (let index = 0; index < count && !context.end; index++) {
    // What ran in the round is seen by the expression, and after the loop.
    const { succeeded, records } = await runActions(action.actions ?? {}, { ...place, path: `${place.path}${name}[${index}]/` }, context)
    place.results.set(name, records)
    if (!succeeded) throw innerFailure()
    if (holds(action.expression ?? null, placeScope(context, place))) return {}
    if (context.outside.now().getTime() > deadline) break
  }
  return {}
}

/** Runs the branch that is taken, and skips those that are not. */
async function branch({ name, place, context }: Step, taken: FlowActions = {}, left: (FlowActions | undefined)[] = []): Promise<void> {
  const why = 'The execution of template action skipped: the branching condition for this action is not satisfied.'
  const { succeeded, records } = await runActions(taken, inside(place, name), context)
  const skipped = left.flatMap(actions =>
    Object.entries(actions ?? {}).map(([inner, action]) => skipAction(inner, action, inside(place, name), context, why))
  )
  place.results.set(name, [...records, ...skipped])
  if (!succeeded) throw innerFailure()
}

function repetitions({ action, context }: Step): number {
  if ((action.operationOptions ?? '').includes('Sequential')) return 1
  const wanted: Json | undefined = property(property(action.runtimeConfiguration, 'concurrency'), 'repetitions')
  return typeof wanted === 'number' && !context.end ? wanted : 1
}

const innerFailure = (): ActionFailure => new ActionFailure('ActionFailed', 'An action failed. No dependent actions succeeded.')
