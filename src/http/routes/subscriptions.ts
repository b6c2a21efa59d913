import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Subscription } from '../../ports.ts'
import { referralEventNames, SubscribeRequest, type SubscriptionResult } from '../../schemas/subscription.ts'
import { errorAnswers, inputFailures } from '../error-answers.ts'
import type { AppPorts } from '../ports.ts'
import type { App } from '../type-provider.ts'
import { withoutNulls } from '../without-nulls.ts'

const tags = ['Subscriptions']

export function subscriptionRoutes(app: App, { subscriptions, subscribers, publicUrl }: AppPorts): void {
  /** Absolute, and on the host that the caller reaches: Power Automate sends its DELETE there, with the same connection. */
  const locationOf = (id: string, { protocol, host }: FastifyRequest): string =>
    `${publicUrl?.replace(/\/+$/, '') ?? `${protocol}://${host}`}/v1/subscriptions/${id}`

  app.post(
    '/v1/subscriptions',
    {
      config: {
        scope: 'write',
        limit: { share: 1 / 10 },
        connector: { notifies: { description: 'The event, the referral and its lead.', definition: 'ReferralNotification' } }
      },
      preValidation: withoutNulls(),
      schema: {
        operationId: 'WhenReferralChanges',
        summary: 'When a referral changes',
        description:
          'Has each verified event sent to an address, with the referral and the lead it would make. There is one subscription for each address: sent again, it changes the events. A message that is not answered with 2xx is sent again for three days, or for two hours when it is itself refused (400, 422); 410 ends the subscription.',
        tags,
        'x-ms-visibility': 'important',
        'x-ms-trigger': 'single',
        'x-ms-trigger-hint': 'To see it work, change a referral in Partner Center.',
        body: SubscribeRequest,
        response: {
          201: {
            description: 'The subscription; DELETE at its address, in Location, ends it.',
            headers: { Location: { type: 'string', description: 'The address of the subscription.' } },
            ...Type.Ref('SubscriptionResult')
          },
          ...errorAnswers(...inputFailures, 'SUBSCRIBER_URL_REFUSED', 'SUBSCRIPTIONS_EXHAUSTED')
        }
      }
    },
    async (request, reply) => {
      const { callbackUrl: url, events = referralEventNames } = request.body
      subscribers.check(url)
      const { subscription, isNew } = await subscriptions.put({ callerId: request.caller?.id ?? '', url, events: [...new Set(events)] })
      reply.code(201).header('location', locationOf(subscription.id, request))
      return { ...resultFrom(subscription), ...(isNew && { secret: subscription.secret }) }
    }
  )

  app.get(
    '/v1/subscriptions',
    {
      // On the path of the trigger: the designer would show the event as its answer.
      config: { scope: 'read', connector: false },
      schema: {
        operationId: 'ListSubscriptions',
        summary: 'List subscriptions',
        description: "Lists the caller's own subscriptions.",
        tags,
        response: {
          200: {
            description: 'The subscriptions.',
            ...Type.Object({ value: Type.Array(Type.Ref('SubscriptionResult'), { title: 'Subscriptions', description: 'Oldest first.' }) })
          },
          ...errorAnswers()
        }
      }
    },
    async ({ caller }) => {
      const own = (await subscriptions.list()).filter(({ callerId }) => callerId === caller?.id)
      return { value: own.map(resultFrom) }
    }
  )

  app.delete(
    '/v1/subscriptions/:id',
    {
      config: { scope: 'write' },
      schema: {
        operationId: 'Unsubscribe',
        summary: 'End a subscription',
        description:
          'Ends a subscription, whoever made it: its id is told to its maker only, so knowing it is the right to end it. One that is not there is no error.',
        tags,
        'x-ms-visibility': 'internal',
        params: Type.Object({ id: Type.String({ title: 'Subscription ID', description: 'The id of the subscription.' }) }),
        response: { 204: { description: 'There is no such subscription any more.', type: 'null' }, ...errorAnswers() }
      }
    },
    async ({ params: { id } }, reply) => {
      // A flow keeps this address, and comes with another key, or as another user, once its connection was given one.
      await subscriptions.delete(id)
      return reply.code(204).send(null)
    }
  )
}

function resultFrom({ id, url, events, createdAt }: Subscription): SubscriptionResult {
  return { id, host: new URL(url).host, events, createdAt: createdAt.toISOString() }
}
