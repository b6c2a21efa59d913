import type { ActionRecord } from '../../../flow/expression/scope.ts'
import type { FlowAction, FlowActions } from '../../../flow/flow-definition.ts'
import { hasSucceeded } from './container-status.ts'
import { runAction } from './run-action.ts'
import type { Place, RunContext } from './run-context.ts'
import { skipAction } from './skip-action.ts'

/**
 * Runs the actions of one scope: each as soon as all that it runs after have ended, and is skipped unless each of them ended as it wants.
 * Branches run side by side.
 */
export async function runActions(
  actions: FlowActions,
  place: Place,
  context: RunContext
): Promise<{ succeeded: boolean; records: ActionRecord[] }> {
  const ended = new Map<string, Promise<ActionRecord>>()
  const end = (name: string): Promise<ActionRecord> => {
    const known = ended.get(name) ?? one(name)
    ended.set(name, known)
    return known
  }

  async function one(name: string): Promise<ActionRecord> {
    const action = actions[name] ?? { type: '' }
    const awaited = Object.keys(action.runAfter ?? {})
    const before = await Promise.all(awaited.map(end))
    const refused = before.find(({ name: other, status }) => !wanted(action, other).includes(status.toLowerCase()))
    if (context.end) return skipAction(name, action, place, context, 'The run was ended before.')
    if (refused) {
      const expected = wanted(action, refused.name).join(', ')
      const why = `The execution of template action '${name}' skipped: the 'runAfter' condition for action '${refused.name}' is not satisfied. Expected status values '${expected}' and actual value '${refused.status}'.`
      return skipAction(name, action, place, context, why)
    }
    return runAction(name, action, place, context)
  }

  const records = await Promise.all(Object.keys(actions).map(end))
  const statuses = new Map(records.map(({ name, status }) => [name, status]))
  return { succeeded: hasSucceeded(actions, name => statuses.get(name) ?? ''), records }
}

const wanted = (action: FlowAction, name: string): string[] => (action.runAfter?.[name] ?? []).map(status => status.toLowerCase())
