import { Failure } from '../failure.ts'
import type { ReferralQuery } from '../schemas/referral.ts'

const options = { filter: '$filter', orderBy: '$orderby', top: '$top', skip: '$skip' } as const
type OptionName = keyof typeof options
const optionNames = Object.keys(options) as OptionName[]

/** What our own `next` holds: the server's token as it stood in its link, and those of our own options that the link repeated. */
type Position = { token: string } & Pick<ReferralQuery, OptionName>

/** A token may hold any character of a query (RFC 3986 section 3.4) except the one that ends it. */
const tokenForm = /^(?:[A-Za-z0-9\-._~!$'()*+,;=:@/?]|%[0-9A-Fa-f]{2}){1,2800}$/

/**
 * The query string of a list request, without `?`. With `next` the page after is asked for, and the other fields do not count.
 * @throws REQUEST_INVALID when `next` is not a value that `nextPage` gave
 */
export function listQuery(query: ReferralQuery): string {
  if (query.next === undefined) return odata(query)
  const { token, ...repeated } = positionFrom(query.next)
  return [odata(repeated), `$skiptoken=${token}`].filter(Boolean).join('&')
}

/**
 * The `next` of the page after, or undefined on the last one.
 *
 * The documented `@odata.nextLink` is plain http, lacks a part of the path and names whatever host the server thinks it has: following it
 * would give the bearer token away. Only its `$skiptoken` is taken, letter by letter (decoding would turn a `+` into a space).
 * Source: learn.microsoft.com/partner-center/developer/get-a-list-of-referrals, response example.
 */
export function nextPage(nextLink: unknown, query: ReferralQuery): string | undefined {
  if (nextLink === undefined || nextLink === null || nextLink === '') return undefined
  const link = String(nextLink)
  const parameters = (link.split('#')[0]?.split('?').slice(1).join('?') ?? '').split('&').map(parameter => {
    const [name = '', ...value] = parameter.split('=')
    return { name: name.replace(/^%24/, '$').toLowerCase(), value: value.join('=') }
  })
  const token = parameters.find(({ name }) => name === '$skiptoken')?.value
  if (token === undefined || !tokenForm.test(token)) {
    throw new Failure('PARTNER_CENTER_UNEXPECTED', 'Partner Center announced a next page but gave no usable $skiptoken for it.')
  }
  const before: Pick<ReferralQuery, OptionName> = query.next === undefined ? query : positionFrom(query.next)
  const repeated = optionNames.filter(name => before[name] !== undefined && parameters.some(other => other.name === options[name]))
  const position = { token, ...Object.fromEntries(repeated.map(name => [name, before[name]])) }
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** Spaces as %20, since not every OData server reads `+` as a space; `$` stays readable. */
function odata(query: Pick<ReferralQuery, OptionName>): string {
  const entries = optionNames
    .filter(name => query[name] !== undefined)
    .map((name): [string, string] => [options[name], String(query[name])])
  return new URLSearchParams(entries).toString().replaceAll('+', '%20').replaceAll('%24', '$')
}

/** `next` comes back from outside: it is read as data of a known form, never as a URL. */
function positionFrom(next: string): Position {
  const refused = (cause?: unknown) => new Failure('REQUEST_INVALID', '«next» is not a nextPage value of an answer before.', { cause })
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(next, 'base64url').toString())
  } catch (error) {
    throw refused(error)
  }
  if (typeof value !== 'object' || value === null) throw refused()
  const { token, filter, orderBy, top, skip } = value as Record<string, unknown>
  if (typeof token !== 'string' || !tokenForm.test(token)) throw refused()
  return {
    token,
    ...(typeof filter === 'string' && { filter }),
    ...(typeof orderBy === 'string' && { orderBy: orderBy as NonNullable<ReferralQuery['orderBy']> }),
    ...(typeof top === 'number' && { top }),
    ...(typeof skip === 'number' && { skip })
  }
}
