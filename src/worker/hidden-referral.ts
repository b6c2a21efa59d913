import { Failure } from '../failure.ts'

/**
 * Whether the failure says that this account may not see a related referral, which belongs to another party. A 401 is about the sign-in, and so
 * about every referral. Whether Partner Center answers 403 or 404 here is not documented.
 */
export function isHiddenReferral(error: unknown): boolean {
  if (!(error instanceof Failure)) return false
  return error.code === 'REFERRAL_NOT_FOUND' || (error.code === 'PARTNER_CENTER_DENIED' && error.answeredStatus === 403)
}
