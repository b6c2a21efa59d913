import { randomInt } from 'node:crypto'

/** The body of a callback; the order of the fields is the order on the wire. */
export interface CallbackEvent {
  EventName: string
  ResourceUri: string | null
  ResourceName: string
  AuditUri: string | null
  ResourceChangeUtcDate: string
}

/** The events that can be registered for. Source: learn.microsoft.com/partner-center/developer/partner-center-webhook-events. */
export const eventNames = [
  'azure-fraud-event-detected',
  'dap-admin-relationship-approved',
  'dap-admin-relationship-terminated',
  'dap-admin-relationship-terminated-by-microsoft',
  'granular-admin-access-assignment-activated',
  'granular-admin-access-assignment-created',
  'granular-admin-access-assignment-deleted',
  'granular-admin-access-assignment-updated',
  'granular-admin-relationship-activated',
  'granular-admin-relationship-approved',
  'granular-admin-relationship-expired',
  'granular-admin-relationship-terminated',
  'invoice-ready',
  'new-commerce-migration-completed',
  'new-commerce-migration-created',
  'new-commerce-migration-failed',
  'new-commerce-migration-schedule-failed',
  'referral-created',
  'referral-updated',
  'related-referral-created',
  'related-referral-updated',
  'reseller-relationship-accepted-by-customer',
  'subscription-updated',
  'test-created',
  'usagerecords-thresholdExceeded'
]

/** The resource stands under another host, version and order of the path than the referrals' own API: the documentation has it so. */
export const referralEvent = (name: string, referralId: string, now: Date): CallbackEvent => ({
  EventName: name,
  ResourceUri: `https://api.partnercenter.microsoft.com/engagements/v1/referrals/${referralId}`,
  ResourceName: 'referral',
  AuditUri: null,
  ResourceChangeUtcDate: changeDate(now)
})

/** Plain http, as in the documented sample. */
export const testEvent = (correlationId: string, now: Date): CallbackEvent => ({
  EventName: 'test-created',
  ResourceUri: `http://api.partnercenter.microsoft.com/webhooks/v1/registration/validationEvents/${correlationId}`,
  ResourceName: 'test',
  AuditUri: null,
  ResourceChangeUtcDate: changeDate(now)
})

/** As .NET writes an instant: seven digits of the second, and the offset in digits. */
const changeDate = (now: Date): string => now.toISOString().replace('Z', `${String(randomInt(10_000)).padStart(4, '0')}+00:00`)
