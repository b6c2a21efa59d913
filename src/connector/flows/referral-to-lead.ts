import { catchFailure } from './catch-failure.ts'
import { serviceConnection } from './connections.ts'
import type { Flow, FlowOptions } from './flow.ts'
import { aboutReferral, largeEnough } from './referral-conditions.ts'
import { connectorStep, inOrder, scope } from './steps.ts'
import { whenReferralChanges } from './triggers.ts'

/** The main flow: the service maps the referral and keeps the lead, the flow says when. Three actions a run. */
export function referralToLead({ variables }: FlowOptions): Flow {
  const connection = serviceConnection
  return {
    name: 'referral-to-lead',
    displayName: 'Partner Center referral → lead',
    description: 'Creates or updates the lead of a referral in the CRM, and writes the id of the lead to the referral.',
    connections: [connection],
    triggers: whenReferralChanges([aboutReferral, ...largeEnough(variables)]),
    actions: {
      ...inOrder([
        scope('Try', 'The work itself.', [
          connectorStep(
            'Upsert_the_lead',
            'With no field filled in, the service maps the referral. Fill in the fields that you want to decide yourself.',
            { connection, operationId: 'UpsertLead', parameters: { referralId: "@triggerBody()?['referralId']" } }
          ),
          connectorStep(
            'Write_the_id_of_the_lead_to_the_referral',
            'Written only when it differs, so that our own change is not an event again.',
            {
              connection,
              operationId: 'UpdateReferral',
              parameters: {
                referralId: "@triggerBody()?['referralId']",
                'body/externalReferenceId': "@outputs('Upsert_the_lead')?['body/leadId']"
              }
            }
          )
        ])
      ]),
      ...catchFailure()
    }
  }
}
