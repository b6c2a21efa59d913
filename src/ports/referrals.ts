import type { Referral, ReferralPage, ReferralQuery } from '../schemas/referral.ts'
import type { NewReferral, ReferralEdits } from '../schemas/referral-edits.ts'
import type { Call } from './call.ts'

/** The referrals of Partner Center. */
export interface Referrals {
  /** @throws REFERRAL_NOT_FOUND, PARTNER_CENTER_… */
  get(referralId: string, call?: Call): Promise<Referral>
  list(query: ReferralQuery, call?: Call): Promise<ReferralPage>
  /** `referral` is left out when the answer does not show it; the id is known all the same. */
  create(referral: NewReferral, call?: Call): Promise<{ referralId: string; referral?: Referral }>
  /**
   * Writes the edits that differ from `read`, guarded by its eTag; no request is made when none does.
   * @throws REFERRAL_CHANGED when the referral is not the one that was read any more, REFERRAL_CLOSED, REFERRAL_TRANSITION_REFUSED
   */
  patch(read: Referral, edits: ReferralEdits, call?: Call): Promise<{ referral: Referral; changed: string[] }>
}
