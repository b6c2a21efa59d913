import { leadFromReferral, type MappingOptions } from '../mapping/lead-from-referral.ts'
import type { Call, Crm, LeadWrite, LeadWritten, Links, Referrals } from '../ports.ts'
import type { LeadResult, UpsertLeadRequest } from '../schemas/lead.ts'
import { fieldChanges } from './field-changes.ts'
import { complete, pick } from './lead-write.ts'
import { differing } from './merge.ts'
import type { Note } from './note.ts'
import { whileOurs } from './while-ours.ts'

export interface UpsertPorts {
  referrals: Pick<Referrals, 'get'>
  crm: Pick<Crm, 'upsertLead' | 'updateLead'>
  links: Pick<Links, 'get' | 'put'>
  mapping?: MappingOptions
  call?: Call
  note?: Note
}

/**
 * Creates or updates the lead of a referral. With no lead field in the request the referral is read and mapped here, and custom columns go
 * along. What does not differ from what was written last is not written again, so the echo of our own write ends here. A lead that was
 * deleted in the CRM is made again: somebody asks for it.
 */
export async function upsertLead(referralId: string, request: UpsertLeadRequest, ports: UpsertPorts): Promise<LeadResult> {
  const { force = false, customColumns, ...given } = request
  const isGiven = Object.keys(given).length > 0
  const mapped = isGiven ? { lead: given, notices: [] } : leadFromReferral(await ports.referrals.get(referralId, ports.call), ports.mapping)
  const result = await writeLead(
    referralId,
    { lead: mapped.lead, ...(customColumns && { customColumns }) },
    { ...ports, links: whileOurs(ports.links, ports.call), force }
  )
  return { ...result, notices: [...mapped.notices, ...result.notices] }
}

/**
 * Writes the fields that differ from the link's, then keeps the link. A crash in between is harmless: the record is found again by the
 * alternate key. A field that the referral says nothing about any more is left as it is in the CRM, for somebody may have filled it in there.
 */
async function writeLead(
  referralId: string,
  wanted: LeadWrite,
  { crm, links, call, note, force }: UpsertPorts & { force: boolean }
): Promise<LeadResult> {
  const link = await links.get(referralId)
  const written = link?.written ?? {}
  const fields: Record<string, unknown> = { ...wanted.lead, ...wanted.customColumns }
  const names = force || !link ? Object.keys(fields) : differing(fields, written)
  if (link && link.deletedAt === undefined && names.length === 0)
    return { leadId: link.leadId, referralId, outcome: 'unchanged', notices: [] }

  const answer = await write()
  const { lead, ...result } = answer
  if (answer.outcome !== 'readOnly') {
    note?.({
      kind: 'written',
      text: `The lead was ${answer.outcome}.`,
      changes: fieldChanges(written, fields, names),
      facts: { leadId: answer.leadId }
    })
    const { deletedAt: _deletedAt, ...kept } = link ?? { referralId }
    await links.put({ ...kept, leadId: answer.leadId, written: { ...written, ...fields }, ...(lead && { lead }) })
  }
  return { referralId, ...result }

  async function write(): Promise<LeadWritten> {
    if (!link) return await crm.upsertLead(referralId, wanted, call)
    const updated = link.deletedAt === undefined ? await crm.updateLead(referralId, pick(wanted, names), call) : undefined
    // Deleted, or made anew by somebody else: the new record needs every field.
    const isLinked = updated && (updated.leadId === link.leadId || updated.outcome === 'readOnly')
    return isLinked ? updated : await crm.upsertLead(referralId, complete(written, wanted), call)
  }
}
