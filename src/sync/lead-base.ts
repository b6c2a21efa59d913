import { isDeepStrictEqual } from 'node:util'
import type { CrmLead } from '../ports.ts'
import { sharedGroups, withGroups } from './merge.ts'

/** The base of a lead about which nothing was agreed yet: all that it holds counts as changed in the CRM. */
export const nothingAgreed = (leadId: string): CrmLead => ({ leadId, state: 'Open' })

/** The base after a write of these fields: what was not written stays as it was, for nobody has looked at it. */
export function baseAfter(before: CrmLead, after: CrmLead, names: readonly string[]): CrmLead {
  const base: CrmLead = { leadId: after.leadId, state: before.state }
  for (const { fields } of sharedGroups) {
    const from = fields.some(field => names.includes(field)) ? after : before
    for (const field of fields) Object.assign(base, from[field] !== undefined && { [field]: from[field] })
  }
  return base
}

/** The base of a lead that was just made with these fields, but for those that callers gave: the referral has not got them. */
export function baseOfNew(lead: CrmLead, { fields, given }: { fields: object; given: object }): CrmLead {
  const ofCallers = withGroups(Object.keys(given))
  if (ofCallers.length === 0) return lead
  const names = Object.keys(fields).filter(name => !ofCallers.includes(name))
  return baseAfter(nothingAgreed(lead.leadId), lead, names)
}

/** Whether the lead turns out, by the answer to a write of these fields, to have been changed in the CRM in what was not written. */
export function hasDrifted(before: CrmLead, after: CrmLead, names: readonly string[]): boolean {
  return !isDeepStrictEqual({ ...after }, baseAfter(before, after, names))
}
