import { Failure } from '../failure.ts'
import type { Referral } from '../schemas/referral.ts'
import type { ReferralEdits } from '../schemas/referral-edits.ts'
import { referralChanges } from './field-changes.ts'
import { stageInWords, type Turn } from './turn.ts'

/**
 * Writes to the referral what the CRM has changed, and the lead's id when it carries another one. Gives the referral as it is then, or
 * undefined when nothing was written. What a closed referral cannot take any more ends with a note.
 * @throws REFERRAL_CHANGED when it is not the version that was read
 */
export async function writeReferral(turn: Turn, leadId: string, edits: ReferralEdits): Promise<Referral | undefined> {
  const { referral, ports, done } = turn
  const wanted = { ...edits, ...(referral.externalReferenceId !== leadId && { externalReferenceId: leadId }) }
  if (Object.keys(wanted).length === 0) return undefined
  if (referral.status?.toLowerCase() === 'closed') return skip(turn, wanted)
  try {
    const { referral: after, changed } = await ports.referrals.patch(referral, wanted, ports.call)
    if (changed.length === 0) return undefined
    done.writeBack = 'written'
    ports.note({
      kind: 'writtenBack',
      text: 'The referral was updated.',
      changes: referralChanges(referral, wanted, changed),
      facts: { leadId, ...(after.eTag && { eTag: after.eTag }) }
    })
    return after
  } catch (error) {
    // Closed since it was read, or by its status not open to what the CRM asks.
    if (error instanceof Failure && ['REFERRAL_CLOSED', 'REFERRAL_TRANSITION_REFUSED'].includes(error.code)) return skip(turn, wanted)
    throw error
  }
}

function skip({ referral, ports, done }: Turn, edits: ReferralEdits): undefined {
  const names = Object.keys(edits).map(name => (name === 'externalReferenceId' ? 'the id of the lead' : name))
  const text = `The referral is ${stageInWords(referral)} and cannot take ${names.join(', ')}.`
  if (done.writeBack === 'unchanged') done.writeBack = 'skipped'
  done.reasons.push(text)
  ports.note({ kind: 'skipped', text })
  return undefined
}
