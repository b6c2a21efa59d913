import { leadFromReferral } from '../mapping/lead-from-referral.ts'
import type { CrmLead, LeadWritten, Link } from '../ports.ts'
import { fieldChanges } from './field-changes.ts'
import { pick } from './lead-write.ts'
import { type Merged, merge } from './merge.ts'
import { isClosed, leaveClosed, type Turn } from './turn.ts'
import { writeReferral } from './write-referral.ts'

/**
 * Writes each side what the other has changed, and keeps what both then agree on. The referral goes first: should the process end before
 * the lead is written, the next run finds the referral as the CRM has it. Undefined when the lead turned out to be gone or another one.
 */
export async function writeBoth(turn: Turn, link: Link, lead: CrmLead | undefined): Promise<Link | undefined> {
  const { wanted, ports, options, done } = turn
  const merged = merge(link, { fields: { ...wanted }, lead, winner: options.winner ?? 'partner-center' })
  done.conflicts = merged.conflicts
  ports.note({ kind: 'compared', text: inWords(merged) })

  const after = await writeReferral(turn, link.leadId, merged.toReferral)
  const answer = await writeLead(turn, { link, lead, names: merged.toLead })
  if (answer === 'elsewhere') return undefined

  const isFromCrm = after !== undefined && Object.keys(merged.toReferral).length > 0
  const agreed = isFromCrm ? leadFromReferral(after, ports.mapping).lead : wanted
  const held = answer?.lead ?? lead
  const { deletedAt: _deletedAt, ...rest } = link
  const next: Link = {
    ...rest,
    written: done.lead === 'readOnly' ? link.written : { ...link.written, ...agreed },
    ...(held && { lead: held }),
    ...(after?.eTag && { ownETag: after.eTag })
  }
  if (after || answer || lead) await ports.links.put(next)
  return next
}

async function writeLead(
  turn: Turn,
  { link, lead, names }: { link: Link; lead: CrmLead | undefined; names: string[] }
): Promise<LeadWritten | 'elsewhere' | undefined> {
  const { referralId, wanted, ports, done } = turn
  if (names.length === 0) return undefined
  if (lead && isClosed(lead)) return void leaveClosed(turn, lead.state)
  const answer = await ports.crm.updateLead(referralId, pick({ lead: wanted }, names), ports.call)
  if (answer?.outcome === 'readOnly') {
    leaveClosed(turn, answer.state)
    return answer
  }
  if (answer?.leadId !== link.leadId) {
    // The next turn reads who is there now, if anybody, and a new lead gets every field.
    await ports.links.put(answer ? { ...link, leadId: answer.leadId, written: {} } : { ...link, deletedAt: ports.now().toISOString() })
    return 'elsewhere'
  }
  done.lead = 'updated'
  done.notices.push(...answer.notices)
  const changes = fieldChanges(link.written, { ...wanted }, names)
  ports.note({ kind: 'written', text: 'The lead was updated.', changes, facts: { leadId: answer.leadId } })
  return answer
}

function inWords({ toLead, toReferral, conflicts }: Merged): string {
  const names = Object.keys(toReferral)
  const parts = [
    toLead.length > 0 ? `the referral changed ${toLead.join(', ')}` : [],
    names.length > 0 ? `the CRM changed ${names.join(', ')}` : [],
    conflicts.length > 0 ? `both changed ${conflicts.join(', ')}` : []
  ].flat()
  return parts.length === 0 ? 'Nothing differs.' : `Compared with what both last agreed on, ${parts.join('; ')}.`
}
