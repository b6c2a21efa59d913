import type { Referral } from '../schemas/referral.ts'
import { objects, text } from './read.ts'

export interface Contact {
  firstName?: string
  lastName?: string
  email?: string
  phone?: string
  title?: string
}

/** The contacts of the customer: the one to talk to, and the others in their order. */
export function contactsOf(referral: Referral): { primary: Contact; others: Contact[] } {
  const members = objects(referral.customerProfile?.team)
  const contacts = members.map(contactFrom)
  const rank = (contact: Contact, index: number): number => {
    if (members[index]?.isPrimaryContact === true) return 0
    if (contact.email !== undefined && contact.phone !== undefined) return 1
    if (contact.email !== undefined || contact.phone !== undefined) return 2
    return 3
  }
  const ranks = contacts.map(rank)
  const primaryIndex = ranks.indexOf(Math.min(...ranks))
  return {
    primary: contacts[primaryIndex] ?? {},
    others: contacts.filter((contact, index) => index !== primaryIndex && Object.keys(contact).length > 0)
  }
}

/** One line, for example «Joe Hansen, Buyer, joe@example.com, +1 555 0100». */
export function contactLine(contact: Contact): string {
  const name = [contact.firstName, contact.lastName].filter(Boolean).join(' ')
  return [name, contact.title, contact.email, contact.phone].filter(Boolean).join(', ')
}

function contactFrom(member: Record<string, unknown>): Contact {
  const found = {
    firstName: text(member.firstName),
    lastName: text(member.lastName),
    email: text(member.email),
    phone: text(member.phoneNumber),
    title: text(member.title)
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}
