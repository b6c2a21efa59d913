import { ExpressionError } from '../../../flow/expression/expression-error.ts'
import type { ActionRecord, Scope } from '../../../flow/expression/scope.ts'
import type { Json, JsonObject } from '../../../flow/json.ts'
import type { Place, RunContext } from './run-context.ts'

/** What expressions are evaluated in at one place of a run; `item` is the one of a data operation, which is nearer than any loop's. */
export function placeScope(context: RunContext, place: Place, item?: { value: Json }): Scope {
  const { outside, variables, parameters, trigger, workflow } = context
  return {
    action(name) {
      const record = nearest(place, ({ records }) => records.get(name))
      return record?.status === 'Skipped' ? undefined : record
    },
    trigger,
    variable: variables.get,
    parameter(name) {
      const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined
      if (value === undefined) throw new ExpressionError(`The workflow parameter '${name}' is not found.`)
      return value
    },
    item(loopName) {
      if (loopName === undefined && item) return item.value
      const loop = nearest(place, ({ loop }) => (loop && (loopName === undefined || loop.name === loopName) ? loop : undefined))
      if (!loop) throw new ExpressionError(`The template function 'items' is not valid here: there is no loop ${loopName ?? ''} around it.`)
      return loop.item
    },
    result(scopeName) {
      const records = nearest(place, ({ results }) => results.get(scopeName))
      if (!records) throw new ExpressionError(`The template function 'result' found no scope '${scopeName}' that has run.`)
      return records.map(recordJson)
    },
    workflow,
    now: outside.now,
    newGuid: outside.newGuid
  }
}

/** A record as `result()` and `actions()` show it. */
function recordJson({ name, status, code, inputs, outputs, error, startTime, endTime }: ActionRecord): JsonObject {
  return {
    name,
    ...(inputs !== undefined && { inputs }),
    ...(outputs !== undefined && { outputs }),
    startTime,
    endTime,
    ...(code !== undefined && { code }),
    status,
    ...(error !== undefined && { error })
  }
}

function nearest<T>(place: Place, find: (place: Place) => T | undefined): T | undefined {
  for (let at: Place | undefined = place; at; at = at.outer) {
    const found = find(at)
    if (found !== undefined) return found
  }
  return undefined
}
