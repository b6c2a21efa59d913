import { type Static, Type } from 'typebox'

/** What can happen to a referral; stable, since operators filter by it. */
export const timelineKinds = [
  'received',
  'verified',
  'deduplicated',
  'queued',
  'fetched',
  'compared',
  'written',
  'skipped',
  'writtenBack',
  'retried',
  'setAside',
  'resolved',
  'delivered',
  'notDelivered'
] as const
export type TimelineKind = (typeof timelineKinds)[number]

/** One field that was written, with contact data masked and free text given by its length. */
export const FieldChange = Type.Object({
  field: Type.String({ title: 'Field', description: 'The name of the field, for example estimatedAmount.' }),
  from: Type.Optional(Type.String({ title: 'From', description: 'The value before, absent when there was none. Contact data is masked.' })),
  to: Type.Optional(Type.String({ title: 'To', description: 'The value after, absent when it was cleared. Contact data is masked.' }))
})
export type FieldChange = Static<typeof FieldChange>

/** One thing that happened to a referral. */
export const TimelineEntry = Type.Object(
  {
    id: Type.String({ title: 'Entry ID', description: 'Ids sort in the order in which things happened.' }),
    referralId: Type.String({ title: 'Referral ID', description: 'The id of the referral.' }),
    at: Type.String({ title: 'At', description: 'When it happened, in UTC.', format: 'date-time' }),
    kind: Type.Enum([...timelineKinds], { title: 'Kind', description: 'What kind of thing happened.' }),
    text: Type.String({ title: 'Text', description: 'What happened, in a sentence.' }),
    correlationId: Type.String({
      title: 'Correlation ID',
      description: 'Belongs to one piece of work from its beginning to its end; it goes upstream too.'
    }),
    by: Type.Optional(Type.String({ title: 'By', description: 'The caller or person who did it, when it was not the service by itself.' })),
    code: Type.Optional(Type.String({ title: 'Failure Code', description: 'What went wrong.' })),
    advice: Type.Optional(Type.String({ title: 'Advice', description: 'What to do about it.' })),
    changes: Type.Optional(Type.Array(FieldChange, { title: 'Changes', description: 'The fields that were written.' })),
    facts: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        title: 'Facts',
        description: 'Further particulars by name, for example signer, thumbprint, eTag, leadId.'
      })
    )
  },
  { $id: 'TimelineEntry' }
)
export type TimelineEntry = Static<typeof TimelineEntry>

/** An entry as it is written down; the store gives it its id, and the time of its storing when it has none of its own. */
export type NewTimelineEntry = Omit<TimelineEntry, 'id' | 'at'> & { at?: string }

/** A part of a referral's timeline. */
export const Timeline = Type.Object(
  {
    referralId: Type.String({ title: 'Referral ID', description: 'The id of the referral.' }),
    entries: Type.Array(Type.Ref('TimelineEntry'), { title: 'Entries', description: 'What happened, oldest first.' }),
    next: Type.Optional(Type.String({ title: 'Next', description: 'Hand it back as «after» to get the entries that follow.' }))
  },
  { $id: 'Timeline' }
)
export type Timeline = Static<typeof Timeline>
