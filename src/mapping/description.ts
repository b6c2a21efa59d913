import type { Referral } from '../schemas/referral.ts'
import { contactLine, contactsOf } from './contacts.ts'
import { cut } from './cut.ts'
import { isObject, line, objects, text } from './read.ts'

interface Section {
  heading: string
  lines: (referral: Referral, link: string | undefined) => (string | undefined)[]
  /** Free text makes room for the sections after it, down to this many characters. */
  least?: number
}

/** What has no column of its own, in a fixed order, most important first, so that the end may be cut. */
const sections: readonly Section[] = [
  { heading: 'Notes', lines: ({ details }) => [text(details?.notes)], least: 800 },
  { heading: 'Partner Center', lines: ({ id }, link) => [link, line(id) && `Referral ${line(id)}`] },
  { heading: 'Other contacts', lines: referral => contactsOf(referral).others.map(contactLine) },
  { heading: 'Solutions', lines: ({ details }) => names(details?.requirements, 'solutions') },
  { heading: 'Products', lines: ({ details }) => names(details?.requirements, 'products') },
  { heading: 'Services', lines: ({ details }) => names(details?.requirements, 'services') },
  { heading: 'Industries', lines: ({ details }) => names(details?.requirements, 'industries') },
  { heading: 'Customer action', lines: ({ details }) => [line(details?.customerAction)] },
  { heading: 'Invitation', lines: ({ inviteContext }) => [text(inviteContext?.notes)], least: 200 },
  { heading: 'Customer size', lines: ({ customerProfile }) => [line(customerProfile?.size)] }
]

/** The text for the lead's description, at most `max` long, and how long it would be in full; undefined when there is nothing to say. */
export function describe(referral: Referral, link: string | undefined, max: number): { text: string; fullLength: number } | undefined {
  const blocks = sections.flatMap(({ heading, lines, least }) => {
    const said = lines(referral, link).filter(said => said !== undefined && said !== '')
    return said.length === 0 ? [] : [{ heading, body: said.join('\n'), least }]
  })
  if (blocks.length === 0) return undefined
  const fullLength = joined(blocks).length
  for (const block of blocks) {
    const excess = joined(blocks).length - max
    if (excess <= 0 || block.least === undefined || block.body.length <= block.least) continue
    block.body = `${cut(block.body, Math.max(block.body.length - excess - 1, block.least - 1))}…`
  }
  return { text: cut(joined(blocks), max), fullLength }
}

function joined(blocks: readonly { heading: string; body: string }[]): string {
  return blocks.map(({ heading, body }) => `${heading}:\n${body}`).join('\n\n')
}

function names(requirements: unknown, kind: string): string[] {
  return objects(isObject(requirements) ? requirements[kind] : undefined).flatMap(entry => line(entry.name) ?? line(entry.id) ?? [])
}
