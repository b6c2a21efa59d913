import { randomUUID } from 'node:crypto'
import type { Referral } from '../../schemas/referral.ts'

/** The referral as it is kept: what Partner Center itself decides is always there. */
export interface KeptReferral extends Referral {
  id: string
  eTag: string
  status: string
  substatus: string
  createdDateTime: string
  updatedDateTime: string
}

const host = 'https://api.partner.microsoft.com/v1.0/engagements/referrals'
const partner = { organizationId: '2f0c6a1e-4d1b-4f5e-9a57-0b8e6c3d9f21', organizationName: 'Proseware Consulting', mpnId: '6543210' }
/** Unanswered, an incoming referral expires after so many days. */
export const daysToAnswer = 14

/** Everything that the contract knows, and what it says of a referral that tells nothing about it. */
const blank = {
  name: null,
  externalReferenceId: null,
  acceptedDateTime: null,
  closedDateTime: null,
  expirationDateTime: null,
  statusReason: null,
  salesStage: null,
  qualification: null,
  quality: null,
  type: 'Independent',
  referralSource: null,
  referralProgram: null,
  campaignId: null,
  callToAction: null,
  registrationStatus: null,
  registrations: [],
  isSpam: false,
  favorite: false,
  lastModifiedVia: null,
  lastRunId: null,
  trackingInfo: null,
  tags: [],
  target: [],
  customerProfile: null,
  consent: null,
  details: null,
  team: [],
  inviteContext: null
}

/** A referral of the full contract from what somebody says about it; ids, times, version and stage are Partner Center's to decide. */
export function newReferral(
  draft: object,
  options: { direction: 'Incoming' | 'Outgoing'; status: string; substatus: string; eTag: string; now: Date }
): KeptReferral {
  const { direction, status, substatus, eTag, now } = options
  const id = randomUUID()
  const engagementId = (draft as Referral).engagementId ?? randomUUID()
  const at = now.toISOString()
  const isUnanswered = direction === 'Incoming' && status === 'New'
  return {
    ...blank,
    ...structuredClone(draft),
    ...partner,
    id,
    engagementId,
    status,
    substatus,
    direction,
    createdDateTime: at,
    updatedDateTime: at,
    expirationDateTime: isUnanswered ? new Date(now.getTime() + daysToAnswer * 24 * 3600_000).toISOString() : null,
    acceptedDateTime: status === 'Active' ? at : null,
    closedDateTime: null,
    eTag,
    links: {
      relatedReferrals: { uri: `${host}?$filter=engagementId eq '${engagementId}'`, method: 'GET' },
      self: { uri: `${host}/${id}`, method: 'GET' }
    }
  }
}

/** What a referral can be filtered and selected by. */
export const referralProperties = new Set([
  ...Object.keys(blank),
  ...Object.keys(partner),
  ...['id', 'engagementId', 'status', 'substatus', 'direction', 'createdDateTime', 'updatedDateTime', 'eTag', 'links']
])
