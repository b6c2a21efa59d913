import { type Static, Type } from 'typebox'
import { LeadResult } from './lead.ts'

/** What one sync of a referral did, step by step. */
export const SyncResult = Type.Object(
  {
    referralId: Type.String({ title: 'Referral ID', description: 'The id of the referral.' }),
    outcome: Type.Enum(['synchronized', 'nothingToDo'], {
      title: 'Outcome',
      description: 'synchronized when something was written, else nothingToDo.'
    }),
    leadId: LeadResult.properties.leadId,
    lead: LeadResult.properties.outcome,
    writeBack: Type.Enum(['written', 'unchanged', 'skipped'], {
      title: 'Write Back',
      description: 'Whether the id of the lead, or what the CRM had changed, was written to the referral.'
    }),
    conflicts: Type.Optional(
      Type.Array(Type.String(), {
        title: 'Conflicts',
        description: 'Fields that both sides had changed to different values; the setting SYNC_CONFLICT said which side wins.'
      })
    ),
    reason: Type.Optional(Type.String({ title: 'Reason', description: 'Why something was left alone, or why nothing was to do.' })),
    notices: LeadResult.properties.notices
  },
  { $id: 'SyncResult' }
)
export type SyncResult = Static<typeof SyncResult>
