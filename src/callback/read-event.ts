import { Failure } from '../failure.ts'
import type { ReferralEvent } from '../schemas/callback.ts'

/**
 * Reads the event of a callback that is proven. Partner Center leaves fields out, sets them to null, adds new ones, writes names in
 * differing case, and calls AuditUri AuditUrl in one place; only the event's name has to be there. Other fields that are of the wrong
 * type or too long are left out. A byte order mark is skipped, as Microsoft's own reader does.
 * Source: learn.microsoft.com/partner-center/developer/partner-center-webhook-events.
 *
 * @throws CALLBACK_EVENT_MALFORMED
 */
export function readEvent(body: Uint8Array): ReferralEvent {
  const fields = readFields(body)
  const name = textOf(fields.get('eventname'), 100)
  if (name === undefined) throw malformed('has no event name')
  const resourceName = textOf(fields.get('resourcename'), 200)
  const resourceUri = textOf(fields.get('resourceuri'), 2048)
  const auditUri = textOf(fields.get('audituri') ?? fields.get('auditurl'), 2048)
  const changedAt = textOf(fields.get('resourcechangeutcdate'), 100)
  const referralId = referralIdOf(name, resourceName, resourceUri)
  return {
    name,
    ...(resourceName !== undefined && { resourceName }),
    ...(resourceUri !== undefined && { resourceUri }),
    ...(auditUri !== undefined && { auditUri }),
    ...(changedAt !== undefined && { changedAt }),
    ...(referralId !== undefined && { referralId })
  }
}

/** The fields by name in lower case. Two that differ by case only could be understood in two ways. */
function readFields(body: Uint8Array): Map<string, unknown> {
  const value = parse(body)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('is not a JSON object')
  const fields = new Map<string, unknown>()
  const given = value as Record<string, unknown>
  for (const name of Object.keys(given)) {
    const key = name.toLowerCase()
    if (fields.has(key)) throw malformed('has a field twice')
    fields.set(key, given[name])
  }
  return fields
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(body))
  } catch (cause) {
    throw malformed('is not JSON in UTF-8', cause)
  }
}

function textOf(value: unknown, maxLength: number): string | undefined {
  if (typeof value !== 'string' || value.length > maxLength) return undefined
  // Nearly every text is plain ASCII, for which one pass is enough.
  if (/^[\x21-\x7e]+$/.test(value)) return value
  return value.trim() === '' || /\p{Cc}|\p{Cs}/u.test(value) ? undefined : value
}

/**
 * The last part of the resource's address, when the event is about a referral and that part is a GUID. The host is not looked at: it has
 * had two names, and nothing is ever sent there.
 */
function referralIdOf(eventName: string, resourceName: string | undefined, resourceUri = ''): string | undefined {
  const isReferral = resourceName === undefined ? /^(?:related-)?referral-/i.test(eventName) : resourceName.toLowerCase() === 'referral'
  return isReferral ? guidAtEnd.exec(resourceUri)?.[1]?.toLowerCase() : undefined
}

const guidAtEnd = /^[^?#]*\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/?(?:[?#]|$)/i

function malformed(what: string, cause?: unknown): Failure {
  return new Failure('CALLBACK_EVENT_MALFORMED', `The body is signed, but ${what}.`, { cause })
}
