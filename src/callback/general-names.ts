import { children, type Der, DerError } from './der.ts'
import { type DistinguishedName, readName } from './distinguished-name.ts'

/** A name of a subjectAltName, or the base of a name constraint. Source: RFC 5280 section 4.2.1.6. */
export type GeneralName =
  | { readonly kind: 'dns' | 'email' | 'uri'; readonly text: string }
  | { readonly kind: 'ip'; readonly bytes: Buffer }
  | { readonly kind: 'directory'; readonly name: DistinguishedName }
  /** A kind that is not interpreted: otherName, x400Address, ediPartyName or registeredID. */
  | { readonly kind: 'other'; readonly tag: number }

const otherTags: ReadonlySet<number> = new Set([0xa0, 0xa3, 0xa5, 0x88])

export function readGeneralName(element: Der): GeneralName {
  switch (element.tag) {
    case 0x81:
      return { kind: 'email', text: ascii(element) }
    case 0x82:
      return { kind: 'dns', text: ascii(element) }
    case 0x86:
      return { kind: 'uri', text: ascii(element) }
    case 0x87:
      return { kind: 'ip', bytes: element.value }
    case 0xa4: {
      const [name, ...rest] = children(element)
      if (rest.length > 0) throw new DerError('has a malformed directory name')
      return { kind: 'directory', name: readName(name) }
    }
    default:
      if (!otherTags.has(element.tag)) throw new DerError('has a name of an unknown kind')
      return { kind: 'other', tag: element.tag }
  }
}

function ascii({ value }: Der): string {
  if (value.some(byte => byte > 0x7e || byte < 0x20)) throw new DerError('has an alternative name that is not printable ASCII')
  return value.toString('latin1')
}
