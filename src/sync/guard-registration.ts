import type { Log, Marks } from '../ports.ts'
import type { WebhookRegistration } from '../schemas/webhook-registration.ts'
import { type RegistrationPorts, registrationStatus } from './register-webhook.ts'
import {
  formerUrls,
  keepSeen,
  keepWarned,
  type RegistrationWish,
  seenRegistration,
  warnedAt,
  wishedRegistration
} from './registration-marks.ts'
import { isOneOf } from './registration-url.ts'

export interface GuardPorts extends RegistrationPorts {
  /** Where this service takes callbacks; what was registered once counts when it is not set any more. */
  callbackUrl?: string
  log: Log
}

/** One line is easily missed, and nothing else comes any more. */
const warnAgainMs = 24 * 60 * 60 * 1000

const warnings: Record<Exclude<WebhookRegistration['state'], 'ours'> | 'former', string> = {
  taken: 'Partner Center sends its events to another system now. To take them back: «referral-connector webhook register --overwrite».',
  former: 'Partner Center sends its events to a former address of this service. To move them: «referral-connector webhook register».',
  incomplete: 'The registration at Partner Center was changed. To restore it: «referral-connector webhook register».',
  none: 'Partner Center sends events nowhere. To register again: «referral-connector webhook register».'
}

/**
 * Looks whether events still come to this service, when they are meant to: a registration is replaced without a word, for there is one for each
 * tenant. Every change is logged, again once a day while it lasts, and kept for whoever asks (`seenRegistration`). Nothing is registered again
 * here: two systems that take it back from each other would never end.
 *
 * Answers the state; undefined, without asking anybody, when this service never registered.
 */
export async function guardRegistration({
  registrations,
  marks,
  callbackUrl,
  log,
  now,
  call
}: GuardPorts): Promise<WebhookRegistration | undefined> {
  const wish = await wishedRegistration(marks)
  if (!wish) return undefined
  const before = await seenRegistration(marks)
  const url = callbackUrl ?? wish.url
  const status = await registrationStatus(url, { registrations, now, ...(call && { call }) })
  if (status.state === 'ours') {
    if (before && before.state !== 'ours') log.info(fieldsOf(status), 'Partner Center sends its events to this service again.')
  } else if (!before || isChange(before, status) || (await isLongAgo(marks, now()))) await warn(status, { marks, log, now, url, wish })
  await keepSeen(marks, status)
  return status
}

/** Says once more, at the start of a process, what the last look found. Nobody is asked. */
export async function remindOfRegistration({ marks, callbackUrl, log, now }: Omit<GuardPorts, 'registrations' | 'call'>): Promise<void> {
  const [wish, seen] = [await wishedRegistration(marks), await seenRegistration(marks)]
  if (wish && seen && seen.state !== 'ours') await warn(seen, { marks, log, now, url: callbackUrl ?? wish.url, wish })
}

/** Whether events come to an address that this service has registered before, while it is meant to have them at `url`. */
export function isAtFormerUrl({ state, url: present }: WebhookRegistration, url: string, wish: RegistrationWish | undefined): boolean {
  // The shown form is enough: an address of ours has nothing that is not shown.
  return state === 'taken' && present !== undefined && isOneOf(formerUrls(wish, url), present)
}

async function warn(
  status: WebhookRegistration,
  { marks, log, now, url, wish }: Pick<GuardPorts, 'marks' | 'log' | 'now'> & { url: string; wish: RegistrationWish }
): Promise<void> {
  const { state } = status
  if (state === 'ours') return
  log.warn(fieldsOf(status), warnings[isAtFormerUrl(status, url, wish) ? 'former' : state])
  await keepWarned(marks, now())
}

function fieldsOf({ state, url, missingEvents, lastModified }: WebhookRegistration): object {
  return { state, url, missingEvents, lastModified }
}

async function isLongAgo(marks: Marks, now: Date): Promise<boolean> {
  return now.getTime() - ((await warnedAt(marks))?.getTime() ?? 0) >= warnAgainMs
}

function isChange(before: WebhookRegistration, after: WebhookRegistration): boolean {
  const essence = ({ state, url, missingEvents, signatureInMsHeader }: WebhookRegistration): string =>
    JSON.stringify([state, url, missingEvents, signatureInMsHeader])
  return essence(before) !== essence(after)
}
