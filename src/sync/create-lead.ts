import type { Link } from '../ports.ts'
import { fieldChanges } from './field-changes.ts'
import { baseOfNew, nothingAgreed } from './lead-base.ts'
import { complete, omit } from './lead-write.ts'
import { changedFields, isShared } from './merge.ts'
import type { Turn } from './turn.ts'
import { writeBoth } from './write-both.ts'
import { writeReferral } from './write-referral.ts'

/**
 * Makes the lead of a referral that has none, with every field. A lead that carries the referral's id already is adopted: a run before this one
 * was stopped, the store was lost, or another system made it. Undefined when another turn is needed.
 */
export async function createLead(turn: Turn, gone: Link | undefined): Promise<Link | undefined> {
  const { referralId, ports, done } = turn
  // What the referral has changed while there was no lead is above what callers gave before.
  const given = gone ? omit(gone.given ?? {}, changedFields({ ...turn.wanted }, gone)) : {}
  const wanted = complete({ written: gone?.written ?? {}, given }, { lead: turn.wanted })
  const answer = await ports.crm.createLead(referralId, wanted, ports.call)
  if (!answer) return await adopt(turn)
  const fields: Record<string, unknown> = { ...wanted.lead, ...wanted.customColumns }
  done.lead = answer.outcome
  done.notices.push(...answer.notices)
  const link: Link = {
    referralId,
    leadId: answer.leadId,
    written: { ...fields, ...turn.wanted },
    ...(Object.keys(given).length > 0 && { given }),
    ...(answer.lead && { lead: baseOfNew(answer.lead, { fields, given }) })
  }
  await ports.links.put(link)
  ports.note({
    kind: 'written',
    text: 'The lead was created.',
    changes: fieldChanges({}, fields, Object.keys(fields)),
    facts: { leadId: answer.leadId }
  })
  const after = await writeReferral(turn, link.leadId, {})
  if (!after?.eTag) return link
  const own = { ...link, ownETag: after.eTag }
  await ports.links.put(own)
  return own
}

async function adopt(turn: Turn): Promise<Link | undefined> {
  const { referralId, ports } = turn
  const lead = await ports.crm.readLead(referralId, ports.call)
  if (!lead) return undefined
  ports.note({
    kind: 'compared',
    text: 'A lead carries the id of the referral already and becomes its lead.',
    facts: { leadId: lead.leadId }
  })
  return await writeBoth(turn, adopted(turn, lead.leadId), lead)
}

/**
 * The link to a lead about which nothing was ever agreed: whatever it holds counts as changed in the CRM, and whatever the referral says as
 * changed in Partner Center. When the CRM wins, it keeps all that it has.
 */
export function adopted({ referralId, wanted, options }: Turn, leadId: string): Link {
  const own = Object.entries(wanted).filter(([name]) => !isShared(name))
  return { referralId, leadId, written: options.winner === 'crm' ? Object.fromEntries(own) : {}, lead: nothingAgreed(leadId) }
}
