import { type Static, Type } from 'typebox'

/** Ours and whole, ours with something missing, somebody else's, or nothing of referrals is sent anywhere. */
export const registrationStates = ['ours', 'incomplete', 'taken', 'none'] as const
export type RegistrationState = (typeof registrationStates)[number]

/** Where Partner Center sends the events of the tenant, as seen from this service. */
export const WebhookRegistration = Type.Object(
  {
    state: Type.Enum([...registrationStates], {
      title: 'State',
      description:
        'ours: events come to this service; incomplete: they do, but not all, or signed in the wrong header; taken: they go elsewhere; none: they go nowhere.'
    }),
    url: Type.Optional(
      Type.String({ title: 'URL', description: 'Where the events go. A user or a query, which may be a secret, is shown as «…».' })
    ),
    events: Type.Array(Type.String(), { title: 'Events', description: 'The names of the events that are sent.' }),
    missingEvents: Type.Array(Type.String(), {
      title: 'Missing Events',
      description: 'The events that this service needs and are not sent.'
    }),
    signatureInMsHeader: Type.Optional(
      Type.Boolean({
        title: 'Signature In x-ms-signature',
        description:
          'Whether events are signed in x-ms-signature, as they should be, or in Authorization. Absent when Partner Center does not say.'
      })
    ),
    lastModified: Type.Optional(
      Type.String({ title: 'Last Modified', description: 'When the registration was last changed, as Partner Center says it.' })
    ),
    replacedUrl: Type.Optional(
      Type.String({
        title: 'Replaced URL',
        description:
          'Where the events went until now: another system, or a former address of this service. Only from registering, and only when they went elsewhere.'
      })
    ),
    checkedAt: Type.String({ title: 'Checked At', description: 'When this service looked.', format: 'date-time' })
  },
  { $id: 'WebhookRegistration' }
)
export type WebhookRegistration = Static<typeof WebhookRegistration>

/** The body of RegisterWebhook. The URL is not asked for: events go to this service and nowhere else. */
export const RegisterWebhookRequest = Type.Object(
  {
    overwrite: Type.Optional(
      Type.Boolean({
        title: 'Overwrite',
        description: 'Take the place of another system that is registered. It gets no events any more.',
        default: false
      })
    )
  },
  { additionalProperties: false }
)
export type RegisterWebhookRequest = Static<typeof RegisterWebhookRequest>

const TestAttempt = Type.Object({
  responseCode: Type.String({ title: 'Response Code', description: "The name of the answer's status, for example OK." }),
  responseMessage: Type.String({ title: 'Response Message', description: 'What came with it, cut after 200 characters.' }),
  isSystemError: Type.Boolean({ title: 'Is System Error', description: 'Whether Partner Center got no answer at all.' }),
  at: Type.Optional(Type.String({ title: 'At', description: 'When it was tried, as Partner Center says it.' }))
})

/** The answer of SendTestEvent. */
export const TestEventResult = Type.Object(
  {
    correlationId: Type.String({ title: 'Correlation ID', description: 'The id of the test event at Partner Center.' }),
    state: Type.Enum(['delivered', 'failed', 'pending'], {
      title: 'State',
      description: 'delivered: it arrived; failed: every try failed; pending: Partner Center had not finished when the wait ended.'
    }),
    attempts: Type.Array(TestAttempt, { title: 'Attempts', description: 'The tries to deliver it, in their order.' })
  },
  { $id: 'TestEventResult' }
)
export type TestEventResult = Static<typeof TestEventResult>
