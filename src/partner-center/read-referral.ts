import type { Referral } from '../schemas/referral.ts'
import type { Answer } from './exchange.ts'
import { unexpected } from './to-failure.ts'

/**
 * The referral of an answer. Only its id is required; every other field is kept as it came, unknown ones too, since live answers carry
 * more than the documentation lists and now and then another shape (`ids` as `{}`, numbers as strings). The quotes of `eTag` are part of it.
 * @throws PARTNER_CENTER_UNEXPECTED when it is no referral, or another one than `referralId`
 */
export function readReferral(answer: Answer, referralId?: string): Referral & { id: string } {
  const referral = json(answer)
  if (!isReferral(referral)) throw unexpected('sent something that is not a referral', answer)
  if (referralId !== undefined && referral.id.toLowerCase() !== referralId.toLowerCase()) {
    throw unexpected('sent another referral than the one that was asked for', answer)
  }
  const eTag = referral.eTag ?? answer.header('etag')
  return eTag === undefined ? referral : { ...referral, eTag }
}

/** The referrals and the link of a page; entries without an id are left out and counted. */
export function readPage(answer: Answer): { value: Referral[]; nextLink: unknown; unreadable: number } {
  const page = json(answer)
  if (!isRecord(page) || !Array.isArray(page.value)) throw unexpected('sent something that is not a list of referrals', answer)
  const value = page.value.filter(isReferral)
  return { value, nextLink: page['@odata.nextLink'], unreadable: page.value.length - value.length }
}

function json(answer: Answer): unknown {
  try {
    return JSON.parse(answer.body)
  } catch {
    // V8's SyntaxError quotes the text, which may be customer data: it is not kept as the cause.
    const type = /^[\w.+/-]{1,60}/.exec(answer.header('content-type') ?? '')?.[0] ?? 'nothing'
    throw unexpected(`sent something that cannot be read as JSON and says it is ${type}`, answer)
  }
}

function isReferral(value: unknown): value is Referral & { id: string } {
  return isRecord(value) && typeof value.id === 'string' && value.id !== ''
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
