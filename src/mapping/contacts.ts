import type { Referral } from '../schemas/referral.ts'
import { line, objects } from './read.ts'

export interface Contact {
  firstName?: string
  lastName?: string
  email?: string
  phone?: string
  title?: string
}

/**
 * The contacts of the customer: the one to talk to, and the others in their order. The one to talk to is marked as primary; among several
 * such, or where none is, the first with e-mail and phone, else the first with either, else the first. One without any detail is none.
 */
export function contactsOf(referral: Referral): { primary: Contact; others: Contact[] } {
  const candidates = objects(referral.customerProfile?.team)
    .map(member => ({ contact: contactFrom(member), isMarked: member.isPrimaryContact === true }))
    .filter(({ contact }) => Object.keys(contact).length > 0)
  const ranks = candidates.map(({ contact, isMarked }) => (isMarked ? 0 : 3) + missing(contact))
  const primaryIndex = ranks.indexOf(Math.min(...ranks))
  const contacts = candidates.map(({ contact }) => contact)
  return { primary: contacts[primaryIndex] ?? {}, others: contacts.filter((_, index) => index !== primaryIndex) }
}

/** One line, for example «Joe Hansen, Buyer, joe@example.com, +1 555 0100». */
export function contactLine(contact: Contact): string {
  const name = [contact.firstName, contact.lastName].filter(Boolean).join(' ')
  return [name, contact.title, contact.email, contact.phone].filter(Boolean).join(', ')
}

/** How many of the two ways to reach somebody are missing. */
function missing({ email, phone }: Contact): number {
  return [email, phone].filter(way => way === undefined).length
}

function contactFrom(member: Record<string, unknown>): Contact {
  const found = {
    firstName: line(member.firstName),
    lastName: line(member.lastName),
    email: line(member.email),
    phone: line(member.phoneNumber),
    title: line(member.title)
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}
