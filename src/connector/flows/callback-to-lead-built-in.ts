import { validatedEvent } from './callback-event.ts'
import { catchFailure } from './catch-failure.ts'
import type { Flow, FlowOptions } from './flow.ts'
import { compose, httpStep, inOrder, scope } from './steps.ts'
import { whenCallbackArrives } from './triggers.ts'

const setting = (name: string): string => `outputs('Settings')?['${name}']`
const headers = { 'Content-Type': 'application/json', 'X-API-Key': `@${setting('apiKey')}` }

/** With built-in actions only: no connector is needed, and importing asks nothing. Five actions a run. */
export function callbackToLeadBuiltIn({ serviceUrl }: FlowOptions): Flow {
  const { referralId, endUnlessReferral } = validatedEvent("body('Validate_the_callback')")
  return {
    name: 'callback-to-lead-built-in',
    displayName: 'Partner Center callback → lead (built-in actions)',
    description:
      'As «Partner Center callback → lead», with built-in actions only. Fill in the address and the key of the service in its first action.',
    connections: [],
    triggers: whenCallbackArrives(),
    actions: {
      ...inOrder([
        compose(
          'Settings',
          'Fill in here, and nowhere else: the https address of your service, and a key made with «referral-connector key create». Whoever may edit the flow can read the key; use the flow with the connector where that is not wanted.',
          { serviceUrl, apiKey: '<<API_KEY>>' }
        ),
        scope('Try', 'The work itself.', [
          httpStep('Validate_the_callback', 'Fails when the callback is not from Partner Center; nothing after it runs then.', {
            method: 'POST',
            uri: `@{${setting('serviceUrl')}}/v1/validate-callback`,
            headers,
            body: {
              content: '@{string(triggerBody())}',
              signature: "@{triggerOutputs()?['headers']?['x-ms-signature']}",
              certificateUrl: "@{triggerOutputs()?['headers']?['x-ms-certificate-url']}",
              signatureAlgorithm: "@{triggerOutputs()?['headers']?['x-ms-signature-algorithm']}"
            }
          }),
          endUnlessReferral,
          httpStep(
            'Sync_the_referral',
            'Maps the referral, upserts its lead and writes the id of the lead back. Done twice, nothing more happens.',
            {
              method: 'POST',
              uri: `@{${setting('serviceUrl')}}/v1/referrals/@{uriComponent(coalesce(${referralId}, ''))}/sync`,
              headers
            }
          )
        ])
      ]),
      ...catchFailure()
    }
  }
}
