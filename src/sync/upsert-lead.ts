import { leadFromReferral, type MappingOptions } from '../mapping/lead-from-referral.ts'
import type { Call, Crm, LeadWrite, LeadWritten, Link, Links, Referrals } from '../ports.ts'
import type { Lead, LeadResult, UpsertLeadRequest } from '../schemas/lead.ts'
import { fieldChanges } from './field-changes.ts'
import { complete, pick } from './lead-write.ts'
import { baseAfter, type ConflictWinner, changedFields, differing, isShared, merge } from './merge.ts'
import type { Note } from './note.ts'
import { whileOurs } from './while-ours.ts'

export interface UpsertPorts {
  referrals: Pick<Referrals, 'get'>
  crm: Pick<Crm, 'upsertLead' | 'updateLead' | 'readLead'>
  links: Pick<Links, 'get' | 'put'>
  mapping?: MappingOptions
  /** Which side wins when both changed the same field; Partner Center when left out. */
  winner?: ConflictWinner
  call?: Call
  note?: Note
}

/** What is to be written, and where it comes from. */
interface Wanted {
  write: LeadWrite
  source: 'referral' | 'caller'
}

/**
 * Creates or updates the lead of a referral. With no lead field in the request the referral is read and mapped here, and custom columns go
 * along; fields that are given count as an edit in the CRM, and stay until the referral's own field changes. What does not differ from what was
 * written last is not written again, so the echo of our own write ends here. A lead that was deleted in the CRM is made again: somebody asks for it.
 */
export async function upsertLead(referralId: string, request: UpsertLeadRequest, ports: UpsertPorts): Promise<LeadResult> {
  const { force = false, customColumns, ...given } = request
  const isGiven = Object.keys(given).length > 0
  const mapped = isGiven ? { lead: given, notices: [] } : leadFromReferral(await ports.referrals.get(referralId, ports.call), ports.mapping)
  const write = { lead: mapped.lead, ...(customColumns && { customColumns }) }
  const wanted: Wanted = { write, source: isGiven ? 'caller' : 'referral' }
  const result = await writeLead(referralId, wanted, { ...ports, links: whileOurs(ports.links, ports.call), force })
  return { ...result, notices: [...mapped.notices, ...result.notices] }
}

/** Writes what differs, then keeps the link. A crash in between is harmless: the record is found again by the alternate key. */
async function writeLead(referralId: string, wanted: Wanted, ports: UpsertPorts & { force: boolean }): Promise<LeadResult> {
  const { crm, links, call, note, force } = ports
  const link = await links.get(referralId)
  const fields: Record<string, unknown> = { ...wanted.write.lead, ...wanted.write.customColumns }
  const { names, notices } = force || !link ? { names: Object.keys(fields), notices: [] } : await namesToWrite(link, wanted, ports)
  if (link && link.deletedAt === undefined && names.length === 0) return { leadId: link.leadId, referralId, outcome: 'unchanged', notices }

  const { lead, ...result } = await write()
  if (result.outcome !== 'readOnly') {
    const changes = fieldChanges({ ...link?.written, ...link?.given }, fields, names)
    note?.({ kind: 'written', text: `The lead was ${result.outcome}.`, changes, facts: { leadId: result.leadId } })
    await links.put(linkAfter(referralId, { link, wanted, names, answer: { ...result, ...(lead && { lead }) } }))
  }
  return { referralId, ...result, notices: [...notices, ...result.notices] }

  async function write(): Promise<LeadWritten> {
    if (!link) return await crm.upsertLead(referralId, wanted.write, call)
    const updated = link.deletedAt === undefined ? await crm.updateLead(referralId, pick(wanted.write, names), call) : undefined
    // Deleted, or made anew by somebody else: the new record needs every field.
    const isLinked = updated && (updated.leadId === link.leadId || updated.outcome === 'readOnly')
    const given = { ...link.given, ...(wanted.source === 'caller' && wanted.write.lead) }
    return isLinked ? updated : await crm.upsertLead(referralId, complete({ written: link.written, given }, wanted.write), call)
  }
}

/** Before a field is written that may have been changed in the CRM too, the lead is read: which side wins then is a setting. */
async function namesToWrite(
  link: Link,
  { write: { lead: fields, customColumns = {} }, source }: Wanted,
  { crm, call, winner = 'partner-center' }: UpsertPorts
): Promise<{ names: string[]; notices: string[] }> {
  const custom = differing(customColumns, link.written)
  if (source === 'caller') return { names: [...differing({ ...fields }, { ...link.written, ...link.given }), ...custom], notices: [] }
  const names = changedFields({ ...fields }, link)
  const lead = names.some(isShared) && link.deletedAt === undefined ? await crm.readLead(link.referralId, call) : undefined
  if (lead?.leadId !== link.leadId) return { names: [...names, ...custom], notices: [] }
  const { toLead, conflicts } = merge(link, { fields: { ...fields }, lead, winner })
  const which = winner === 'crm' ? 'what the CRM has stays' : 'what Partner Center has is written'
  return {
    names: [...toLead, ...custom],
    notices: conflicts.length > 0 ? [`Both sides changed ${conflicts.join(', ')}; ${which}.`] : []
  }
}

/** Only what the lead got from the referral counts as agreed: the next sync finds what a caller or the CRM has changed, and sends it on. */
function linkAfter(
  referralId: string,
  { link, wanted, names, answer }: { link: Link | undefined; wanted: Wanted; names: readonly string[]; answer: LeadWritten }
): Link {
  const { leadId } = answer
  const isFromReferral = wanted.source === 'referral'
  const isNew = !link || link.deletedAt !== undefined || link.leadId !== leadId
  // What was held back, because the CRM wins, is still to be settled.
  const agreed = link && isFromReferral ? withoutHeldBack(wanted.write.lead, { link, names }) : isFromReferral ? wanted.write.lead : {}
  const written = { ...link?.written, ...agreed, ...wanted.write.customColumns }
  const given = isFromReferral ? omit(link?.given ?? {}, names) : { ...link?.given, ...wanted.write.lead }
  const fromReferral = isFromReferral ? names : isNew ? Object.keys(written).filter(name => !(name in given)) : []
  const nothingAgreed = { leadId, state: 'Open' } as const
  const before = !isNew ? link.lead : isFromReferral && answer.outcome === 'created' ? answer.lead : nothingAgreed
  const lead = fromReferral.length === 0 ? before : before && answer.lead && baseAfter(before, answer.lead, fromReferral)
  const ownETag = link?.ownETag
  return {
    referralId,
    leadId,
    written,
    ...(Object.keys(given).length > 0 && { given }),
    ...(lead && { lead }),
    ...(ownETag !== undefined && { ownETag })
  }
}

function withoutHeldBack(fields: Lead, { link, names }: { link: Link; names: readonly string[] }): Record<string, unknown> {
  const heldBack = changedFields({ ...fields }, link).filter(name => !names.includes(name))
  return omit(fields, heldBack)
}

function omit(fields: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}
