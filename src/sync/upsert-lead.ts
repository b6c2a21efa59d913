import { leadFromReferral, type MappingOptions } from '../mapping/lead-from-referral.ts'
import type { Call, Crm, CrmLead, LeadWrite, LeadWritten, Link, Links, Referrals } from '../ports.ts'
import type { LeadResult, UpsertLeadRequest } from '../schemas/lead.ts'
import { fieldChanges } from './field-changes.ts'
import { baseAfter, baseOfNew, nothingAgreed } from './lead-base.ts'
import { complete, omit, pick } from './lead-write.ts'
import { type ConflictWinner, changedFields, differing, isShared, merge } from './merge.ts'
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

  const isCaller = wanted.source === 'caller'
  const left = link ? omit(link.given ?? {}, isCaller ? [] : [...names, ...changedFields(fields, link)]) : {}
  const given = { ...left, ...(isCaller && wanted.write.lead) }
  const { lead, ...result } = await write()
  if (result.outcome !== 'readOnly') {
    const changes = fieldChanges({ ...link?.written, ...link?.given }, fields, names)
    note?.({ kind: 'written', text: `The lead was ${result.outcome}.`, changes, facts: { leadId: result.leadId } })
    await links.put(linkAfter(referralId, { link, wanted, names, given, answer: { ...result, ...(lead && { lead }) } }))
  }
  return { referralId, ...result, notices: [...notices, ...result.notices] }

  async function write(): Promise<LeadWritten> {
    if (!link) return await crm.upsertLead(referralId, wanted.write, call)
    const updated = link.deletedAt === undefined ? await crm.updateLead(referralId, pick(wanted.write, names), call) : undefined
    // A lead that was deleted needs every field when it is made again.
    return updated ?? (await crm.upsertLead(referralId, complete({ written: link.written, given }, wanted.write), call))
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

interface Done {
  link: Link | undefined
  wanted: Wanted
  names: readonly string[]
  given: Record<string, unknown>
  answer: LeadWritten
}

/** Only what the lead got from the referral counts as agreed: the next sync finds what a caller or the CRM has changed, and sends it on. */
function linkAfter(referralId: string, { link, wanted, names, given, answer }: Done): Link {
  const { leadId } = answer
  const isOther = link !== undefined && link.leadId !== leadId && answer.outcome === 'updated'
  const fields = wanted.source === 'referral' ? wanted.write.lead : {}
  // What was held back, because the CRM wins, is still to be settled. Of somebody else's lead only what was written is known.
  const open = isOther ? Object.keys(fields) : link ? changedFields({ ...fields }, link) : []
  const agreed = omit(
    fields,
    open.filter(name => !names.includes(name))
  )
  const written = { ...(!isOther && link?.written), ...agreed, ...wanted.write.customColumns }
  const lead = isOther ? nothingAgreed(leadId) : baseOf({ link, wanted, names, given, answer })
  return {
    referralId,
    leadId,
    written,
    ...(Object.keys(given).length > 0 && { given }),
    ...(lead && { lead }),
    ...(link?.ownETag !== undefined && { ownETag: link.ownETag })
  }
}

function baseOf({ link, wanted, names, given, answer }: Done): CrmLead | undefined {
  const { leadId, outcome, lead = { ...wanted.write.lead, ...nothingAgreed(leadId) } } = answer
  if (link && link.deletedAt === undefined && link.leadId === leadId)
    return link.lead && baseAfter(link.lead, lead, wanted.source === 'referral' ? names : [])
  const fields = { ...link?.written, ...wanted.write.lead }
  if (outcome === 'created') return answer.lead && baseOfNew(answer.lead, { fields, given })
  return baseAfter(nothingAgreed(leadId), lead, wanted.source === 'referral' ? names : [])
}
