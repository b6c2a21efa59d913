/** Writes DER (ITU-T X.690). The sandbox encodes by itself so that the reader on the other side cannot be forgiven a mistake. */
export function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const value = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag]), lengthOf(value), value])
}

export const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts)
export const set = (...parts: Uint8Array[]): Buffer => der(0x31, ...parts)
export const octetString = (contents: Uint8Array): Buffer => der(0x04, contents)
export const yes = (): Buffer => der(0x01, Buffer.from([0xff]))
export const nothing = (): Buffer => der(0x05)
export const printableString = (text: string): Buffer => der(0x13, Buffer.from(text, 'ascii'))
/** A context-specific tag: `explicit` wraps an element, `implicit` replaces the tag of a plain one. */
export const explicit = (number: number, ...parts: Uint8Array[]): Buffer => der(0xa0 | number, ...parts)
export const implicit = (number: number, contents: Uint8Array): Buffer => der(0x80 | number, contents)

/** A whole number of at least 0, from big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const firstUsed = bytes.findIndex(byte => byte !== 0)
  const digits = firstUsed === -1 ? Buffer.from([0]) : bytes.subarray(firstUsed)
  return der(0x02, Buffer.from((digits[0] ?? 0) & 0x80 ? [0] : []), digits)
}

/** A bit string whose last byte leaves `unusedBits` out. */
export const bitString = (contents: Uint8Array, unusedBits = 0): Buffer => der(0x03, Buffer.from([unusedBits]), contents)

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number)
  return der(0x06, Buffer.from([first * 40 + second, ...others.flatMap(base128)]))
}

/** UTCTime until 2049 and GeneralizedTime from 2050 on (RFC 5280, section 4.1.2.5), to the second. */
export function time(date: Date): Buffer {
  const digits = `${date.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits))
}

function lengthOf({ length }: Buffer): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex')
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes])
}

function base128(number: number): number[] {
  const groups = [number & 0x7f]
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) groups.unshift((rest & 0x7f) | 0x80)
  return groups
}
