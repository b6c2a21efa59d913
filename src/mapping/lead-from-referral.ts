import { Lead } from '../schemas/lead.ts'
import type { Referral } from '../schemas/referral.ts'
import { contactsOf } from './contacts.ts'
import { employeesFromSize } from './customer-size.ts'
import { describe } from './description.ts'
import { day, number, text } from './read.ts'

export interface MappingOptions {
  /** Where a person opens the referral; `{referralId}` stands for its id. */
  referralLink?: string
}

const ratings: Record<string, Lead['rating']> = { salesqualified: 'Hot', marketingqualified: 'Warm', direct: 'Cold' }

/** The mapping, version 1: each field of the lead and where it comes from. */
const rows: { [Field in keyof Lead]-?: (referral: Referral, options: MappingOptions) => unknown } = {
  subject: ({ name, customerProfile, id }) => text(name) ?? text(customerProfile?.name) ?? (text(id) && `Referral ${id}`),
  companyName: ({ customerProfile }) => text(customerProfile?.name),
  firstName: referral => contactsOf(referral).primary.firstName,
  lastName: referral => contactsOf(referral).primary.lastName,
  email: referral => contactsOf(referral).primary.email,
  phone: referral => contactsOf(referral).primary.phone,
  mobilePhone: () => undefined,
  jobTitle: referral => contactsOf(referral).primary.title,
  website: () => undefined,
  addressLine1: ({ customerProfile }) => text(customerProfile?.address?.addressLine1),
  addressLine2: ({ customerProfile }) => text(customerProfile?.address?.addressLine2),
  city: ({ customerProfile }) => text(customerProfile?.address?.city),
  stateOrProvince: ({ customerProfile }) => text(customerProfile?.address?.state) ?? text(customerProfile?.address?.region),
  postalCode: ({ customerProfile }) => text(customerProfile?.address?.postalCode),
  country: ({ customerProfile }) => text(customerProfile?.address?.country),
  estimatedAmount: ({ details }) => amount(details?.dealValue),
  currency: ({ details }) => (amount(details?.dealValue) === undefined ? undefined : currency(details?.currency)),
  estimatedCloseDate: ({ details }) => day(details?.closingDateTime),
  numberOfEmployees: ({ customerProfile }) => employeesFromSize(customerProfile?.size),
  rating: ({ qualification }) => ratings[text(qualification)?.toLowerCase() ?? ''],
  description: (referral, options) => describe(referral, linkTo(referral, options))
}

/**
 * The lead that a referral becomes. Fields the referral says nothing about are absent, never empty; texts longer than the lead's schema
 * allows are cut, each with a notice. The same referral gives the same lead, to the letter.
 */
export function leadFromReferral(referral: Referral, options: MappingOptions = {}): { lead: Lead; notices: string[] } {
  const notices: string[] = []
  const entries = Object.entries(rows).flatMap(([field, read]): [string, unknown][] => {
    const value = read(referral, options)
    if (value === undefined) return []
    const max = (Lead.properties as Record<string, { maxLength?: number }>)[field]?.maxLength
    if (typeof value !== 'string' || max === undefined || value.length <= max) return [[field, value]]
    notices.push(`${field} was cut from ${value.length} to ${max} characters.`)
    return [[field, cut(value, max)]]
  })
  return { lead: Object.fromEntries(entries) as Lead, notices }
}

function amount(value: unknown): number | undefined {
  const found = number(value)
  return found !== undefined && found >= 0 && found <= 1e12 ? found : undefined
}

function currency(value: unknown): string | undefined {
  const code = text(value)?.toUpperCase()
  return code !== undefined && /^[A-Z]{3}$/.test(code) ? code : undefined
}

function linkTo({ id }: Referral, { referralLink }: MappingOptions): string | undefined {
  return referralLink !== undefined && text(id) !== undefined
    ? referralLink.replace('{referralId}', encodeURIComponent(String(id)))
    : undefined
}

/** The longest beginning of at most `max` UTF-16 units that does not split a character. */
function cut(value: string, max: number): string {
  const end = /[\uD800-\uDBFF]/.test(value.charAt(max - 1)) ? max - 1 : max
  return value.slice(0, end).trimEnd()
}
