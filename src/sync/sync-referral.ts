import { Failure } from '../failure.ts'
import { leadFromReferral } from '../mapping/lead-from-referral.ts'
import type { Referrals } from '../ports.ts'
import type { Referral } from '../schemas/referral.ts'
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

  const writeBack = await writeBackLeadId(referral, lead.leadId)
  const reasons = [
    lead.outcome === 'readOnly' ? `The lead is ${lead.state?.toLowerCase() ?? 'closed'} and was left alone.` : [],
    writeBack === 'skipped' ? 'The referral is closed and cannot carry the id of the lead.' : []
  ].flat()
  const isWritten = lead.outcome === 'created' || lead.outcome === 'updated'
  return {
    referralId,
    outcome: isWritten || writeBack === 'written' ? 'synchronized' : 'nothingToDo',
    leadId: lead.leadId,
    lead: lead.outcome,
    writeBack,
    ...(reasons.length > 0 && { reason: reasons.join(' ') }),
    notices: [...mapped.notices, ...lead.notices]
  }

  async function writeBackLeadId(read: Referral, leadId: string): Promise<SyncResult['writeBack']> {
    if (read.externalReferenceId === leadId) return 'unchanged'
    if (read.status?.toLowerCase() === 'closed') return 'skipped'
    try {
      const { changed } = await updateReferral(referralId, { externalReferenceId: leadId }, { referrals, read, ...(call && { call }) })
      return changed.length > 0 ? 'written' : 'unchanged'
    } catch (error) {
      // Closed since it was read: the lead is written, and nothing is left to do.
      if (error instanceof Failure && error.code === 'REFERRAL_CLOSED') return 'skipped'
      throw error
    }
  }
}
