import { validatedEvent } from './callback-event.ts'
import { catchFailure } from './catch-failure.ts'
import { serviceConnection } from './connections.ts'
import type { Flow } from './flow.ts'
import { leadSteps } from './lead-steps.ts'
import { connectorStep, inOrder, scope } from './steps.ts'
import { whenCallbackArrives } from './triggers.ts'

/** Without a subscription: Partner Center calls the flow, and the service proves the callback. Five actions a run. */
export function callbackToLead(): Flow {
  const connection = serviceConnection
  const { referralId, endUnlessReferral } = validatedEvent("outputs('Validate_the_callback')?['body']")
  return {
    name: 'callback-to-lead',
    displayName: 'Partner Center callback → lead',
    description: 'Takes callbacks of Partner Center itself, proves that they are genuine, and creates or updates the lead of the referral.',
    connections: [connection],
    triggers: whenCallbackArrives(),
    actions: {
      ...inOrder([
        scope('Try', 'The work itself.', [
          connectorStep('Validate_the_callback', 'Fails when the callback is not from Partner Center; nothing after it runs then.', {
            connection,
            operationId: 'ValidateCallback',
            parameters: {
              'body/content': '@string(triggerBody())',
              'body/signature': "@triggerOutputs()?['headers']?['x-ms-signature']",
              'body/certificateUrl': "@triggerOutputs()?['headers']?['x-ms-certificate-url']",
              'body/signatureAlgorithm': "@triggerOutputs()?['headers']?['x-ms-signature-algorithm']"
            }
          }),
          endUnlessReferral,
          ...leadSteps(referralId)
        ])
      ]),
      ...catchFailure()
    }
  }
}
