import { type Static, Type } from 'typebox'

/**
 * What is queued: «bring this referral in step», «deliver what waits for this subscription», «compare both sides», «look at our
 * registration», «forget what is old». There is one job for each subject of a kind, so that many hints are one job and nothing is worked on twice at once.
 */
export const jobKinds = ['referral', 'subscription', 'reconcile', 'registration', 'housekeeping'] as const
export type JobKind = (typeof jobKinds)[number]

/** Ready waits for its time, active is being worked on, setAside waits for a person. */
export const jobStates = ['ready', 'active', 'setAside'] as const
export type JobState = (typeof jobStates)[number]

/** Why a job is there: a callback about the referral or about a related one, a change in the CRM, a reconciliation, a caller, a schedule. */
export const jobOrigins = ['callback', 'related', 'crm', 'reconcile', 'request', 'schedule'] as const
export type JobOrigin = (typeof jobOrigins)[number]

/** The mark of a referral that an event named as a related one: unless it has a lead, it is the other party's and gets none. */
export const relatedMark = (referralId: string): string => `related.${referralId.toLowerCase()}`

export const Job = Type.Object(
  {
    kind: Type.Enum([...jobKinds], { title: 'Kind', description: 'What is to be done.' }),
    subject: Type.String({ title: 'Subject', description: 'The id of the referral or the subscription; «all» for the others.' }),
    state: Type.Enum([...jobStates], { title: 'State', description: 'ready, active or setAside.' }),
    origin: Type.Enum([...jobOrigins], { title: 'Origin', description: 'Why the job is there.' }),
    attempts: Type.Integer({ title: 'Attempts', description: 'How many attempts have failed since it was queued.', format: 'int32' }),
    hints: Type.Integer({ title: 'Hints', description: 'How many hints this one job stands for.', format: 'int32' }),
    dueAt: Type.Optional(
      Type.String({
        title: 'Due At',
        description: 'When it is run next; while it is active, when its lease ends; absent when set aside.',
        format: 'date-time'
      })
    ),
    correlationId: Type.String({ title: 'Correlation ID', description: 'Of the first hint.' }),
    code: Type.Optional(Type.String({ title: 'Failure Code', description: 'What the last attempt failed of.' })),
    message: Type.Optional(Type.String({ title: 'Message', description: 'What happened then.' })),
    createdAt: Type.String({ title: 'Created At', description: 'When it was queued.', format: 'date-time' }),
    updatedAt: Type.String({ title: 'Updated At', description: 'When it was last touched.', format: 'date-time' })
  },
  { $id: 'Job' }
)
export type Job = Static<typeof Job>
