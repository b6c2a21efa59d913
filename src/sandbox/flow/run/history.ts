import type { Json } from '../../../flow/json.ts'
import type { Retry } from './send-with-retries.ts'

export type ActionStatus = 'Running' | 'Succeeded' | 'Failed' | 'Skipped' | 'TimedOut' | 'Cancelled'
export type RunStatus = 'Running' | 'Succeeded' | 'Failed' | 'Cancelled' | 'Skipped'

export interface ShownError {
  code: string
  message: string
}

/** One action of a run, as the run's history shows it. Secured inputs and outputs are not in it. */
export interface ShownAction {
  name: string
  type: string
  /** The scopes around it, and itself: `Try/UpsertLead`, in loops with the number of the round: `Each[0]/Add`. */
  path: string
  status: ActionStatus
  /** `OK`, `NotFound`, `ActionFailed`. */
  code: string
  startTime: string
  durationMs: number
  inputs?: Json
  outputs?: Json
  error?: ShownError
  retries: Retry[]
}

export interface ShownTrigger {
  name: string
  type: string
  outputs: Json
}

export interface FlowRun {
  runId: string
  flow: string
  trigger: ShownTrigger
  status: RunStatus
  /** Why there was no run: the trigger's condition that did not hold, or what was wrong with the payload. */
  skipped?: string
  /** How the run ended when it was not its last actions that said so. */
  error?: ShownError
  /** In the order in which they began; when the run has ended, with what is in a scope right behind it. */
  actions: ShownAction[]
  /** What the run costs of the daily requests: see `billableActions`. */
  billableActions: number
}

export const secured = '«secured»'

/**
 * Every action that was executed, whether it succeeded or not, scopes, conditions and loops as well, and each of them in every round of a
 * loop; and every retry. Skipped ones cost nothing, nor does the trigger.
 * Source: learn.microsoft.com/power-platform/admin/api-request-limits-allocations, «What counts as a Power Platform request»
 */
export const billableActions = (actions: readonly ShownAction[]): number =>
  actions.filter(({ status }) => status !== 'Skipped').reduce((sum, { retries }) => sum + 1 + retries.length, 0)

/** The actions with what is in a scope right behind it, whatever ran side by side. */
export function inTreeOrder(actions: readonly ShownAction[]): ShownAction[] {
  const children = new Map<string, ShownAction[]>()
  for (const action of actions) {
    // `Try/Each[0]/Add` stands in `Try/Each`.
    const parent = action.path.slice(0, Math.max(0, action.path.length - action.name.length - 1)).replace(/\[\d+\]$/, '')
    children.set(parent, [...(children.get(parent) ?? []), action])
  }
  const walk = (parent: string): ShownAction[] => (children.get(parent) ?? []).flatMap(action => [action, ...walk(action.path)])
  return walk('')
}
