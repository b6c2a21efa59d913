import { refusals } from './error.ts'
import { type KeptReferral, referralProperties } from './new-referral.ts'
import { predicateFrom } from './odata-filter.ts'

export type Query = { [option: string]: string | undefined }

const known = ['$filter', '$orderby', '$top', '$skip', '$count', '$select', '$expand', '$skiptoken']

/** Where a page begins: kept in the `$skiptoken`, which means nothing to anybody else. */
interface Position {
  query: Query
  from: number
}

/**
 * One page of the referrals that a query asks for. `@odata.nextLink` is as documented: plain http, without `/engagements`, with nothing
 * but the `$skiptoken`.
 * Source: learn.microsoft.com/partner-center/developer/get-a-list-of-referrals, response example
 */
export function referralPage(referrals: KeptReferral[], asked: Query, pageSize: number): object {
  const unknown = Object.keys(asked).find(name => name.startsWith('$') && !known.includes(name))
  if (unknown !== undefined) throw refusals.invalid(`The query option ${unknown} is not supported.`, unknown)
  const twice = Object.entries(asked).find(([, value]) => typeof value !== 'string')?.[0]
  if (twice !== undefined) throw refusals.invalid(`The query option ${twice} must stand once.`, twice)
  const { query, from } = asked.$skiptoken === undefined ? { query: asked, from: 0 } : positionFrom(asked.$skiptoken)

  const matching = query.$filter === undefined ? referrals : matchingOf(referrals, query.$filter)
  const wanted = inOrder(matching, query.$orderby).slice(wholeNumber(query, '$skip', 0))
  const all = wanted.slice(0, wholeNumber(query, '$top', wanted.length))
  const end = from + pageSize
  return {
    '@odata.context': 'http://api.partner.microsoft.com/v1.0/$metadata#referrals',
    ...(query.$count === 'true' && { '@odata.count': matching.length }),
    value: all.slice(from, end).map(referral => selected(referral, query.$select)),
    ...(end < all.length && {
      '@odata.nextLink': `http://api.partner.microsoft.com/v1.0/referrals?$skiptoken=${tokenFrom({ query, from: end })}`
    })
  }
}

function matchingOf(referrals: KeptReferral[], filter: string): KeptReferral[] {
  const isWanted = predicateFrom(filter)
  return referrals.filter(referral => isWanted({ ...referral }))
}

function inOrder(referrals: KeptReferral[], orderBy: string | undefined): KeptReferral[] {
  if (orderBy === undefined) return referrals
  const [, property, direction] = /^(createdDateTime|updatedDateTime)(?: (asc|desc))?$/.exec(orderBy.trim()) ?? []
  if (property === undefined) throw refusals.invalid(`Referrals cannot be ordered by '${orderBy}'.`, '$orderby')
  const key = property as 'createdDateTime' | 'updatedDateTime'
  const sorted = referrals.toSorted((a, b) => Date.parse(a[key]) - Date.parse(b[key]))
  return direction === 'desc' ? sorted.reverse() : sorted
}

function selected(referral: KeptReferral, select: string | undefined): object {
  if (select === undefined) return referral
  const names = select.split(',').map(name => name.trim())
  const unknown = names.find(name => !referralProperties.has(name))
  if (unknown !== undefined) throw refusals.invalid(`Could not find a property named '${unknown}' on type 'Referral'.`, '$select')
  return Object.fromEntries(Object.entries(referral).filter(([name]) => names.includes(name)))
}

function wholeNumber(query: Query, name: '$top' | '$skip', otherwise: number): number {
  const text = query[name]
  if (text === undefined) return otherwise
  if (!/^\d{1,9}$/.test(text)) throw refusals.invalid(`The value of ${name} must be a whole number.`, name)
  return Number(text)
}

const tokenFrom = (position: Position): string => encodeURIComponent(`+${Buffer.from(JSON.stringify(position)).toString('base64')}`)

function positionFrom(token: string): Position {
  try {
    const { query, from } = JSON.parse(Buffer.from(token.slice(1), 'base64').toString()) as Position
    if (token.startsWith('+') && typeof query === 'object' && Number.isInteger(from)) return { query, from }
  } catch {
    // Falls through: whatever it is, it is no token of ours.
  }
  throw refusals.invalid('The $skiptoken is not valid.', '$skiptoken')
}
