import { createHash, randomUUID } from 'node:crypto'
import type { ReceivedCallback } from '../../../src/ports.ts'

/** What the receiver hands to the store for a callback of a referral that nobody has heard of. */
export function newCallback(): ReceivedCallback {
  const referralId = randomUUID()
  const correlationId = randomUUID()
  const changedAt = '2026-03-10T18:31:39.5485487+00:00'
  const resourceUri = `https://api.partnercenter.microsoft.com/engagements/v1/referrals/${referralId}`
  const about = { referralId, correlationId }
  return {
    bodyHash: createHash('sha256').update(referralId).digest('hex'),
    event: { name: 'referral-created', resourceName: 'referral', resourceUri, changedAt, referralId },
    hints: [{ kind: 'referral', subject: referralId, origin: 'callback', correlationId }],
    entries: [
      {
        ...about,
        kind: 'received',
        text: 'The callback referral-created arrived.',
        facts: { event: 'referral-created', bytes: '253', changedAt }
      },
      {
        ...about,
        kind: 'verified',
        text: 'Its signature holds.',
        facts: { signer: 'C=US, O=Microsoft Corporation, CN=pcnotifications-dispatch.microsoft.com', thumbprint: '0'.repeat(64) }
      }
    ],
    correlationId
  }
}
