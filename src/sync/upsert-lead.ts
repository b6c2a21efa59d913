import { isDeepStrictEqual } from 'node:util'
import { leadFromReferral, type MappingOptions } from '../mapping/lead-from-referral.ts'
import type { Call, Crm, LeadWrite, Links, Referrals } from '../ports.ts'
import { type CustomColumns, Lead, type LeadResult, type UpsertLeadRequest } from '../schemas/lead.ts'

export interface UpsertPorts {
  referrals: Pick<Referrals, 'get'>
  crm: Pick<Crm, 'upsertLead'>
  links: Links
  mapping?: MappingOptions
  call?: Call
}

/**
 * Creates or updates the lead of a referral. With no lead field in the request the referral is read and mapped here, and custom columns go
 * along. What does not differ from what was written last is not written again, so the echo of our own write ends here.
 */
export async function upsertLead(referralId: string, request: UpsertLeadRequest, ports: UpsertPorts): Promise<LeadResult> {
  const { force = false, customColumns, ...lead } = request
  const columns = customColumns && { customColumns }
  if (Object.keys(lead).length > 0) return await writeLead(referralId, { lead, ...columns }, { ...ports, force })
  const mapped = leadFromReferral(await ports.referrals.get(referralId, ports.call), ports.mapping)
  const result = await writeLead(referralId, { lead: mapped.lead, ...columns }, { ...ports, force })
  return { ...result, notices: [...mapped.notices, ...result.notices] }
}

/**
 * Writes the fields that differ from the link's, then keeps the link. A crash in between is harmless: the record is found again by the
 * alternate key. A field that the referral says nothing about any more is left as it is in the CRM, for somebody may have filled it in there.
 */
export async function writeLead(
  referralId: string,
  wanted: LeadWrite,
  { crm, links, call, force = false }: Omit<UpsertPorts, 'referrals'> & { force?: boolean }
): Promise<LeadResult> {
  const link = await links.get(referralId)
  const written = link?.written ?? {}
  const fields: Record<string, unknown> = { ...wanted.lead, ...wanted.customColumns }
  const different = Object.keys(fields).filter(name => !isDeepStrictEqual(fields[name], written[name]))
  if (link && different.length === 0 && !force) return { leadId: link.leadId, referralId, outcome: 'unchanged', notices: [] }

  const partial = force || !link ? wanted : pick(wanted, new Set(withCurrency(different)))
  let result = await crm.upsertLead(referralId, partial, call)
  // The record had been deleted in the CRM: the new one needs every field that was ever written, not only what differs. It is known by its
  // other id when a run before this one was stopped between these two writes.
  if (link && result.outcome !== 'readOnly' && (result.outcome === 'created' || result.leadId !== link.leadId))
    result = { ...(await crm.upsertLead(referralId, complete(written, wanted), call)), outcome: result.outcome }
  if (result.outcome !== 'readOnly') await links.put({ referralId, leadId: result.leadId, written: { ...written, ...fields } })
  return { referralId, ...result }
}

/** An amount means nothing without its currency: both are written when one differs. */
function withCurrency(names: string[]): string[] {
  return names.includes('currency') || names.includes('estimatedAmount') ? [...names, 'currency', 'estimatedAmount'] : names
}

function pick({ lead, customColumns = {} }: LeadWrite, names: Set<string>): LeadWrite {
  const keep = <T extends object>(values: T): T => Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name))) as T
  return leadWrite(keep(lead), keep(customColumns))
}

function complete(written: Record<string, unknown>, wanted: LeadWrite): LeadWrite {
  const isField = ([name]: [string, unknown]): boolean => Object.hasOwn(Lead.properties, name)
  const old = Object.entries(written)
  return leadWrite(
    { ...(Object.fromEntries(old.filter(isField)) as Lead), ...wanted.lead },
    { ...(Object.fromEntries(old.filter(entry => !isField(entry))) as CustomColumns), ...wanted.customColumns }
  )
}

function leadWrite(lead: Lead, customColumns: CustomColumns): LeadWrite {
  return { lead, ...(Object.keys(customColumns).length > 0 && { customColumns }) }
}
