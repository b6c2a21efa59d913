import { catchFailure } from './catch-failure.ts'
import { serviceConnection } from './connections.ts'
import type { Flow, FlowOptions } from './flow.ts'
import { leadSteps } from './lead-steps.ts'
import { aboutReferral, largeEnough } from './referral-conditions.ts'
import { inOrder, scope } from './steps.ts'
import { whenReferralChanges } from './triggers.ts'

/** The main flow: the service maps the referral and keeps the lead, the flow says when. Three actions a run. */
export function referralToLead({ variables }: FlowOptions): Flow {
  return {
    name: 'referral-to-lead',
    displayName: 'Partner Center referral → lead',
    description: 'Creates or updates the lead of a referral in the CRM, and writes the id of the lead to the referral.',
    connections: [serviceConnection],
    triggers: whenReferralChanges([aboutReferral, ...largeEnough(variables)]),
    actions: {
      ...inOrder([scope('Try', 'The work itself.', leadSteps("triggerBody()?['referralId']"))]),
      ...catchFailure()
    }
  }
}
