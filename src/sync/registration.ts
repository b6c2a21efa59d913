import { Failure } from '../failure.ts'
import type { Registration } from '../ports.ts'
import type { WebhookRegistration } from '../schemas/webhook-registration.ts'
import { isOneOf, isSameUrl, shownUrl } from './registration-url.ts'

/** The events that this service lives on. Source: learn.microsoft.com/partner-center/developer/partner-center-webhook-events. */
export const wantedEvents = [
  'referral-created',
  'referral-updated',
  'related-referral-created',
  'related-referral-updated',
  'test-created'
] as const

export interface RegistrationPlan {
  /** Nothing to do, nothing was there, what is there gets replaced, or it is at a former address of this service and moves. */
  action: 'none' | 'create' | 'replace' | 'move'
  registration: Registration
}

/** Where this service wants its events. */
export interface Wanted {
  url: string
  /** Addresses at which it had registered before: a registration there is its own. */
  formerUrls: readonly string[]
}

/**
 * What to register so that events come to `url`, given what is registered now. Events of our own registration stay; those that another system
 * had chosen do not concern us.
 * @throws WEBHOOK_TAKEN when a foreign URL is registered and `overwrite` is not wanted
 */
export function planRegistration(
  present: Registration | undefined,
  { url, formerUrls, overwrite }: Wanted & { overwrite: boolean }
): RegistrationPlan {
  const ours = (events: readonly string[]): Registration => ({ url, events: [...events], signatureInMsHeader: true })
  if (!present) return { action: 'create', registration: ours(wantedEvents) }
  const missing = missingOf(present.events)
  if (isSameUrl(present.url, url)) {
    // When the answer does not say where the signature goes, it is said once more.
    if (missing.length === 0 && present.signatureInMsHeader === true) return { action: 'none', registration: present }
    return { action: 'replace', registration: ours([...present.events, ...missing]) }
  }
  if (isOneOf(formerUrls, present.url)) return { action: 'move', registration: ours([...present.events, ...missing]) }
  if (!overwrite) throw taken(present)
  return { action: 'replace', registration: ours(wantedEvents) }
}

/** How a registration looks to the service at `url`, without anything secret. */
export function statusOf(present: Registration | undefined, { url, checkedAt }: { url: string; checkedAt: Date }): WebhookRegistration {
  const { events = [], signatureInMsHeader, lastModified } = present ?? {}
  return {
    state: stateOf(present, url),
    ...(present && { url: shownUrl(present.url) }),
    events,
    missingEvents: missingOf(events),
    ...(signatureInMsHeader !== undefined && { signatureInMsHeader }),
    ...(lastModified !== undefined && { lastModified }),
    checkedAt: checkedAt.toISOString()
  }
}

function stateOf(present: Registration | undefined, url: string): WebhookRegistration['state'] {
  if (!present) return 'none'
  if (!isSameUrl(present.url, url)) return 'taken'
  const missing = missingOf(present.events)
  // There is no way to delete a registration: one that is left over with no event about referrals is as good as none.
  if (wantedEvents.every(name => name === 'test-created' || missing.includes(name))) return 'none'
  return missing.length > 0 || present.signatureInMsHeader === false ? 'incomplete' : 'ours'
}

/** Tells whose the registration is. */
export function taken(present: Registration, more = ''): Failure {
  return new Failure('WEBHOOK_TAKEN', `Partner Center sends its events to another system: ${shownPlace(present)}.${more}`)
}

/** Where a registration leads and since when, without anything secret. */
export function shownPlace({ url, lastModified }: Registration): string {
  return `${shownUrl(url)}${lastModified === undefined ? '' : `, last changed ${lastModified.slice(0, 40)}`}`
}

function missingOf(events: readonly string[]): string[] {
  const present = new Set(events.map(name => name.toLowerCase()))
  return wantedEvents.filter(name => !present.has(name))
}
