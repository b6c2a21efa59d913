import { Failure } from '../failure.ts'
import type { Call, Referrals } from '../ports.ts'
import type { Referral } from '../schemas/referral.ts'
import type { ReferralEdits } from '../schemas/referral-edits.ts'
import { referralChanges } from './field-changes.ts'
import type { Note } from './note.ts'

const attempts = 4

export interface UpdatePorts {
  referrals: Pick<Referrals, 'get' | 'patch'>
  /** The version the edits are meant for; a referral that has changed since is then not edited. */
  eTag?: string
  /** The referral when it has been read already. */
  read?: Referral
  call?: Call
  /** Is told what was written. */
  note?: Note
}

/**
 * Writes the edits that differ. When somebody else was faster the referral is read again and the edits are tried on what it is now,
 * unless the caller named the version they are meant for.
 * @throws REFERRAL_CHANGED, REFERRAL_CLOSED, REFERRAL_TRANSITION_REFUSED
 */
export async function updateReferral(
  referralId: string,
  edits: ReferralEdits,
  { referrals, eTag, read, call, note }: UpdatePorts
): Promise<{ referral: Referral; changed: string[] }> {
  for (let attempt = 1; ; attempt++) {
    const referral = (attempt === 1 ? read : undefined) ?? (await referrals.get(referralId, call))
    if (eTag !== undefined && !isSameVersion(eTag, referral.eTag))
      throw new Failure('REFERRAL_CHANGED', 'The referral is not the version that the edits are meant for.')
    try {
      const written = await referrals.patch(referral, edits, call)
      const { changed, referral: after } = written
      if (changed.length > 0)
        note?.({
          kind: 'writtenBack',
          text: 'The referral was updated.',
          changes: referralChanges(referral, edits, changed),
          ...(after.eTag && { facts: { eTag: after.eTag } })
        })
      return written
    } catch (error) {
      const isLost = error instanceof Failure && error.code === 'REFERRAL_CHANGED'
      if (!isLost || eTag !== undefined || attempt === attempts) throw error
    }
  }
}

/** Flows lose the quotes of an ETag easily; the version is the same without them. What is sent to Partner Center is the one that was read. */
function isSameVersion(given: string, present: string | null | undefined): boolean {
  const bare = (eTag: string): string => eTag.trim().replace(/^"(.*)"$/s, '$1')
  return typeof present === 'string' && bare(given) === bare(present)
}
