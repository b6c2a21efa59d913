import { type Static, Type } from 'typebox'
import { jobKinds } from './job.ts'

/** A piece of work that was set aside: it has failed for good and waits for a person. */
export const AttentionItem = Type.Object({
  kind: Type.Enum([...jobKinds], { title: 'Kind', description: 'What could not be done: mostly referral, or subscription.' }),
  referralId: Type.Optional(Type.String({ title: 'Referral ID', description: 'The referral that is not in step, when it is about one.' })),
  subscriptionId: Type.Optional(
    Type.String({
      title: 'Subscription ID',
      description: "The subscription that is not told of events, when it is one of the caller's own."
    })
  ),
  code: Type.String({ title: 'Failure Code', description: 'What the last attempt failed of, stable for programs.' }),
  message: Type.String({ title: 'Message', description: 'What happened then.' }),
  advice: Type.String({ title: 'Advice', description: 'What to do about it.' }),
  attempts: Type.Integer({ title: 'Attempts', description: 'How many attempts have failed.', format: 'int32' }),
  setAsideAt: Type.String({ title: 'Set Aside At', description: 'Since when it waits, in UTC.', format: 'date-time' }),
  correlationId: Type.String({ title: 'Correlation ID', description: 'Finds the work in the timeline and in the log of this service.' })
})
export type AttentionItem = Static<typeof AttentionItem>

/** The answer of WhenSyncNeedsAttention. */
export const Attention = Type.Object(
  {
    value: Type.Array(AttentionItem, { title: 'Items', description: 'What waits for a person, newest first.' }),
    since: Type.String({ title: 'Since', description: 'Hand it back as «since» to get only what comes after.' })
  },
  { $id: 'Attention' }
)
export type Attention = Static<typeof Attention>
