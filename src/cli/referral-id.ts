import { Value } from 'typebox/value'
import { ReferralId } from '../schemas/referral.ts'
import { UsageError } from './command.ts'

/** The referral that a command line names, as it is stored. @throws UsageError for what is no id */
export function referralIdFrom(text = ''): string {
  const referralId = text.toLowerCase()
  if (Value.Check(ReferralId, referralId)) return referralId
  throw new UsageError('The referral id is a GUID, for example 4111fffc-f9ee-4d53-bba6-569135228642.')
}
