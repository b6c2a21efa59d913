import type { ColumnDefinition } from './tables.ts'

const yesNo = { 1: 'Yes', 0: 'No' }

/** What an organization has added to its leads: a column of each type that there is, and one that a solution of Microsoft's brings along. */
export const ownColumns: Record<string, ColumnDefinition> = {
  contoso_region: { type: 'String', maxLength: 60, label: 'Region', description: 'The sales region that handles the lead.' },
  contoso_handovernotes: { type: 'Memo', maxLength: 4000, label: 'Handover Notes' },
  contoso_seats: { type: 'Integer', min: 1, max: 100_000, label: 'Seats', description: 'How many people are to use it' },
  contoso_discount: { type: 'Decimal', min: 0, max: 40, label: 'Discount', description: 'The discount in percent.' },
  contoso_annualbudget: { type: 'Money', min: 0, max: 1e9, label: 'Annual Budget' },
  contoso_isstrategic: { type: 'Boolean', options: yesNo, label: 'Strategic Account' },
  contoso_tier: {
    type: 'Picklist',
    options: { 100000000: 'Gold', 100000001: 'Silver', 100000002: 'Bronze' },
    isSharedChoice: true,
    label: 'Tier',
    description: 'How much care the customer gets.'
  },
  contoso_stage: { type: 'Picklist', options: { 100000000: 'First Call', 100000001: 'Workshop' }, label: 'Onboarding Stage' },
  contoso_interests: {
    type: 'MultiSelectPicklist',
    options: { 100000000: 'Migration', 100000001: 'Security', 100000002: 'Training' },
    label: 'Interests'
  },
  contoso_trialends: { type: 'DateTime', isDateOnly: true, label: 'Trial Ends' },
  contoso_lastbriefing: { type: 'DateTime', label: 'Last Briefing' },
  // Shows no time but keeps one, as the columns of older environments do.
  contoso_kickoff: { type: 'DateTime', showsNoTime: true, label: 'Kick-off' },
  contoso_partnermanager: { type: 'Lookup', targets: ['systemuser'], label: 'Partner Manager' },
  contoso_daysopen: { type: 'Integer', isReadOnly: true, isCalculated: true, label: 'Days Open' },
  msdyn_gdproptout: { type: 'Boolean', options: yesNo, label: 'GDPR Optout' }
}
