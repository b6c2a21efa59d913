import { setTimeout } from 'node:timers/promises'
import { Agent, type Dispatcher } from 'undici'
import { Failure } from '../failure.ts'
import type { GetToken, Log, Referrals } from '../ports.ts'
import type { ReferralEdits } from '../schemas/referral-edits.ts'
import { isGuid } from './guid.ts'
import { jsonPatch } from './json-patch.ts'
import { listQuery, nextPage } from './list-query.ts'
import { readPage, readReferral } from './read-referral.ts'
import { sender } from './send.ts'
import { checkTransition } from './status-machine.ts'
import { unexpected } from './to-failure.ts'

export interface PartnerCenterOptions {
  /** For example https://api.partner.microsoft.com/v1.0/engagements/referrals. */
  baseUrl: string
  /** Tokens for the audience of `baseUrl`; Partner Center takes App+User tokens only. */
  getToken: GetToken
  log: Log
  now?: () => Date
  /** In milliseconds. `total` bounds one request with its repeats, and the wait for a free connection. */
  timeouts?: { connect?: number; headers?: number; body?: number; total?: number }
  /** Instead of a pool of our own. */
  dispatcher?: Dispatcher
  wait?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

/**
 * The referrals of Partner Center over its REST API (contract V3).
 * Source: learn.microsoft.com/partner-center/developer/get-a-referral-by-id, …/get-a-list-of-referrals, …/create-a-referral, …/patch-a-referral
 */
export function partnerCenterReferrals(options: PartnerCenterOptions): Referrals {
  const { baseUrl, getToken, log, now = () => new Date(), timeouts = {}, wait = pause } = options
  const { connect = 5000, headers = 20_000, body = 20_000, total = 30_000 } = timeouts
  const dispatcher =
    options.dispatcher ??
    new Agent({ connections: 8, pipelining: 1, connect: { timeout: connect }, headersTimeout: headers, bodyTimeout: body })
  const send = sender({ baseUrl, getToken, log, dispatcher, totalMs: total, now, wait })

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
    if (answer.body !== '') return readReferral(answer)
    const createdId = /([0-9a-f-]{36})\/?$/i.exec(answer.header('location') ?? '')?.[1]
    if (createdId === undefined || !isGuid(createdId)) throw unexpected('did not say which referral it created', answer)
    return get(createdId, call)
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

const pause = (ms: number, signal: AbortSignal): Promise<void> => setTimeout(ms, undefined, { signal })
