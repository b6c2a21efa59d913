import type { Referral } from '../schemas/referral.ts'
import type { ReferralEdits } from '../schemas/referral-edits.ts'

/** One operation of RFC 6902. Partner Center takes only these two. */
export interface Operation {
  op: 'add' | 'replace'
  path: string
  value: string | boolean | Record<string, string | number | boolean>
}

type EditName = keyof ReferralEdits

interface Field {
  /** Where the field is in a referral; the JSON Pointer is made of it. */
  at: readonly string[]
  /** The form the value is sent in and compared by. */
  form: (value: unknown) => string | boolean
}

const text = (value: unknown): string => String(value)
const code = (value: unknown): string => String(value).toUpperCase()
const flag = (value: unknown): boolean => value === true

/** The documented sample sends even a number as a string: `"value": "10000"`. Plain digits, never `1e+21`. */
const decimal = (value: unknown): string => {
  const number = String(value).trim() === '' ? Number.NaN : Number(value)
  return Number.isFinite(number) ? number.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 10 }) : String(value)
}

/** One instant has several spellings; a different spelling alone is no change. */
const instant = (value: unknown): string => {
  const time = Date.parse(String(value))
  return Number.isNaN(time) ? String(value) : new Date(time).toISOString()
}

/**
 * Where each edit goes. `status` stands before `substatus`, as in the documented sample that closes a deal.
 * Source: learn.microsoft.com/partner-center/developer/patch-a-referral and the paths of the official connector.
 */
const fields: Record<EditName, Field> = {
  status: { at: ['status'], form: text },
  substatus: { at: ['substatus'], form: text },
  statusReason: { at: ['statusReason'], form: text },
  salesStage: { at: ['salesStage'], form: text },
  externalReferenceId: { at: ['externalReferenceId'], form: text },
  campaignId: { at: ['campaignId'], form: text },
  referralProgram: { at: ['referralProgram'], form: text },
  dealValue: { at: ['details', 'dealValue'], form: decimal },
  currency: { at: ['details', 'currency'], form: code },
  closingDateTime: { at: ['details', 'closingDateTime'], form: instant },
  notes: { at: ['details', 'notes'], form: text },
  consentToShareReferralWithMicrosoftSellers: { at: ['consent', 'consentToShareReferralWithMicrosoftSellers'], form: flag }
}
const names = Object.keys(fields) as EditName[]

/**
 * The operations that turn `read` into what the edits ask for, and the names of the fields that really differ.
 * A field that the referral has is replaced, also when it is null; one that it lacks is added. Nothing can be added to what is not there
 * (RFC 6902 section 4.1): then the part that holds the field is added, with all that the edits put into it.
 */
export function jsonPatch(read: Referral, edits: ReferralEdits): { operations: Operation[]; changed: EditName[] } {
  const operations: Operation[] = []
  const changed: EditName[] = []
  const parts = new Map<string, Record<string, string | number | boolean>>()
  for (const name of names) {
    const wanted = edits[name]
    if (wanted === undefined) continue
    const { at, form } = fields[name]
    const present = valueAt(read, at)
    if (present !== undefined && present !== null && form(present) === form(wanted)) continue
    changed.push(name)
    const [field = name, ...parents] = at.toReversed()
    if (isObject(valueAt(read, parents.toReversed()))) {
      operations.push({ op: present === undefined ? 'add' : 'replace', path: `/${at.join('/')}`, value: form(wanted) })
      continue
    }
    const path = `/${parents.toReversed().join('/')}`
    const part = parts.get(path) ?? {}
    // A whole part is in the form in which a new referral is posted: a number is one.
    part[field] = typeof wanted === 'number' ? wanted : form(wanted)
    if (!parts.has(path)) operations.push({ op: 'add', path, value: part })
    parts.set(path, part)
  }
  return { operations, changed }
}

function valueAt(from: unknown, [first, ...rest]: readonly string[]): unknown {
  if (first === undefined) return from
  return isObject(from) && Object.hasOwn(from, first) ? valueAt(from[first], rest) : undefined
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
