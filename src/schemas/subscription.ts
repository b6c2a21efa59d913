import { type Static, Type } from 'typebox'
import { Lead } from './lead.ts'
import type { Referral } from './referral.ts'

const important = { 'x-ms-visibility': 'important' }

/** Events that are about a referral. Source: learn.microsoft.com/partner-center/developer/partner-center-webhook-events. */
export const referralEventNames = ['referral-created', 'referral-updated', 'related-referral-created', 'related-referral-updated'] as const

/** What can be subscribed to: those, and the test event that proves the way. */
export const subscribableEvents = [...referralEventNames, 'test-created'] as const
export type SubscribableEvent = (typeof subscribableEvents)[number]

/** The body of WhenReferralChanges. In a flow the platform fills in the address. */
export const SubscribeRequest = Type.Object(
  {
    callbackUrl: Type.String({
      title: 'Callback URL',
      description: 'Where events are sent: the https address of a flow, or of another receiver whose host this service allows.',
      format: 'uri',
      minLength: 1,
      maxLength: 4000,
      'x-ms-notification-url': true,
      'x-ms-visibility': 'internal'
    }),
    events: Type.Optional(
      Type.Array(
        Type.Enum([...subscribableEvents], { title: 'Event Name', description: 'What happened.', 'x-choices': { list: 'events' } }),
        {
          title: 'Events',
          description: 'Which events to send. All events about referrals when left out.',
          minItems: 1,
          maxItems: 20,
          default: [...referralEventNames],
          ...important
        }
      )
    )
  },
  { additionalProperties: false }
)
export type SubscribeRequest = Static<typeof SubscribeRequest>

/** A subscription as its caller sees it. */
export const SubscriptionResult = Type.Object(
  {
    id: Type.String({ title: 'Subscription ID', description: 'The id of the subscription.' }),
    host: Type.String({ title: 'Host', description: 'The host that events are sent to. The rest of the address is kept secret.' }),
    events: Type.Array(Type.String(), { title: 'Events', description: 'The names of the events that are sent.' }),
    createdAt: Type.String({ title: 'Created At', description: 'When the subscription was made, in UTC.', format: 'date-time' }),
    secret: Type.Optional(
      Type.String({
        title: 'Secret',
        description:
          'Verifies what is sent, as Standard Webhooks has it. Told once, when the subscription is new; to get another one, unsubscribe and subscribe again.'
      })
    )
  },
  { $id: 'SubscriptionResult' }
)
export type SubscriptionResult = Static<typeof SubscriptionResult>

/** What is sent to a subscriber: the event, and what became of the referral, read when the message is sent. */
export const ReferralNotification = Type.Object(
  {
    id: Type.String({
      title: 'Message ID',
      description: 'Stays the same when the message is sent again, so that a second one can be told.'
    }),
    eventName: Type.String({ title: 'Event Name', description: 'What happened, for example referral-created.' }),
    occurredAt: Type.Optional(
      Type.String({
        title: 'Occurred At',
        description: 'When it happened in Partner Center, in UTC, if the event says so.',
        format: 'date-time'
      })
    ),
    receivedAt: Type.String({ title: 'Received At', description: 'When the event reached this service, in UTC.', format: 'date-time' }),
    correlationId: Type.String({ title: 'Correlation ID', description: 'Finds the event in the timeline and in the log of this service.' }),
    referralId: Type.Optional(
      Type.String({ title: 'Referral ID', description: 'The referral the event is about, absent for other events.' })
    ),
    referral: Type.Optional(Type.Ref('Referral')),
    lead: Type.Optional(
      Type.Object(Lead.properties, { title: 'Lead', description: 'The referral as a lead, as UpsertLead would write it.' })
    ),
    leadId: Type.Optional(Type.String({ title: 'Lead ID', description: 'The id of the lead in the CRM, absent while there is none.' }))
  },
  { $id: 'ReferralNotification' }
)
export type ReferralNotification = Omit<Static<typeof ReferralNotification>, 'referral'> & { referral?: Referral }
