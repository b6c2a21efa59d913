import { children, type Der, DerError, expect, oid, tags } from './der.ts'

export interface Attribute {
  readonly type: string
  /** The tag of its string type. */
  readonly tag: number
  readonly text: string
}

export interface DistinguishedName {
  /** In the order of the certificate. */
  readonly attributes: readonly Attribute[]
  /** Each relative name in a form in which equal names are equal strings. */
  readonly rdns: readonly string[]
  /** All of them as one string. */
  readonly key: string
}

/** The object identifiers of attributes that are looked for. */
export const attributeTypes = { commonName: '2.5.4.3', organization: '2.5.4.10', emailAddress: '1.2.840.113549.1.9.1' } as const

/**
 * Reads a Name. Two names are equal when their relative names are, in order; string values of the types PrintableString, UTF8String and
 * IA5String are compared without regard to case, to the width of blanks and to the string type, all others byte by byte.
 * Source: RFC 5280 section 7.1.
 */
export function readName(element: Der | undefined): DistinguishedName {
  const attributes: Attribute[] = []
  const rdns: string[] = []
  for (const rdn of children(expect(element, tags.sequence))) {
    const parts = children(rdn, tags.set)
    if (parts.length === 0) throw new DerError('has an empty part in a name')
    const keys = parts.map(part => {
      const [type, value, ...rest] = children(part, tags.sequence)
      if (value === undefined || rest.length > 0) throw new DerError('has a malformed name')
      const attribute = { type: oid(type), tag: value.tag, text: textOf(value) }
      attributes.push(attribute)
      const comparable = folded.has(value.tag) ? `~${fold(attribute.text)}` : `${value.tag}#${value.value.toString('hex')}`
      return `${attribute.type}=${comparable}`
    })
    rdns.push(JSON.stringify(keys.sort()))
  }
  return { attributes, rdns, key: rdns.join() }
}

const folded: ReadonlySet<number> = new Set([tags.printableString, tags.utf8String, tags.ia5String])

/** Whether all values are of the types that are compared as text; of any other, equal text in another type goes unnoticed. */
export function isComparable({ attributes }: DistinguishedName): boolean {
  return attributes.every(({ tag }) => folded.has(tag))
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
}

function textOf({ tag, value }: Der): string {
  switch (tag) {
    case tags.utf8String:
      return utf8(value)
    case tags.bmpString:
      if (value.length % 2 !== 0) throw new DerError('has a malformed name')
      return Buffer.from(value).swap16().toString('utf16le')
    case tags.printableString:
    case tags.ia5String:
    case tags.teletexString:
      return value.toString('latin1')
    default:
      return `#${value.toString('hex')}`
  }
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new DerError('has a name that is not UTF-8')
  }
}

const shortNames: Record<string, string> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID'
}

/** For people and logs, most specific part first (RFC 4514): one line, whatever the certificate holds. Never compare by it. */
export function nameText({ attributes }: DistinguishedName): string {
  return attributes
    .map(({ type, text }) => `${shortNames[type] ?? type}=${escaped(text)}`)
    .reverse()
    .join(', ')
    .slice(0, 500)
}

function escaped(text: string): string {
  return text
    .replace(/["+,;<>\\=]|^[ #]| $/g, '\\$&')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, character => [...Buffer.from(character)].map(byte => `\\${hex(byte)}`).join(''))
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0').toUpperCase()
}
