import type { ActionRecord } from '../../../flow/expression/scope.ts'
import { branchesOf, type FlowAction } from '../../../flow/flow-definition.ts'
import { inside, type Place, type RunContext } from './run-context.ts'

/** An action that is not executed, nor is anything in it. */
export function skipAction(name: string, action: FlowAction, place: Place, context: RunContext, why: string): ActionRecord {
  const at = context.outside.now().toISOString()
  const error = { code: 'ActionConditionFailed', message: why }
  const record: ActionRecord = { name, status: 'Skipped', code: 'ActionSkipped', error, startTime: at, endTime: at }
  place.records.set(name, record)
  context.shown.push({
    name,
    type: action.type,
    path: `${place.path}${name}`,
    status: 'Skipped',
    code: 'ActionSkipped',
    startTime: at,
    durationMs: 0,
    error,
    retries: []
  })
  const branches = branchesOf(action, '')
  const inner = branches.flatMap(({ actions }) =>
    Object.entries(actions).map(([innerName, nested]) =>
      skipAction(innerName, nested, inside(place, name), context, `The action '${name}' around it was skipped.`)
    )
  )
  if (branches.length > 0) place.results.set(name, inner)
  return record
}
