import { leadFromReferral } from '../mapping/lead-from-referral.ts'
import type { Referrals } from '../ports.ts'
import type { SyncResult } from '../schemas/sync-result.ts'
import { updateReferral } from './update-referral.ts'
import { type UpsertPorts, writeLead } from './upsert-lead.ts'

export type SyncPorts = Omit<UpsertPorts, 'referrals'> & { referrals: Pick<Referrals, 'get' | 'patch'> }

/**
 * Brings one referral in step: read it, map it, write the lead, write the lead's id back. Safe to repeat at any point; a run that finds
 * everything in step writes nothing. In the plain case one GET of the referral, one write to the CRM, one PATCH of the referral.
 */
export async function syncReferral(referralId: string, { referrals, crm, links, mapping, call }: SyncPorts): Promise<SyncResult> {
  const referral = await referrals.get(referralId, call)
  const mapped = leadFromReferral(referral, mapping)
  const lead = await writeLead(referralId, { lead: mapped.lead }, { crm, links, ...(call && { call }) })

  const isLinked = referral.externalReferenceId === lead.leadId
  const isClosed = referral.status?.toLowerCase() === 'closed'
  const isWrittenBack = !isLinked && !isClosed
  if (isWrittenBack) {
    const edits = { externalReferenceId: lead.leadId }
    await updateReferral(referralId, edits, { referrals, read: referral, ...(call && { call }) })
  }

  const reasons = [
    lead.outcome === 'readOnly' ? `The lead is ${lead.state?.toLowerCase() ?? 'closed'} and was left alone.` : [],
    !isLinked && isClosed ? 'The referral is closed and cannot carry the id of the lead.' : []
  ].flat()
  const isWritten = lead.outcome === 'created' || lead.outcome === 'updated'
  return {
    referralId,
    outcome: isWritten || isWrittenBack ? 'synchronized' : 'nothingToDo',
    leadId: lead.leadId,
    lead: lead.outcome,
    writeBack: isWrittenBack ? 'written' : isLinked ? 'unchanged' : 'skipped',
    ...(reasons.length > 0 && { reason: reasons.join(' ') }),
    notices: [...mapped.notices, ...lead.notices]
  }
}
