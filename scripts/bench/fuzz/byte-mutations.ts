import type { Random } from './random.ts'

/** Another text of bytes; `other` is one to borrow from. */
export type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer

/** What can happen to bytes of any kind. */
export const byteMutations = {
  bit: (bytes, random) => withByte(bytes, random, byte => byte ^ (1 << random(8))),
  byte: (bytes, random) => withByte(bytes, random, () => random(256)),
  insert: (bytes, random) => {
    const at = random(bytes.length + 1)
    return Buffer.concat([bytes.subarray(0, at), randomBytes(random), bytes.subarray(at)])
  },
  delete: (bytes, random) => {
    const at = random(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(4))])
  },
  truncate: (bytes, random) => bytes.subarray(0, random(bytes.length)),
  append: (bytes, random) => Buffer.concat([bytes, randomBytes(random)]),
  splice: (bytes, random, other) => Buffer.concat([bytes.subarray(0, random(bytes.length)), other.subarray(random(other.length))])
} as const satisfies Record<string, Mutation>

function withByte(bytes: Buffer, random: Random, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes)
  const at = random(copy.length)
  if (at < copy.length) copy[at] = change(copy[at] ?? 0)
  return copy
}

function randomBytes(random: Random): Buffer {
  return Buffer.from(Array.from({ length: 1 + random(4) }, () => random(256)))
}
