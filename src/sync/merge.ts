import { isDeepStrictEqual } from 'node:util'
import { editsFromLead } from '../mapping/edits-from-lead.ts'
import type { CrmLead, Link } from '../ports.ts'
import type { ReferralEdits } from '../schemas/referral-edits.ts'

/** Which side wins when both changed the same field. */
export type ConflictWinner = 'partner-center' | 'crm'

export interface Merged {
  /** Names of the lead's fields to write. */
  toLead: string[]
  /** What to write to the referral. */
  toReferral: ReferralEdits
  /** Names of the fields that both sides changed to different values. */
  conflicts: string[]
}

/** The fields that both sides may change, in the groups that only mean something together. All others belong to the referral. */
export const sharedGroups = [
  { fields: ['estimatedAmount', 'currency'], edits: ['dealValue', 'currency'] },
  { fields: ['estimatedCloseDate'], edits: ['closingDateTime'] }
] as const

export const sharedFields: readonly string[] = sharedGroups.flatMap(({ fields }) => fields)

/** Whether a field may be changed in the CRM as well, so that the lead has to be read before it is written. */
export const isShared = (field: string): boolean => sharedFields.includes(field)

/** With these all fields that only mean something together with one of them. */
export function withGroups(names: readonly string[]): string[] {
  const groups = sharedGroups.filter(({ fields }) => fields.some(field => names.includes(field))).flatMap(({ fields }) => fields)
  return [...new Set([...names, ...groups])]
}

/** The fields of the lead that these edits of the referral are about. */
export function fieldsOf(edits: ReferralEdits): string[] {
  return sharedGroups.filter(group => group.edits.some(edit => edit in edits)).flatMap(({ fields }) => fields)
}

/**
 * Three-way merge: what each side changed since both last agreed goes to the other. Each side is compared with its own base, for a CRM
 * rounds amounts and may not know a currency; comparing it with the referral would take that for a change and send it back.
 *
 * `fields` is what the referral says now, as a lead; `lead` is what the CRM holds now, left out when it was not read.
 */
export function merge(
  link: Pick<Link, 'written' | 'given' | 'lead'>,
  { fields, lead, winner }: { fields: Record<string, unknown>; lead?: CrmLead | undefined; winner: ConflictWinner }
): Merged {
  const ofReferral = changedFields(fields, link)
  const base = link.lead
  const edits = lead && base ? editsFromLead(base, { ...lead, leadId: base.leadId }) : {}
  const toLead = new Set(ofReferral)
  const toReferral: ReferralEdits = { ...edits }
  const conflicts: string[] = []

  for (const group of sharedGroups) {
    const inReferral = group.fields.some(field => ofReferral.includes(field))
    const inCrm = group.edits.some(edit => edit in edits)
    if (!inReferral || !inCrm) continue
    const agree = group.fields.every(field => lead?.[field] === fields[field])
    if (!agree) conflicts.push(...group.fields.filter(field => lead?.[field] !== fields[field]))
    if (agree || winner === 'crm') for (const field of group.fields) toLead.delete(field)
    if (agree || winner === 'partner-center') for (const edit of group.edits) delete toReferral[edit]
  }
  return { toLead: [...toLead], toReferral, conflicts }
}

/**
 * What the referral has changed since the lead last got it. Of a field that only a caller has given, nobody knows what the referral said then:
 * as it is now is where its changes count from.
 */
export function changedFields(fields: Record<string, unknown>, { written, given = {} }: Pick<Link, 'written' | 'given'>): string[] {
  const unknown = withGroups(Object.keys(given).filter(name => !Object.hasOwn(written, name)))
  return differing(fields, written).filter(name => !unknown.includes(name))
}

/** A field that the referral says nothing about any more is left as it is in the CRM, for somebody may have filled it in there. */
export function differing(fields: Record<string, unknown>, written: Record<string, unknown>): string[] {
  const names = Object.keys(fields).filter(name => !isDeepStrictEqual(fields[name], written[name]))
  // An amount means nothing without its currency: both are written when one differs.
  const isDeal = names.includes('currency') || names.includes('estimatedAmount')
  return isDeal ? [...new Set([...names, ...['currency', 'estimatedAmount'].filter(name => fields[name] !== undefined)])] : names
}
