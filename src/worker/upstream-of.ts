import type { FailureCode } from '../failure.ts'
import type { NewTimelineEntry } from '../schemas/timeline.ts'

/** What the work needs and what can be down as a whole. */
export const upstreams = ['partner-center', 'crm', 'sign-in', 'store'] as const
export type Upstream = (typeof upstreams)[number]

interface OutageRow {
  upstream: Upstream
  /** It is never about the one record that was worked on. */
  concernsAll: boolean
}

/**
 * Failures that may say: the other side as a whole does not work now. Some of them may as well be about one record, which a server
 * stumbles over (500) or which this user may not see (403): the circuit breaker finds out which.
 */
const outages: { [code in FailureCode]?: OutageRow } = {
  PARTNER_CENTER_BUSY: { upstream: 'partner-center', concernsAll: true },
  PARTNER_CENTER_UNREACHABLE: { upstream: 'partner-center', concernsAll: false },
  PARTNER_CENTER_DENIED: { upstream: 'partner-center', concernsAll: false },
  PARTNER_CENTER_UNEXPECTED: { upstream: 'partner-center', concernsAll: false },
  CRM_BUSY: { upstream: 'crm', concernsAll: true },
  CRM_UNREACHABLE: { upstream: 'crm', concernsAll: false },
  CRM_DENIED: { upstream: 'crm', concernsAll: false },
  CRM_UNEXPECTED: { upstream: 'crm', concernsAll: false },
  CRM_NOT_SET_UP: { upstream: 'crm', concernsAll: true },
  SIGN_IN_NOT_CONFIGURED: { upstream: 'sign-in', concernsAll: true },
  SIGN_IN_EXPIRED: { upstream: 'sign-in', concernsAll: true },
  SIGN_IN_REFUSED: { upstream: 'sign-in', concernsAll: true },
  SIGN_IN_UNREACHABLE: { upstream: 'sign-in', concernsAll: true },
  STORE_UNAVAILABLE: { upstream: 'store', concernsAll: true },
  STORE_IN_USE: { upstream: 'store', concernsAll: true },
  STORE_KEY_WRONG: { upstream: 'store', concernsAll: true }
}

/** Whose outage the failure may be; undefined when it is about the record, or about this service. */
export function upstreamOf(code: FailureCode): Upstream | undefined {
  return outages[code]?.upstream
}

/** Whether the failure can only be about an upstream as a whole. */
export function concernsAll(code: FailureCode): boolean {
  return outages[code]?.concernsAll ?? false
}

const refusals: { [code in FailureCode]?: Upstream } = {
  REFERRAL_NOT_FOUND: 'partner-center',
  REFERRAL_CHANGED: 'partner-center',
  REFERRAL_CLOSED: 'partner-center',
  REFERRAL_TRANSITION_REFUSED: 'partner-center',
  REFERRAL_REFUSED: 'partner-center',
  CRM_COLUMN_UNKNOWN: 'crm',
  CRM_VALUE_REFUSED: 'crm',
  CRM_RECORD_MISSING: 'crm',
  CRM_DUPLICATE: 'crm'
}

/** Who works, since it refused one record in a way that is documented. */
export function refusedBy(code: FailureCode): Upstream | undefined {
  return refusals[code]
}

/**
 * Which upstreams a run has proven to work, by what it noted. One that found nothing to do has read the referral, and need not have called
 * the CRM: that an unchanged referral was looked at must not end an outage of the CRM.
 */
export function reachedBy(entries: readonly Pick<NewTimelineEntry, 'kind'>[]): Upstream[] {
  const has = (kind: NewTimelineEntry['kind']): boolean => entries.some(entry => entry.kind === kind)
  if (has('written')) return ['sign-in', 'partner-center', 'crm']
  return has('fetched') ? ['partner-center'] : []
}
