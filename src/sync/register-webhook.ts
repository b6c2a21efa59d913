import { Failure } from '../failure.ts'
import type { Call, Marks, Registration, Registrations } from '../ports.ts'
import type { WebhookRegistration } from '../schemas/webhook-registration.ts'
import { planRegistration, type RegistrationPlan, shownPlace, statusOf, taken } from './registration.ts'
import { forgetRegistration, formerUrls, keepSeen, keepWish, wishedRegistration } from './registration-marks.ts'
import { isOneOf, isSameUrl, shownUrl } from './registration-url.ts'

export interface RegistrationPorts {
  registrations: Registrations
  marks: Marks
  now: () => Date
  call?: Call
}

/** @throws CONFIG_INVALID when nobody knows under which address Partner Center reaches this service */
export function requireCallbackUrl(callbackUrl: string | undefined): string {
  if (callbackUrl !== undefined) return callbackUrl
  throw new Failure('CONFIG_INVALID', 'The setting PUBLIC_URL is missing: Partner Center sends its events to this address.')
}

/** How the registration stands now. Nothing is changed. */
export async function registrationStatus(
  url: string,
  { registrations, now, call }: Pick<RegistrationPorts, 'registrations' | 'now' | 'call'>
): Promise<WebhookRegistration> {
  return statusOf(await registrations.get(call), { url, checkedAt: now() })
}

export interface Registered {
  action: RegistrationPlan['action']
  status: WebhookRegistration
  /** Where events went before and since when, without anything secret, when they went elsewhere. */
  replaced?: string
}

/**
 * Makes Partner Center send its events to `url`, and looks whether it says so too. Registering again changes nothing. A registration at an
 * address that this service had before is its own, and moves.
 * @throws WEBHOOK_TAKEN when another system is registered, or has registered meanwhile, and `overwrite` is not wanted for it, WEBHOOK_REFUSED,
 * PARTNER_CENTER_UNEXPECTED when Partner Center shows something else afterwards
 */
export async function registerWebhook(
  { url, overwrite }: { url: string; overwrite: boolean },
  { registrations, marks, now, call }: RegistrationPorts
): Promise<Registered> {
  const present = await registrations.get(call)
  const former = formerUrls(await wishedRegistration(marks), url)
  const { action, registration } = planRegistration(present, { url, formerUrls: former, overwrite })
  const wish = { url, since: now().toISOString() }
  if (action !== 'none') {
    await registrations.put(registration, { replaces: present?.url }, call)
    // Before anything else can fail: from here on it is minded where events go. The next look may still show what was there before.
    await keepWish(marks, { ...wish, ...(former[0] !== undefined && { former: former[0] }) })
  }
  const after = action === 'none' ? present : await registrations.get(call)
  const status = statusOf(after, { url, checkedAt: now() })
  if (status.state !== 'ours') throw different(status)
  await keepWish(marks, wish)
  await keepSeen(marks, status)
  if (!present || isSameUrl(present.url, url)) return { action, status }
  return { action, status: { ...status, replacedUrl: shownUrl(present.url) }, replaced: shownPlace(present) }
}

/**
 * Ends the events. A registration cannot be deleted, so it is left without events; whether Partner Center takes an empty list is not documented,
 * else test events stay. From now on nobody minds where events go, also when it turns out that another system has taken the place.
 * @throws WEBHOOK_TAKEN when it is not ours to end
 */
export async function unregisterWebhook(
  { url }: { url: string },
  { registrations, marks, now, call }: RegistrationPorts
): Promise<WebhookRegistration> {
  const present = await registrations.get(call)
  const own = [url, ...formerUrls(await wishedRegistration(marks), url)]
  if (present && !isOneOf(own, present.url)) {
    await forgetRegistration(marks)
    throw taken(present, ' That was left as it is, and this service does not expect events any more.')
  }
  const before = statusOf(present, { url: present?.url ?? url, checkedAt: now() })
  if (before.state === 'none') {
    await forgetRegistration(marks)
    return before
  }
  const ports = { registrations, ...(call && { call }) }
  await putWithoutEvents({ url, events: [], signatureInMsHeader: true }, { replaces: present?.url }, ports).catch(async error => {
    if (error instanceof Failure && error.code === 'WEBHOOK_TAKEN') await forgetRegistration(marks)
    throw error
  })
  const after = await registrationStatus(url, { registrations, now, ...(call && { call }) })
  if (after.state !== 'none') throw different(after)
  await forgetRegistration(marks)
  return after
}

async function putWithoutEvents(
  registration: Registration,
  options: { replaces: string | undefined },
  { registrations, call }: Pick<RegistrationPorts, 'registrations' | 'call'>
): Promise<void> {
  try {
    await registrations.put(registration, options, call)
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'WEBHOOK_REFUSED') throw error
    await registrations.put({ ...registration, events: ['test-created'] }, options, call)
  }
}

/** Partner Center took a registration and shows another one. */
function different({ state, url, events, missingEvents, signatureInMsHeader }: WebhookRegistration): Failure {
  const shows = {
    ours: `events still come to this service (${events.join(', ')})`,
    incomplete:
      missingEvents.length > 0
        ? `events are missing (${missingEvents.join(', ')})`
        : `signatures come in ${signatureInMsHeader ? 'x-ms-signature' : 'Authorization'}`,
    taken: `events go to another system (${url})`,
    none: 'no events are sent'
  }
  return new Failure('PARTNER_CENTER_UNEXPECTED', `Partner Center took the registration, but shows afterwards that ${shows[state]}.`)
}
