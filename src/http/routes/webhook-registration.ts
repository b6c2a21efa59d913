import { setTimeout as wait } from 'node:timers/promises'
import { Type } from 'typebox'
import { RegisterWebhookRequest } from '../../schemas/webhook-registration.ts'
import { registerWebhook, registrationStatus, requireCallbackUrl } from '../../sync/register-webhook.ts'
import { sendTestEvent } from '../../sync/send-test-event.ts'
import { errorAnswers, inputFailures, partnerCenterFailures } from '../error-answers.ts'
import type { AppPorts } from '../ports.ts'
import type { App } from '../type-provider.ts'
import { withoutNulls } from '../without-nulls.ts'

const tags = ['Webhook']

export function webhookRegistrationRoutes(app: App, { registrations, marks, callbackUrl, now }: AppPorts): void {
  // Whoever waits for a test event must not hold up the end of the service.
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())

  app.get(
    '/v1/webhook-registration',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'GetWebhookRegistration',
        summary: 'Get the webhook registration',
        description: 'Tells whether Partner Center sends its events to this service. There is one registration for each tenant.',
        tags,
        'x-ms-visibility': 'advanced',
        response: {
          200: { description: 'The registration as it is now.', ...Type.Ref('WebhookRegistration') },
          ...errorAnswers('CONFIG_INVALID', ...partnerCenterFailures)
        }
      }
    },
    async ({ id }) => await registrationStatus(requireCallbackUrl(callbackUrl), { registrations, now, call: { correlationId: id } })
  )

  app.put(
    '/v1/webhook-registration',
    {
      config: { scope: 'admin', limit: { perMinute: 10 } },
      // No body at all is no wish to overwrite.
      preValidation: [
        async request => {
          request.body ??= {}
        },
        withoutNulls()
      ],
      schema: {
        operationId: 'RegisterWebhook',
        summary: 'Register the webhook',
        description:
          'Makes Partner Center send its referral events to this service. Another system that is registered is replaced only when asked for.',
        tags,
        'x-ms-visibility': 'advanced',
        body: RegisterWebhookRequest,
        response: {
          200: { description: 'The registration as it is now.', ...Type.Ref('WebhookRegistration') },
          ...errorAnswers(...inputFailures, 'WEBHOOK_TAKEN', 'WEBHOOK_REFUSED', 'CONFIG_INVALID', ...partnerCenterFailures)
        }
      }
    },
    async ({ id, body: { overwrite = false } }) => {
      const url = requireCallbackUrl(callbackUrl)
      const { status } = await registerWebhook({ url, overwrite }, { registrations, marks, now, call: { correlationId: id } })
      return status
    }
  )

  app.post(
    '/v1/webhook-registration/test',
    {
      // As many as Partner Center takes: learn.microsoft.com/partner-center/developer/partner-center-webhooks
      config: { scope: 'admin', limit: { perMinute: 2 } },
      schema: {
        operationId: 'SendTestEvent',
        summary: 'Send a test event',
        description:
          'Has Partner Center send a test event to this service, and waits at most a minute for what came of it. Two a minute are allowed.',
        tags,
        'x-ms-visibility': 'advanced',
        response: {
          200: { description: 'What came of the test event.', ...Type.Ref('TestEventResult') },
          ...errorAnswers('WEBHOOK_NOT_REGISTERED', 'WEBHOOK_TAKEN', 'WEBHOOK_REFUSED', 'CONFIG_INVALID', ...partnerCenterFailures)
        }
      }
    },
    async ({ id }) => {
      const url = requireCallbackUrl(callbackUrl)
      const pause = (ms: number, signal: AbortSignal): Promise<unknown> => wait(ms, undefined, { signal })
      return await sendTestEvent({ registrations, now, wait: pause, call: { correlationId: id } }, { url, signal: closing.signal })
    }
  )
}
