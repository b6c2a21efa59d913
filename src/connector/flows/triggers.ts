import type { Json, JsonObject } from '../json.ts'
import { dataverseConnection, serviceConnection } from './connections.ts'
import { operation, secured } from './steps.ts'

/** One run at a time: two events about one referral never race. A hundred more wait, as many as the platform lets wait. */
const oneAtATime: JsonObject = { concurrency: { runs: 1, maximumWaitingRuns: 100 }, ...secured }

/**
 * Partner Center sends a refused callback again, ten times at unknown distances (learn.microsoft.com/partner-center/developer/partner-center-webhooks).
 * So many may be taken at once; what concerns one referral waits for its turn in the service.
 */
const severalAtATime: JsonObject = { concurrency: { runs: 25, maximumWaitingRuns: 100 }, ...secured }

/** An expression that has to hold for a run to begin; a run that does not begin costs nothing. */
const conditions = (expressions: readonly string[]): Json => expressions.map(expression => ({ expression: `@${expression}` }))

/** The service tells the flow of a referral: it has proven where the callback came from and read the referral. */
export function whenReferralChanges(expressions: readonly string[]): JsonObject {
  return {
    When_a_referral_changes: {
      type: 'OpenApiConnectionWebhook',
      description: 'Subscribes to the service while the flow is on. What the service sends was verified by it.',
      inputs: operation(serviceConnection, 'WhenReferralChanges', { 'body/events': ['referral-created', 'referral-updated'] }),
      conditions: conditions(expressions),
      runtimeConfiguration: oneAtATime
    }
  }
}

/** Partner Center calls the flow itself; nothing of it is believed before it has been validated. */
export function whenCallbackArrives(): JsonObject {
  return {
    When_a_callback_arrives: {
      type: 'Request',
      kind: 'Http',
      description: 'Register the address of this trigger with Partner Center, with signatureTokenToMsSignatureHeader set to true.',
      inputs: {
        method: 'POST',
        // Nothing is required here: what is missing is for the validation to say.
        schema: {
          type: 'object',
          properties: { EventName: {}, ResourceUri: {}, ResourceName: {}, AuditUri: {}, ResourceChangeUtcDate: {} }
        },
        // New flows let in only users of the tenant, and Partner Center is none.
        triggerAuthenticationType: 'All'
      },
      runtimeConfiguration: severalAtATime
    }
  }
}

/** Somebody has changed a lead that belongs to a referral. */
export function whenLeadChanges(referralColumn: string, expressions: readonly string[]): JsonObject {
  return {
    When_a_lead_changes: {
      type: 'OpenApiConnectionWebhook',
      description: 'A lead that belongs to a referral was changed, in one of the columns that concern the referral.',
      inputs: operation(dataverseConnection, 'SubscribeWebhookTrigger', {
        // Modified; in the whole organization; run as the owner of the flow.
        'subscriptionRequest/message': 3,
        'subscriptionRequest/entityname': 'lead',
        'subscriptionRequest/scope': 4,
        'subscriptionRequest/filteringattributes': 'estimatedamount,transactioncurrencyid,estimatedclosedate,statecode',
        'subscriptionRequest/filterexpression': `${referralColumn} ne null`,
        'subscriptionRequest/runas': 3
      }),
      conditions: conditions(expressions),
      runtimeConfiguration: oneAtATime
    }
  }
}
