import type { Link } from '../ports.ts'
import { fieldChanges } from './field-changes.ts'
import { complete } from './lead-write.ts'
import { leaveClosed, type Turn } from './turn.ts'
import { writeReferral } from './write-referral.ts'

/**
 * Makes the lead of a referral that has none, with every field. A lead that carries the referral's id already is found by it and becomes the
 * linked one: a run before this one was stopped, or another system made it.
 */
export async function createLead(turn: Turn, gone: Link | undefined): Promise<Link> {
  const { referralId, ports, done } = turn
  const written = gone?.written ?? {}
  const wanted = complete(written, { lead: turn.wanted })
  const answer = await ports.crm.upsertLead(referralId, wanted, ports.call)
  const isReadOnly = answer.outcome === 'readOnly'
  const fields: Record<string, unknown> = { ...wanted.lead, ...wanted.customColumns }
  done.lead = answer.outcome
  done.notices.push(...answer.notices)
  const link: Link = { referralId, leadId: answer.leadId, written: isReadOnly ? {} : fields, ...(answer.lead && { lead: answer.lead }) }
  await ports.links.put(link)
  if (isReadOnly) leaveClosed(turn, answer.state)
  else
    ports.note({
      kind: 'written',
      text: `The lead was ${answer.outcome}.`,
      changes: fieldChanges({}, fields, Object.keys(fields)),
      facts: { leadId: answer.leadId }
    })
  const after = await writeReferral(turn, link.leadId, {})
  if (!after?.eTag) return link
  const own = { ...link, ownETag: after.eTag }
  await ports.links.put(own)
  return own
}
