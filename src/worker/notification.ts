import { Failure, failureFrom } from '../failure.ts'
import { leadFromReferral, type MappingOptions } from '../mapping/lead-from-referral.ts'
import type { Delivery, Links } from '../ports.ts'
import { isRelatedEvent } from '../schemas/callback.ts'
import type { Referral } from '../schemas/referral.ts'
import type { ReferralNotification } from '../schemas/subscription.ts'
import { isHiddenReferral } from './hidden-referral.ts'
import type { SharedReads } from './shared-reads.ts'
import { concernsAll, upstreamOf } from './upstream-of.ts'

export interface NotificationPorts {
  reads: SharedReads
  links: Pick<Links, 'get'>
  mapping?: MappingOptions
}

/** What is told of a referral; `missing` says why it is told without the referral or the lead. */
interface Known {
  facts: Pick<ReferralNotification, 'referral' | 'lead' | 'leadId'>
  missing?: Failure
}

export interface Notification {
  body: ReferralNotification
  missing?: Failure
}

/** A referral that cannot be read holds up its event for so many attempts. */
const maxAttempts = 5

/**
 * Makes what is sent of the deliveries that wait together. A referral is read when it is first asked for and then remembered: several events
 * about it all tell how it was after the last of them. `attempts` is how many in a row have failed of REFERRAL_UNREADABLE.
 * @throws REFERRAL_UNREADABLE while trying again may help, and what concerns Partner Center, the sign-in or the store as a whole
 */
export function notifications(
  { reads, links, mapping }: NotificationPorts,
  waiting: readonly Delivery[]
): (delivery: Delivery, attempts: number) => Promise<Notification> {
  const known = new Map<string, Known>()
  // Oldest first: the last one stays.
  const lastReceived = new Map(waiting.map(({ event, receivedAt }) => [event.referralId, receivedAt]))

  return async ({ id, event, receivedAt, correlationId }, attempts) => {
    const { name, referralId, changedAt } = event
    const occurredAt = instant(changedAt)
    const body = {
      id,
      eventName: name,
      ...(occurredAt !== undefined && { occurredAt }),
      receivedAt: receivedAt.toISOString(),
      correlationId
    }
    if (referralId === undefined) return { body }
    const isRelated = isRelatedEvent(name)
    const lastAt = lastReceived.get(referralId) ?? receivedAt
    const { facts, missing } = await about(referralId, { receivedAt: lastAt, correlationId, isRelated, attempts })
    return { body: { ...body, referralId, ...facts }, ...(missing && { missing }) }
  }

  async function about(referralId: string, event: Asked): Promise<Known> {
    const key = `${referralId} ${event.isRelated}`
    const before = known.get(key)
    if (before) return before
    const { referral, failure } = await read(referralId, event)
    const { lead, failure: unmapped } = referral ? leadOf(referral) : {}
    const missing = failure ?? unmapped
    const link = await links.get(referralId)
    const found: Known = {
      facts: { ...(referral && { referral }), ...(lead && { lead }), ...(link && link.deletedAt === undefined && { leadId: link.leadId }) },
      ...(missing && { missing })
    }
    known.set(key, found)
    return found
  }

  async function read(referralId: string, { isRelated, attempts, ...event }: Asked): Promise<{ referral?: Referral; failure?: Failure }> {
    try {
      return { referral: await reads.get(referralId, event) }
    } catch (error) {
      const failure = failureFrom(error)
      if (failure.code === 'REFERRAL_NOT_FOUND' || (isRelated && isHiddenReferral(failure))) return {}
      if (concernsAll(failure.code)) throw failure
      // Others can be read: then it is this referral, and not an outage, whatever the failure looks like.
      if (upstreamOf(failure.code) !== undefined && !(await reads.works())) throw failure
      const unreadable = new Failure('REFERRAL_UNREADABLE', `This referral cannot be read. ${failure.message}`, { cause: failure })
      if (attempts + 1 < maxAttempts) throw unreadable
      return { failure: unreadable }
    }
  }

  /** What cannot be mapped now cannot be mapped later. */
  function leadOf(referral: Referral): { lead?: ReferralNotification['lead']; failure?: Failure } {
    try {
      return { lead: leadFromReferral(referral, mapping).lead }
    } catch (cause) {
      return { failure: new Failure('INTERNAL', 'The referral could not be made a lead.', { cause }) }
    }
  }
}

interface Asked {
  receivedAt: Date
  correlationId: string
  isRelated: boolean
  attempts: number
}

/** An instant of Partner Center, in the form that the schema promises. It is in UTC even where it does not say so: the wire's name for it is ResourceChangeUtcDate. */
function instant(written = ''): string | undefined {
  const at = Date.parse(/T[\d:.]+$/.test(written) ? `${written}Z` : written)
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}
