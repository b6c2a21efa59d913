import { serviceConnection } from './connections.ts'
import { connectorStep, type Step } from './steps.ts'

/**
 * The service makes the lead of a referral, and its id goes to the referral.
 * @param referralId the expression of the referral's id
 */
export function leadSteps(referralId: string): Step[] {
  const connection = serviceConnection
  return [
    connectorStep(
      'Upsert_the_lead',
      'With no field filled in, the service maps the referral. Fill in the fields that you want to decide yourself.',
      { connection, operationId: 'UpsertLead', parameters: { referralId: `@${referralId}` } }
    ),
    linkStep(referralId, "outputs('Upsert_the_lead')?['body/leadId']")
  ]
}

/** Writes the id of a lead to its referral; both as expressions. */
export function linkStep(referralId: string, leadId: string): Step {
  return connectorStep(
    'Write_the_id_of_the_lead_to_the_referral',
    'Written only when it differs, so that our own change is not an event again.',
    {
      connection: serviceConnection,
      operationId: 'UpdateReferral',
      parameters: { referralId: `@${referralId}`, 'body/externalReferenceId': `@${leadId}` }
    }
  )
}
