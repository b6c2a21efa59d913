import { ActionFailure } from '../run/action-failure.ts'
import type { ActionKind } from './action-kind.ts'
import { withoutKeys } from './without-keys.ts'

/**
 * The form that connectors were called in until 2020. Its inputs are evaluated, as the platform would, and then it fails: the connectors
 * that are called so are not part of the sandbox.
 */
export const apiConnection: ActionKind = async ({ action, evaluate, show }) => {
  show(evaluate(withoutKeys(action.inputs ?? {}, ['authentication'])))
  throw new ActionFailure('ConnectorNotInSandbox', 'The connector that this action calls in the old form is not part of the sandbox.')
}
