import { Failure } from '../failure.ts'
import { leadFromReferral, type MappingOptions } from '../mapping/lead-from-referral.ts'
import type { Delivery, Links, Referrals } from '../ports.ts'
import type { ReferralNotification } from '../schemas/subscription.ts'

export interface NotificationPorts {
  referrals: Pick<Referrals, 'get'>
  links: Pick<Links, 'get'>
  mapping?: MappingOptions
}

type AboutReferral = Pick<ReferralNotification, 'referral' | 'lead' | 'leadId'>

/**
 * Makes what subscribers are sent. A referral is read when it is first asked for and then remembered: several events about one
 * referral that wait together all tell how it is now.
 */
export function notifications({ referrals, links, mapping }: NotificationPorts): (delivery: Delivery) => Promise<ReferralNotification> {
  const known = new Map<string, AboutReferral>()

  return async ({ id, event, receivedAt, correlationId }) => {
    const { name, referralId, changedAt } = event
    const occurredAt = instant(changedAt)
    return {
      id,
      eventName: name,
      ...(occurredAt !== undefined && { occurredAt }),
      receivedAt: receivedAt.toISOString(),
      correlationId,
      ...(referralId !== undefined && { referralId, ...(await about(referralId, correlationId)) })
    }
  }

  async function about(referralId: string, correlationId: string): Promise<AboutReferral> {
    const before = known.get(referralId)
    if (before) return before
    const referral = await visible(() => referrals.get(referralId, { correlationId }))
    const link = await links.get(referralId)
    const found = {
      ...(referral && { referral, lead: leadFromReferral(referral, mapping).lead }),
      ...(link && link.deletedAt === undefined && { leadId: link.leadId })
    }
    known.set(referralId, found)
    return found
  }
}

/** A related referral belongs to another party and may be hidden from this account; its subscribers are told of the event all the same. */
async function visible<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof Failure && (error.code === 'REFERRAL_NOT_FOUND' || error.code === 'PARTNER_CENTER_DENIED')) return undefined
    throw error
  }
}

/** An instant of Partner Center, in the form that the schema promises. It is in UTC even where it does not say so: the wire's name for it is ResourceChangeUtcDate. */
function instant(written = ''): string | undefined {
  const at = Date.parse(/T[\d:.]+$/.test(written) ? `${written}Z` : written)
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}
