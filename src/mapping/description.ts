import type { Referral } from '../schemas/referral.ts'
import { contactLine, contactsOf } from './contacts.ts'
import { isObject, objects, text } from './read.ts'

/** What has no column of its own, in a fixed order, most important first, so that the end may be cut. */
const sections: readonly { heading: string; lines: (referral: Referral, link: string | undefined) => (string | undefined)[] }[] = [
  { heading: 'Notes', lines: ({ details }) => [text(details?.notes)] },
  { heading: 'Partner Center', lines: ({ id }, link) => [link, text(id) && `Referral ${text(id)}`] },
  { heading: 'Other contacts', lines: referral => contactsOf(referral).others.map(contactLine) },
  { heading: 'Solutions', lines: ({ details }) => names(details?.requirements, 'solutions') },
  { heading: 'Products', lines: ({ details }) => names(details?.requirements, 'products') },
  { heading: 'Services', lines: ({ details }) => names(details?.requirements, 'services') },
  { heading: 'Industries', lines: ({ details }) => names(details?.requirements, 'industries') },
  { heading: 'Customer action', lines: ({ details }) => [text(details?.customerAction)] },
  { heading: 'Invitation', lines: ({ inviteContext }) => [text(inviteContext?.notes)] },
  { heading: 'Customer size', lines: ({ customerProfile }) => [text(customerProfile?.size)] }
]

/** The text for the lead's description; undefined when the referral has nothing to say. */
export function describe(referral: Referral, link: string | undefined): string | undefined {
  const blocks = sections.flatMap(({ heading, lines }) => {
    const said = lines(referral, link).filter(line => line !== undefined && line !== '')
    return said.length === 0 ? [] : [`${heading}:\n${said.join('\n')}`]
  })
  return blocks.length === 0 ? undefined : blocks.join('\n\n')
}

function names(requirements: unknown, kind: string): string[] {
  return objects(isObject(requirements) ? requirements[kind] : undefined).flatMap(entry => text(entry.name) ?? text(entry.id) ?? [])
}
