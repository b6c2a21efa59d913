import type { FlowAction, FlowTrigger } from '../../../flow/flow-definition.ts'
import { listAt, property } from '../../../flow/json.ts'

/** Whether a trigger's or action's inputs or outputs are kept out of the history. Expressions see them all the same. */
export const isSecured = ({ runtimeConfiguration }: FlowAction | FlowTrigger, part: 'inputs' | 'outputs'): boolean =>
  listAt(property(runtimeConfiguration, 'secureData'), 'properties').includes(part)
