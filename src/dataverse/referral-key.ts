import { Failure } from '../failure.ts'

/**
 * The alternate key of a referral's lead as it stands in a URL: `new_referralid='4111fffc-…'`.
 *
 * dynamics-web-api does not encode key values (`,` is rejected, `#` and `?` cut the URL, `"` becomes `'`), and Dataverse itself refuses
 * / < > * % & : \ ? + in them (learn.microsoft.com, «Work with alternate keys»), so nothing but the characters of an id is let through.
 * @throws REFERRAL_ID_MALFORMED
 */
export function referralKey(referralColumn: string, referralId: string): string {
  if (!/^[A-Za-z0-9_.-]{1,100}$/.test(referralId)) {
    throw new Failure('REFERRAL_ID_MALFORMED', 'The referral id has a character that Dataverse does not accept in a key, or is too long.')
  }
  return `${referralColumn}='${referralId}'`
}
