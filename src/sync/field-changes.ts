import type { Referral } from '../schemas/referral.ts'
import type { ReferralEdits } from '../schemas/referral-edits.ts'
import type { FieldChange } from '../schemas/timeline.ts'

/** Names, addresses and numbers of people: their first letter and their length are enough to tell that something changed. */
const contactData = new Set([
  'firstName',
  'lastName',
  'email',
  'phone',
  'mobilePhone',
  'jobTitle',
  'addressLine1',
  'addressLine2',
  'postalCode'
])
/** Business data that may be read in a timeline; whatever is neither here nor above is given by its length. */
const plain = new Set([
  'subject',
  'companyName',
  'website',
  'city',
  'stateOrProvince',
  'country',
  'estimatedAmount',
  'currency',
  'estimatedCloseDate',
  'numberOfEmployees',
  'rating',
  'dealValue',
  'closingDateTime',
  'status',
  'substatus',
  'externalReferenceId'
])
const maxShown = 100

/** The fields that are different, as a timeline shows them: contact data masked, free text and custom columns by their length only. */
export function fieldChanges(before: Record<string, unknown>, after: Record<string, unknown>, names: readonly string[]): FieldChange[] {
  return names.map(field => {
    // A custom column may have the name of anything that objects inherit.
    const [from, to] = [before, after].map(values => shown(field, Object.hasOwn(values, field) ? values[field] : undefined))
    return { field, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
  })
}

/** What an edit of the referral changed. */
export function referralChanges(read: Referral, edits: ReferralEdits, changed: readonly string[]): FieldChange[] {
  const { details } = read
  const before = { ...read, dealValue: details?.dealValue, currency: details?.currency, closingDateTime: details?.closingDateTime }
  return fieldChanges(before, { ...edits }, changed)
}

function shown(field: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (plain.has(field)) return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text
  return contactData.has(field) ? `${[...text][0] ?? ''}… (${text.length})` : `${text.length} characters`
}
