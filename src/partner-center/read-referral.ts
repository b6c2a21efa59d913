import type { Referral } from '../schemas/referral.ts'
import type { Answer } from './exchange.ts'
import { isRecord, readJson } from './read-json.ts'
import { unexpected } from './to-failure.ts'

/**
 * The referral of an answer. Only its id is required; every other field is kept as it came, unknown ones too, since live answers carry
 * more than the documentation lists and now and then another shape (`ids` as `{}`, numbers as strings). The quotes of `eTag` are part of it.
 * @throws PARTNER_CENTER_UNEXPECTED when it is no referral, or another one than `referralId`
 */
export function readReferral(answer: Answer, referralId?: string): Referral & { id: string } {
  const referral = readJson(answer)
  if (!isReferral(referral)) throw unexpected('sent something that is not a referral', answer)
  if (referralId !== undefined && referral.id.toLowerCase() !== referralId.toLowerCase()) {
    throw unexpected('sent another referral than the one that was asked for', answer)
  }
  const eTag = referral.eTag ?? answer.header('etag')
  return eTag === undefined ? referral : { ...referral, eTag }
}

/** The referrals and the link of a page; entries without an id are left out and counted. */
export function readPage(answer: Answer): { value: Referral[]; nextLink: unknown; unreadable: number } {
  const page = readJson(answer)
  if (!isRecord(page) || !Array.isArray(page.value)) throw unexpected('sent something that is not a list of referrals', answer)
  const value = page.value.filter(isReferral)
  return { value, nextLink: page['@odata.nextLink'], unreadable: page.value.length - value.length }
}

function isReferral(value: unknown): value is Referral & { id: string } {
  return isRecord(value) && typeof value.id === 'string' && value.id !== ''
}
