import type { Log } from '../ports.ts'
import type { WebhookRegistration } from '../schemas/webhook-registration.ts'
import { type RegistrationPorts, registrationStatus } from './register-webhook.ts'
import { keepSeen, seenRegistration, wishedRegistration } from './registration-marks.ts'

export interface GuardPorts extends RegistrationPorts {
  /** Where this service takes callbacks; what was registered once counts when it is not set any more. */
  callbackUrl?: string
  log: Log
}

const warnings: Record<Exclude<WebhookRegistration['state'], 'ours'>, string> = {
  taken: 'Partner Center sends its events to another system now. To take them back: «referral-connector webhook register --overwrite».',
  incomplete: 'The registration at Partner Center was changed. To restore it: «referral-connector webhook register».',
  none: 'Partner Center sends events nowhere. To register again: «referral-connector webhook register».'
}

/**
 * Looks whether events still come to this service, when they are meant to: a registration is replaced without a word, for there is one for each
 * tenant. Every change is logged once and kept for whoever asks (`seenRegistration`). Nothing is registered again here: two systems that take
 * it back from each other would never end.
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
  const status = await registrationStatus(callbackUrl ?? wish.url, { registrations, now, ...(call && { call }) })
  const { state, url, missingEvents, lastModified } = status
  const fields = { state, url, missingEvents, lastModified }
  if (state === 'ours') {
    if (before && before.state !== 'ours') log.info(fields, 'Partner Center sends its events to this service again.')
  } else if (!before || isChange(before, status)) log.warn(fields, warnings[state])
  await keepSeen(marks, status)
  return status
}

function isChange(before: WebhookRegistration, after: WebhookRegistration): boolean {
  const essence = ({ state, url, missingEvents, signatureInMsHeader }: WebhookRegistration): string =>
    JSON.stringify([state, url, missingEvents, signatureInMsHeader])
  return essence(before) !== essence(after)
}
