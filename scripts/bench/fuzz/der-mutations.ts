import type { Mutation } from './byte-mutations.ts'
import { oneOf, type Random } from './random.ts'

/** An element, as far as its outer form goes; plain contents that are elements themselves, as of an extension, are taken apart too. */
interface Element {
  tag: number
  /** Bytes before the inner elements, as the count of unused bits in a BIT STRING. */
  lead: Buffer
  inner: Element[] | Buffer
}

/** What can happen to DER while all lengths still fit. */
export const treeMutations = {
  swap: inTree((all, random) => {
    const [a, b] = [oneOf(all, random), oneOf(all, random)]
    // One inside the other would become a circle.
    if (a === undefined || b === undefined || contains(a, b) || contains(b, a)) return
    const before = { ...a }
    Object.assign(a, b)
    Object.assign(b, before)
  }),
  graft: inTree((all, random, others) => Object.assign(oneOf(all, random) ?? {}, structuredClone(oneOf(others, random)))),
  drop: inTree((all, random) => withInner(all, random, inner => void inner.splice(random(inner.length), 1))),
  double: inTree((all, random) =>
    withInner(all, random, inner => void inner.splice(random(inner.length), 0, structuredClone(oneOf(inner, random) ?? empty)))
  ),
  retag: inTree((all, random) => Object.assign(oneOf(all, random) ?? {}, { tag: random(256) })),
  contents: inTree((all, random) => {
    const plain = oneOf(
      all.filter(({ inner }) => inner instanceof Uint8Array && inner.length > 0),
      random
    )
    if (plain?.inner instanceof Uint8Array) plain.inner = Buffer.from(plain.inner).fill(random(256), random(plain.inner.length))
  })
} as const satisfies Record<string, Mutation>

/** One length field is changed, and nothing else. */
export const lengthMutation: Mutation = (bytes, random) => {
  const at = oneOf(headersOf(bytes, 0, bytes.length), random) ?? 0
  const copy = Buffer.from(bytes)
  copy[at + 1] = random(3) === 0 ? random(256) : ((copy[at + 1] ?? 0) + 255 + 2 * random(2)) & 0xff
  return copy
}

const empty: Element = { tag: 5, lead: Buffer.alloc(0), inner: Buffer.alloc(0) }

function inTree(change: (all: Element[], random: Random, others: Element[]) => unknown): Mutation {
  return (bytes, random, other) => {
    const roots = elementsOf(bytes)
    if (roots === undefined) return bytes
    change(flat(roots), random, flat(elementsOf(other) ?? []))
    return written(roots)
  }
}

function withInner(all: readonly Element[], random: Random, change: (inner: Element[]) => void): void {
  const parent = oneOf(
    all.filter(({ inner }) => Array.isArray(inner) && inner.length > 0),
    random
  )
  if (Array.isArray(parent?.inner)) change(parent.inner)
}

const flat = (elements: readonly Element[]): Element[] =>
  elements.flatMap(element => [element, ...(Array.isArray(element.inner) ? flat(element.inner) : [])])
const contains = (outer: Element, inner: Element): boolean => Array.isArray(outer.inner) && flat(outer.inner).includes(inner)

/** The elements that bytes are made of, or nothing when they are not made of elements. */
function elementsOf(bytes: Buffer): Element[] | undefined {
  const elements: Element[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const header = headerAt(bytes, offset)
    if (header === undefined) return undefined
    const tag = bytes[offset] ?? 0
    const value = bytes.subarray(header.start, header.end)
    const lead = tag === 3 ? value.subarray(0, 1) : value.subarray(0, 0)
    const rest = value.subarray(lead.length)
    const isWrapping = (tag & 0x20) !== 0 || ((tag === 3 || tag === 4) && rest[0] === 0x30)
    elements.push({ tag, lead, inner: (isWrapping ? elementsOf(rest) : undefined) ?? rest })
    offset = header.end
  }
  return elements
}

function headerAt(bytes: Buffer, offset: number): { start: number; end: number } | undefined {
  const first = bytes[offset + 1]
  if (first === undefined) return undefined
  const size = first < 0x80 ? 0 : first & 0x7f
  if (size > 4 || first === 0x80 || offset + 2 + size > bytes.length) return undefined
  const start = offset + 2 + size
  const end = start + (size === 0 ? first : bytes.readUIntBE(offset + 2, size))
  return end > bytes.length ? undefined : { start, end }
}

/** Where elements begin, at all depths. */
function headersOf(bytes: Buffer, from: number, to: number): number[] {
  const found: number[] = []
  for (let offset = from; offset < to; ) {
    const header = headerAt(bytes.subarray(0, to), offset)
    if (header === undefined) return found
    found.push(offset, ...(((bytes[offset] ?? 0) & 0x20) === 0 ? [] : headersOf(bytes, header.start, header.end)))
    offset = header.end
  }
  return found
}

function written(elements: readonly Element[]): Buffer {
  return Buffer.concat(
    elements.flatMap(({ tag, lead, inner }) => {
      const value = Buffer.concat([lead, Array.isArray(inner) ? written(inner) : inner])
      const length =
        value.length < 0x80 ? [value.length] : value.length < 0x100 ? [0x81, value.length] : [0x82, value.length >> 8, value.length & 0xff]
      return [Buffer.from([tag, ...length]), value]
    })
  )
}
