import type { FlowActions } from '../../../flow/flow-definition.ts'

/**
 * Whether a run, a branch or a scope succeeded: its last actions say so, those that nothing runs after; of one that was skipped the ones
 * before it. A failure that something was made of, by a branch that runs after Failed, is none any more.
 * Source: learn.microsoft.com/azure/logic-apps/error-exception-handling, «Evaluate the outcome of a run»
 */
export function hasSucceeded(actions: FlowActions, statusOf: (name: string) => string): boolean {
  const followed = new Set(Object.values(actions).flatMap(action => Object.keys(action.runAfter ?? {})))
  const seen = new Set<string>()
  const isGood = (name: string): boolean => {
    if (seen.has(name)) return true
    seen.add(name)
    const status = statusOf(name)
    if (status !== 'Skipped') return status === 'Succeeded'
    const before = Object.keys(actions[name]?.runAfter ?? {})
    return before.every(isGood)
  }
  return Object.keys(actions)
    .filter(name => !followed.has(name))
    .every(isGood)
}
