/**
 * A strict reader of DER (X.690): definite and shortest lengths, one-byte tags, nothing left over. It never recurses, so that
 * nested garbage costs nothing.
 */
export interface Der {
  readonly tag: number
  /** The contents. */
  readonly value: Buffer
  /** Tag, length and contents, as they stood. */
  readonly raw: Buffer
}

/** What the bytes break, as the end of a sentence that begins with «The certificate». */
export class DerError extends Error {}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31
} as const

/** The one element that `bytes` are. @throws DerError also when bytes are left over */
export function readDer(bytes: Buffer, tag?: number): Der {
  const element = elementAt(bytes, 0)
  if (element.raw.length !== bytes.length) throw new DerError('has bytes left over after an element')
  return tag === undefined ? element : expect(element, tag)
}

/** The elements inside a constructed one. */
export function children(parent: Der, tag?: number): Der[] {
  if (tag !== undefined) expect(parent, tag)
  if ((parent.tag & 0x20) === 0) throw new DerError('has a plain element where a constructed one belongs')
  const elements: Der[] = []
  for (let offset = 0; offset < parent.value.length; ) {
    const element = elementAt(parent.value, offset)
    elements.push(element)
    offset += element.raw.length
  }
  return elements
}

/** `element` itself, when it has the tag. */
export function expect(element: Der | undefined, tag: number): Der {
  if (element?.tag !== tag) throw new DerError('lacks an element, or has another in its place')
  return element
}

function elementAt(bytes: Buffer, offset: number): Der {
  const tag = bytes[offset]
  const first = bytes[offset + 1]
  if (tag === undefined || first === undefined) throw new DerError('ends too early')
  if ((tag & 0x1f) === 0x1f) throw new DerError('has a tag that no certificate uses')
  let length = first
  let start = offset + 2
  if (first >= 0x80) {
    const size = first & 0x7f
    if (size === 0 || size > 4) throw new DerError('has an element of indefinite or enormous length')
    if (start + size > bytes.length) throw new DerError('ends too early')
    length = bytes.readUIntBE(start, size)
    if (length < 0x80 || (size > 1 && bytes[start] === 0)) throw new DerError('has a length that is not in its shortest form')
    start += size
  }
  if (start + length > bytes.length) throw new DerError('ends too early')
  return { tag, value: bytes.subarray(start, start + length), raw: bytes.subarray(offset, start + length) }
}

/** The contents of an INTEGER in the shortest form, two's complement. */
export function integerBytes(element: Der | undefined): Buffer {
  const { value } = expect(element, tags.integer)
  const [first, second] = value
  if (first === undefined) throw new DerError('has an empty number')
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw new DerError('has a number that is not in its shortest form')
  }
  return value
}

/** A whole number from 0 to 2^31 - 1. */
export function smallInteger(element: Der | undefined): number {
  const value = integerBytes(element)
  if (value.length > 4 || (value[0] ?? 0) >= 0x80) throw new DerError('has a number that is negative or too large')
  return value.readUIntBE(0, value.length)
}

export function boolean(element: Der | undefined): boolean {
  const { value } = expect(element, tags.boolean)
  if (value.length !== 1 || (value[0] !== 0 && value[0] !== 0xff)) throw new DerError('has a truth value that is neither')
  return value[0] === 0xff
}

/** The bytes of a BIT STRING and how many bits of the last one do not count. */
export function bitString(element: Der | undefined): { bytes: Buffer; unused: number } {
  const { value } = expect(element, tags.bitString)
  const unused = value[0]
  const bytes = value.subarray(1)
  const last = bytes.at(-1)
  if (unused === undefined || unused > 7 || (last === undefined && unused > 0)) throw new DerError('has a malformed bit string')
  if (last !== undefined && (last & ((1 << unused) - 1)) !== 0) throw new DerError('has a bit string with stray bits')
  return { bytes, unused }
}

/** Dotted form. Arcs are never cut: long ones must not look like short ones (CVE-2025-66030). */
export function oid(element: Der | undefined): string {
  const { value } = expect(element, tags.oid)
  if (value.length === 0 || value.length > 64 || (value.at(-1) ?? 0) >= 0x80) throw new DerError('has a malformed object identifier')
  const arcs: bigint[] = []
  let arc = 0n
  let isFirstByte = true
  for (const byte of value) {
    if (isFirstByte && byte === 0x80) throw new DerError('has a malformed object identifier')
    arc = (arc << 7n) | BigInt(byte & 0x7f)
    isFirstByte = byte < 0x80
    if (isFirstByte) {
      arcs.push(arc)
      arc = 0n
    }
  }
  const [head = 0n, ...rest] = arcs
  const root = head < 80n ? head / 40n : 2n
  return [root, head - root * 40n, ...rest].join('.')
}

/**
 * A moment of a validity period: UTCTime or GeneralizedTime, in UTC with seconds and no fractions. Authorities shall use the short form
 * through 2049, but readers shall know both for all years, and a root of the public web (Certum Trusted Network CA 2) needs it.
 * Source: RFC 5280 section 4.1.2.5.
 */
export function time(element: Der | undefined): Date {
  const text = element?.value.toString('latin1') ?? ''
  const isShort = element?.tag === tags.utcTime
  if (!isShort && element?.tag !== tags.generalizedTime) throw new DerError('has a malformed date')
  if (!(isShort ? /^\d{12}Z$/ : /^\d{14}Z$/).test(text)) throw new DerError('has a malformed date')
  const long = isShort ? `${Number(text.slice(0, 2)) >= 50 ? '19' : '20'}${text}` : text
  const iso = long.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6.000Z')
  const date = new Date(iso)
  if (Number.isNaN(date.getTime()) || date.toISOString() !== iso) throw new DerError('has a date that is not in the calendar')
  return date
}
