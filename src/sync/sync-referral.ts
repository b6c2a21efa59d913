import { Failure } from '../failure.ts'
import { leadFromReferral } from '../mapping/lead-from-referral.ts'
import type { Link } from '../ports.ts'
import type { SyncResult } from '../schemas/sync-result.ts'
import { adopted, createLead } from './create-lead.ts'
import { changedFields, isShared } from './merge.ts'
import { type Done, isClosed, type SyncOptions, type SyncPorts, stageInWords, type Turn } from './turn.ts'
import { whileOurs } from './while-ours.ts'
import { writeBoth } from './write-both.ts'

export type { SyncOptions, SyncPorts } from './turn.ts'

/** After that many turns somebody edits without a pause; the job is tried again later. */
const maxTurns = 4

/**
 * Brings one referral in step: reads both sides, merges what each changed since they last agreed, writes each what the other has changed.
 * Safe to repeat at any point, and a run that finds everything in step writes nothing. When somebody edits the referral between our reading
 * and our writing, it starts over with what the referral is then. In the plain case one GET of the referral, one write to the CRM, one PATCH.
 * When the call's signal is aborted, nothing more is written and it fails.
 * @throws REFERRAL_CHANGED, REFERRAL_NOT_FOUND, PARTNER_CENTER_…, CRM_…, SIGN_IN_…
 */
export async function syncReferral(referralId: string, ports: SyncPorts, options: SyncOptions = {}): Promise<SyncResult> {
  const note = ports.note ?? (() => undefined)
  const links = whileOurs(ports.links, ports.call)
  const done: Done = { lead: 'unchanged', writeBack: 'unchanged', conflicts: [], reasons: [], notices: [], mustLook: false }
  for (let turns = 1; turns <= maxTurns; turns++) {
    done.reasons = []
    const referral = await ports.referrals.get(referralId, ports.call)
    note({ kind: 'fetched', text: `The referral is ${stageInWords(referral)}.`, ...(referral.eTag && { facts: { eTag: referral.eTag } }) })
    const { lead: wanted, notices } = leadFromReferral(referral, ports.mapping)
    done.notices = [...notices]
    const turn: Turn = { referralId, referral, wanted, ports: { ...ports, links, note }, options, done }
    try {
      const link = await take(turn)
      if (link) return resultOf(turn, link)
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'REFERRAL_CHANGED')) throw error
      note({ kind: 'retried', text: 'Somebody edited the referral in the meantime; it is read again.', code: error.code })
    }
  }
  throw new Failure('REFERRAL_CHANGED', `The referral or its lead changed during each of ${maxTurns} readings.`)
}

/** The link as it is when both sides are in step; undefined when another turn is needed. */
async function take(turn: Turn): Promise<Link | undefined> {
  const { referralId, wanted, ports, options, done } = turn
  const link = await ports.links.get(referralId)
  if (!link) {
    ports.note({ kind: 'compared', text: 'The referral is not linked to a lead yet.' })
    return await createLead(turn, undefined)
  }
  const mayBeChanged = options.look || done.mustLook || link.lead === undefined || link.deletedAt !== undefined || isClosed(link.lead)
  const isChanged = changedFields({ ...wanted }, link).some(isShared)
  if (!mayBeChanged && !isChanged) return await writeBoth(turn, link, undefined)
  const lead = await ports.crm.readLead(referralId, ports.call)
  if (lead) return await writeBoth(turn, lead.leadId === link.leadId ? link : adopted(turn, lead.leadId), lead)
  if (!options.recreateDeleted) return await leaveDeleted(turn, link)
  ports.note({ kind: 'compared', text: 'The lead was deleted in the CRM and is made again.' })
  return await createLead(turn, link)
}

async function leaveDeleted({ ports, done }: Turn, link: Link): Promise<Link> {
  done.lead = 'deleted'
  done.reasons.push('The lead was deleted in the CRM.')
  const text = 'The lead was deleted in the CRM and is not made again, unless SYNC_RECREATE_DELETED says so.'
  ports.note({ kind: 'skipped', text, facts: { leadId: link.leadId } })
  const gone = { ...link, deletedAt: link.deletedAt ?? ports.now().toISOString() }
  if (link.deletedAt === undefined) await ports.links.put(gone)
  return gone
}

function resultOf({ referralId, referral, ports, done }: Turn, link: Link): SyncResult {
  const isWritten = done.lead === 'created' || done.lead === 'updated' || done.writeBack === 'written'
  const reasons = [...done.reasons]
  if (!isWritten && reasons.length === 0) {
    const isEcho = link.ownETag !== undefined && link.ownETag === referral.eTag
    reasons.push(isEcho ? 'Our own change.' : 'Both sides are in step.')
    ports.note({ kind: 'skipped', text: `Nothing to do: ${isEcho ? 'our own change' : 'both sides are in step'}.` })
  }
  return {
    referralId,
    outcome: isWritten ? 'synchronized' : 'nothingToDo',
    leadId: link.leadId,
    lead: done.lead,
    writeBack: done.writeBack,
    ...(done.conflicts.length > 0 && { conflicts: done.conflicts }),
    ...(reasons.length > 0 && { reason: reasons.join(' ') }),
    notices: done.notices
  }
}
