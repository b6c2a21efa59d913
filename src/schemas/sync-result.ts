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
      description: 'Whether the id of the lead was written to the referral.'
    }),
    reason: Type.Optional(Type.String({ title: 'Reason', description: 'Why something was left alone.' })),
    notices: LeadResult.properties.notices
  },
  { $id: 'SyncResult' }
)
export type SyncResult = Static<typeof SyncResult>
