import { randomBytes, randomUUID } from 'node:crypto'
import type { Referral } from '../schemas/referral.ts'
import { refuse } from './partner-center-error.ts'

export interface Operation {
  op: string
  path: string
  value?: unknown
}

/** From each status the ones that may follow, and which substatus goes with which status (referral resources, all documentation pages). */
const following: Record<string, string[]> = { New: ['New', 'Active', 'Closed'], Active: ['Active', 'Closed'], Closed: [] }
const substatuses: Record<string, string[]> = {
  New: ['Pending', 'Received'],
  Active: ['Accepted'],
  Closed: ['Won', 'Lost', 'Declined', 'Expired']
}

/** The paths that PATCH takes, as the official connector lists them; `-` stands at the end of a list. */
const editable = [
  ...[
    '/campaignId',
    '/externalReferenceId',
    '/referralProgram',
    '/salesStage',
    '/status',
    '/substatus',
    '/statusReason',
    '/team',
    '/team/-'
  ],
  ...['/consent/consentToShareReferralWithMicrosoftSellers', '/customerProfile/team', '/customerProfile/team/-'],
  ...['/details/closingDateTime', '/details/currency', '/details/dealValue', '/details/notes'],
  ...['/details/requirements/solutions', '/details/requirements/solutions/-']
]
const numbers = new Set(['/details/dealValue'])

/** The referrals of one partner, as a store that keeps the rules. `changed` hears of every creation and change. */
export function referralStore({
  now,
  changed
}: {
  now: () => Date
  changed: (event: 'referral-created' | 'referral-updated', referral: Referral) => void
}) {
  const referrals = new Map<string, Referral>()
  let clock = 0

  /** Seven decimals as .NET writes them; never twice the same, so that an order by time is one. */
  const instant = (): string =>
    now()
      .toISOString()
      .replace('Z', `${String(clock++ % 10_000).padStart(4, '0')}Z`)
  const eTag = (): string => `"${randomBytes(4).toString('hex')}-0000-0000-0000-${randomBytes(6).toString('hex')}"`

  function keep(referral: Referral, event: 'referral-created' | 'referral-updated'): Referral {
    const kept = { ...referral, updatedDateTime: instant(), eTag: eTag() }
    referrals.set(String(kept.id), kept)
    changed(event, kept)
    return structuredClone(kept)
  }

  function create(draft: object, by: { status: string; substatus: string; direction: string }): Referral {
    const id = randomUUID()
    const engagementId = randomUUID()
    const base = 'https://api.partner.microsoft.com/v1.0/engagements/referrals'
    return keep(
      {
        organizationId: '7d23e5ca-0000-4000-8000-5e6b559f0d1d',
        organizationName: 'Sandbox Partner',
        externalReferenceId: null,
        expirationDateTime: null,
        salesStage: null,
        statusReason: null,
        ...structuredClone(draft),
        id,
        engagementId,
        createdDateTime: instant(),
        ...by,
        links: {
          relatedReferrals: { uri: `${base}?$filter=engagementId eq '${engagementId}'`, method: 'GET' },
          self: { uri: `${base}/${id}`, method: 'GET' }
        }
      },
      'referral-created'
    )
  }

  return {
    all: (): Referral[] => [...referrals.values()].map(referral => structuredClone(referral)),
    get(id: string): Referral | undefined {
      const found = referrals.get(id.toLowerCase())
      return found && structuredClone(found)
    },
    /** A referral that a Microsoft seller sends to the partner. */
    receive: (draft: object): Referral => create(draft, { status: 'New', substatus: 'Pending', direction: 'Incoming' }),
    /** A deal of the partner's own: posted as New and Pending, it comes back as Active and Accepted. */
    post(draft: Record<string, unknown>): Referral {
      for (const name of ['name', 'customerProfile', 'qualification', 'type'])
        if (draft[name] === undefined) throw refuse.invalid(`The field ${name} is required.`, name)
      return create(draft, { status: 'Active', substatus: 'Accepted', direction: 'Outgoing' })
    },
    /** @throws PartnerCenterError 404, 412 with another eTag, 400 against the rules */
    patch(id: string, operations: Operation[], ifMatch: string | undefined): Referral {
      const before = referrals.get(id.toLowerCase()) ?? notFound()
      if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== before.eTag) throw refuse.changed()
      if (before.status === 'Closed') throw refuse.invalid('A closed referral cannot be updated.', 'status')
      const after = structuredClone(before) as Record<string, unknown>
      for (const operation of operations) apply(after, operation)
      checkStatus(String(before.status), after)
      return keep(after, 'referral-updated')
    },
    /** As background processing does: the content stays, the version moves on. */
    touch(id: string): Referral {
      const found = referrals.get(id.toLowerCase()) ?? notFound()
      const touched = { ...found, eTag: eTag() }
      referrals.set(String(found.id), touched)
      return structuredClone(touched)
    }
  }
}
export type ReferralStore = ReturnType<typeof referralStore>

function apply(referral: Record<string, unknown>, { op, path, value }: Operation): void {
  if (op !== 'add' && op !== 'replace') throw refuse.invalid(`The operation ${op} is not supported.`, 'op')
  if (!editable.includes(path)) throw refuse.invalid(`The path ${path} cannot be updated.`, path)
  if (value === undefined) throw refuse.invalid('The operation has no value.', path)
  const names = path.slice(1).split('/')
  const last = names.pop() ?? ''
  let place = referral
  for (const name of names) {
    if (typeof place[name] !== 'object' || place[name] === null) place[name] = {}
    place = place[name] as Record<string, unknown>
  }
  if (last === '-') {
    if (!Array.isArray(place)) throw refuse.invalid(`The path ${path} is no list.`, path)
    place.push(value)
    return
  }
  // RFC 6902 4.3: the place that is replaced must be there.
  if (op === 'replace' && !(last in place)) throw refuse.invalid(`The path ${path} does not exist.`, path)
  place[last] = numbers.has(path) ? asNumber(value, path) : value
}

/** The documentation's examples write numbers as text. */
function asNumber(value: unknown, path: string): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) throw refuse.invalid('The value is not a number.', path)
  return number
}

function checkStatus(before: string, { status, substatus }: Record<string, unknown>): void {
  const to = String(status)
  if (!following[before]?.includes(to)) throw refuse.invalid(`The status cannot go from ${before} to ${to}.`, 'status')
  if (!substatuses[to]?.includes(String(substatus)))
    throw refuse.invalid(`The substatus ${substatus} does not go with the status ${to}.`, 'substatus')
}

function notFound(): never {
  throw refuse.notFound()
}
