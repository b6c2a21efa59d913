import type { Lead } from '../schemas/lead.ts'
import type { ReferralEdits } from '../schemas/referral-edits.ts'

/** The part of a lead that can concern its referral. */
export type LeadState = Pick<Lead, 'estimatedAmount' | 'currency' | 'estimatedCloseDate'> & {
  leadId?: string
  state?: 'Open' | 'Qualified' | 'Disqualified'
}

/** Which change of a lead means which edit of its referral; a field that is not listed concerns only the CRM. */
const rows: { readonly [Field in keyof LeadState]?: (after: LeadState) => ReferralEdits } = {
  leadId: ({ leadId }) => (leadId === undefined ? {} : { externalReferenceId: leadId }),
  estimatedAmount: dealOf,
  currency: dealOf,
  estimatedCloseDate: ({ estimatedCloseDate }) =>
    estimatedCloseDate === undefined ? {} : { closingDateTime: `${estimatedCloseDate}T00:00:00Z` },
  // Qualifying a lead means that the partner works on the deal; disqualifying it that the partner does not.
  // New may go to Active or Closed, Active to Closed; Won is for the opportunity to say, not for the lead.
  state: ({ state }) => {
    if (state === 'Qualified') return { status: 'Active', substatus: 'Accepted' }
    if (state === 'Disqualified') return { status: 'Closed', substatus: 'Lost' }
    return {}
  }
}

/** The edits that a change of the lead asks of the referral; empty when nothing that concerns it is different. */
export function editsFromLead(before: LeadState, after: LeadState): ReferralEdits {
  const changed = (Object.keys(rows) as (keyof LeadState)[]).filter(field => before[field] !== after[field])
  return Object.assign({}, ...changed.map(field => rows[field]?.(after)))
}

/**
 * An amount means nothing without its currency: both go, also when only one is different. When the lead has one alone, neither does: it would
 * be taken together with the other one of the referral, and make 100 USD of 100 EUR.
 */
function dealOf({ estimatedAmount, currency }: LeadState): ReferralEdits {
  return estimatedAmount === undefined || currency === undefined ? {} : { dealValue: estimatedAmount, currency }
}
