import type { FlowAction } from '../../../flow/flow-definition.ts'
import type { Json } from '../../../flow/json.ts'
import type { Place, RunContext } from '../run/run-context.ts'
import type { Retry } from '../run/send-with-retries.ts'

/** One execution of an action. */
export interface Step {
  name: string
  action: FlowAction
  place: Place
  context: RunContext
  signal: AbortSignal
  /** Filled with what was tried in vain. */
  retries: Retry[]
  /** The value with its expressions evaluated. @throws ExpressionError */
  evaluate(value: Json): Json
  /** Tells the inputs, as soon as they are known, so that they stand in the history of an action that fails, too. */
  show(inputs: Json): void
}

/** What a type of actions does. @throws ActionFailure and ExpressionError */
export type ActionKind = (step: Step) => Promise<{ outputs?: Json; code?: string }>
