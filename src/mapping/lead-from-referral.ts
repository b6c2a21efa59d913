import { Lead } from '../schemas/lead.ts'
import type { Referral } from '../schemas/referral.ts'
import { contactsOf } from './contacts.ts'
import { employeesFromSize } from './customer-size.ts'
import { cut } from './cut.ts'
import { describe } from './description.ts'
import { day, line, number } from './read.ts'

export interface MappingOptions {
  /** Where a person opens the referral; `{referralId}` stands for its id. */
  referralLink?: string
}

type Field = keyof Lead
/** Reads one field; what it leaves out on purpose it says to `note`. */
type Row = (referral: Referral, options: MappingOptions, note: (notice: string) => void) => unknown

const ratings = new Map<string, Lead['rating']>([
  ['salesqualified', 'Hot'],
  ['marketingqualified', 'Warm'],
  ['direct', 'Cold']
])

/** The mapping, version 1: each field of the lead and where it comes from. */
const rows: Readonly<Record<Field, Row>> = {
  subject: ({ name, customerProfile, id }) => line(name) ?? line(customerProfile?.name) ?? (line(id) && `Referral ${line(id)}`),
  companyName: ({ customerProfile }) => line(customerProfile?.name),
  firstName: referral => contactsOf(referral).primary.firstName,
  lastName: referral => contactsOf(referral).primary.lastName,
  email: referral => contactsOf(referral).primary.email,
  phone: referral => contactsOf(referral).primary.phone,
  mobilePhone: () => undefined,
  jobTitle: referral => contactsOf(referral).primary.title,
  website: () => undefined,
  addressLine1: ({ customerProfile }) => line(customerProfile?.address?.addressLine1),
  addressLine2: ({ customerProfile }) => line(customerProfile?.address?.addressLine2),
  city: ({ customerProfile }) => line(customerProfile?.address?.city),
  stateOrProvince: ({ customerProfile }) => line(customerProfile?.address?.state) ?? line(customerProfile?.address?.region),
  postalCode: ({ customerProfile }) => line(customerProfile?.address?.postalCode),
  country: ({ customerProfile }) => line(customerProfile?.address?.country),
  estimatedAmount: ({ details }, _options, note) => {
    const value = amount(details?.dealValue)
    if (value === undefined || currency(details?.currency) !== undefined) return value
    // A CRM would take it for its own currency.
    note('estimatedAmount was left out: the referral names no currency for its deal value.')
    return undefined
  },
  currency: ({ details }) => (amount(details?.dealValue) === undefined ? undefined : currency(details?.currency)),
  estimatedCloseDate: ({ details }) => day(details?.closingDateTime),
  numberOfEmployees: ({ customerProfile }) => employeesFromSize(customerProfile?.size),
  rating: ({ qualification }) => ratings.get(line(qualification)?.toLowerCase() ?? ''),
  description: (referral, options, note) => {
    const max = maxLength('description') ?? Number.POSITIVE_INFINITY
    const described = describe(referral, linkTo(referral, options), max)
    if (described && described.fullLength > max) note(`description was cut from ${described.fullLength} to ${max} characters.`)
    return described?.text
  }
}

/** Half of one of these is worthless or somebody else's: it is left out when it does not fit. */
const indivisible = new Set<string>(['email', 'phone', 'mobilePhone', 'website', 'postalCode'] satisfies Field[])

/**
 * The lead that a referral becomes. Fields the referral says nothing about are absent, never empty; texts longer than the lead's schema
 * allows are cut or left out, each with a notice. The same referral gives the same lead, to the letter.
 */
export function leadFromReferral(referral: Referral, options: MappingOptions = {}): { lead: Lead; notices: string[] } {
  const notices: string[] = []
  const note = (notice: string): void => void notices.push(notice)
  const entries = Object.entries(rows).flatMap(([field, read]): [string, unknown][] => {
    const value = fitted(field, read(referral, options, note), note)
    return value === undefined ? [] : [[field, value]]
  })
  return { lead: Object.fromEntries(entries) as Lead, notices }
}

function fitted(field: string, value: unknown, note: (notice: string) => void): unknown {
  const max = maxLength(field)
  if (typeof value !== 'string' || max === undefined || value.length <= max) return value
  if (indivisible.has(field)) {
    note(`${field} was left out: it has ${value.length} characters, more than ${max}.`)
    return undefined
  }
  note(`${field} was cut from ${value.length} to ${max} characters.`)
  return cut(value, max)
}

function maxLength(field: string): number | undefined {
  return (Lead.properties as Record<string, { maxLength?: number }>)[field]?.maxLength
}

function amount(value: unknown): number | undefined {
  const found = number(value)
  return found !== undefined && found >= 0 && found <= 1e12 ? found : undefined
}

function currency(value: unknown): string | undefined {
  const code = line(value)?.toUpperCase()
  return code !== undefined && /^[A-Z]{3}$/.test(code) ? code : undefined
}

function linkTo({ id }: Referral, { referralLink }: MappingOptions): string | undefined {
  const known = line(id)
  return referralLink === undefined || known === undefined ? undefined : referralLink.replace('{referralId}', encodeURIComponent(known))
}
