import { Failure } from '../failure.ts'
import type { Referrals } from '../ports.ts'
import type { ReferralEdits } from '../schemas/referral-edits.ts'
import { isGuid } from './guid.ts'
import { jsonPatch } from './json-patch.ts'
import { listQuery, nextPage } from './list-query.ts'
import { openSender, type PartnerCenterOptions } from './open-sender.ts'
import { readPage, readReferral } from './read-referral.ts'
import { checkTransition } from './status-machine.ts'
import { unexpected } from './to-failure.ts'

/**
 * The referrals of Partner Center over its REST API (contract V3), which takes App+User tokens only.
 * Source: learn.microsoft.com/partner-center/developer/get-a-referral-by-id, …/get-a-list-of-referrals, …/create-a-referral, …/patch-a-referral
 */
export function partnerCenterReferrals(options: PartnerCenterOptions): Referrals {
  const { log } = options
  const send = openSender(options)

  const get: Referrals['get'] = async (referralId, call) => {
    const path = pathOf(referralId)
    return readReferral(await send({ method: 'GET', path, about: 'one', isRepeatable: true }, call), referralId)
  }

  const list: Referrals['list'] = async (query, call) => {
    const sent = query.filter?.match(/'[^']*'/g)?.map(literal => literal.slice(1, -1))
    const answer = await send({ method: 'GET', path: '', query: listQuery(query), about: 'many', sent, isRepeatable: true }, call)
    const { value, nextLink, unreadable } = readPage(answer)
    if (unreadable > 0) log.warn({ unreadable }, 'Partner Center listed entries without an id; they are left out.')
    const next = nextPage(nextLink, query)
    return { value, ...(next !== undefined && { nextPage: next }) }
  }

  const create: Referrals['create'] = async (referral, call) => {
    // A deal of one's own is posted as New and Pending; Partner Center accepts it at once. A POST is never repeated: it might create two.
    const body = { status: 'New', substatus: 'Pending', ...referral }
    const answer = await send({ method: 'POST', path: '', body, about: 'many', sent: referral, isRepeatable: false }, call)
    if (answer.body !== '') {
      const created = readReferral(answer)
      return { referralId: String(created.id), referral: created }
    }
    const createdId = /([0-9a-f-]{36})\/?$/i.exec(answer.header('location') ?? '')?.[1]
    if (createdId === undefined || !isGuid(createdId)) throw unexpected('did not say which referral it created', answer)
    return { referralId: createdId.toLowerCase() }
  }

  const patch: Referrals['patch'] = async (read, edits, call) => {
    const { operations, changed } = jsonPatch(read, edits)
    if (operations.length === 0) return { referral: read, changed }
    checkTransition(read, Object.fromEntries(changed.map(name => [name, edits[name]])) as ReferralEdits)
    const referralId = String(read.id)
    const answer = await send(
      {
        method: 'PATCH',
        path: pathOf(referralId),
        headers: { 'if-match': guard(read.eTag), prefer: 'return=representation' },
        body: operations,
        about: 'one',
        sent: edits,
        // If the first one did arrive, the second meets a newer eTag and is refused.
        isRepeatable: true
      },
      call
    )
    // «Prefer» is a wish: without a body (the documented default is 204) the referral is read again.
    return { referral: answer.body === '' ? await get(referralId, call) : readReferral(answer, referralId), changed }
  }

  return { get, list, create, patch }
}

/** An id goes into a path only when it is a GUID, wherever it came from. */
function pathOf(referralId: string): string {
  if (!isGuid(referralId)) throw new Failure('REFERRAL_ID_MALFORMED', 'The referral id is not a GUID.')
  return `/${referralId.toLowerCase()}`
}

/** The eTag as it came: its quotes are part of it, and losing them is the usual cause of a 412. */
function guard(eTag: unknown): string {
  if (typeof eTag !== 'string' || !/^[\x20-\x7e]{1,200}$/.test(eTag)) {
    throw new Failure('PARTNER_CENTER_UNEXPECTED', 'The referral came without a usable eTag, so that it cannot be updated safely.')
  }
  return eTag
}
