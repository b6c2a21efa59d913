import type { FlowTrigger } from '../../../flow/flow-definition.ts'
import { textAt } from '../../../flow/json.ts'

export interface TriggerKind {
  /** What starts it: a request to its URL, the service that it has subscribed at, asking for what is new, or the clock. */
  startedBy: 'caller' | 'subscription' | 'polling' | 'clock'
  /** What the sandbox cannot do of it, as the end of a sentence. */
  problem?: (trigger: FlowTrigger) => string | undefined
}

const authentications = ['All', 'Tenant', 'User']

/** The types of triggers that the sandbox starts flows by. */
export const triggerKinds: Readonly<Record<string, TriggerKind>> = {
  Request: {
    startedBy: 'caller',
    problem({ kind = 'Http', inputs }) {
      if (kind !== 'Http') return `is of the kind '${kind}', which is not part of the sandbox`
      const authentication = textAt(inputs, 'triggerAuthenticationType')
      return authentication === undefined || authentications.includes(authentication)
        ? undefined
        : `has the triggerAuthenticationType '${authentication}', which there is not`
    }
  },
  OpenApiConnectionWebhook: { startedBy: 'subscription' },
  OpenApiConnection: { startedBy: 'polling' },
  Recurrence: { startedBy: 'clock' }
}
