import { byteMutations, type Mutation } from '../fuzz/byte-mutations.ts'
import { oneOf, type Random } from '../fuzz/random.ts'

/** A callback as it stands on the wire: headers in order, repeated ones too. */
export interface SentCallback {
  headers: readonly (readonly [name: string, value: string])[]
  body: Buffer
}

/** Another callback; `other` is as good as the first, with another body, and so another signature. */
export type CallbackMutation = (callback: SentCallback, random: Random, other: SentCallback) => SentCallback

export const signatureHeaders = ['authorization', 'x-ms-signature', 'x-ms-certificate-url', 'x-ms-signature-algorithm']
const isSigning = (name: string): boolean => signatureHeaders.includes(name.toLowerCase())
const anyByte = Object.values(byteMutations)

/** Changes of what is signed, of the signature, or of who is said to have signed. */
export const callbackMutations: Readonly<Record<string, CallbackMutation>> = {
  ...Object.fromEntries(Object.entries(byteMutations).map(([name, mutation]) => [`body: ${name}`, ofBody(mutation)])),
  'body: JSON written anew': callback => ({
    ...callback,
    body: Buffer.from(JSON.stringify({ ...JSON.parse(String(callback.body)), Extra: 1 }))
  }),
  'body: of another callback': (callback, _random, { body }) => ({ ...callback, body }),
  'header: changed': (callback, random) =>
    withValue(callback, random, value => text(any(random)(Buffer.from(value, 'latin1'), random, Buffer.from(value)))),
  'header: dropped': (callback, random) => {
    const at = signingIndex(callback, random)
    return { ...callback, headers: callback.headers.filter((_, index) => index !== at) }
  },
  'header: doubled with another value': (callback, random, other) => {
    const at = signingIndex(callback, random)
    const [name = '', value = ''] = callback.headers[at] ?? []
    const changed =
      random(2) === 0 ? (other.headers[at]?.[1] ?? value) : text(any(random)(Buffer.from(value, 'latin1'), random, Buffer.from(value)))
    const place = random(callback.headers.length + 1)
    const written = random(2) === 0 ? name : name.toUpperCase()
    return { ...callback, headers: callback.headers.toSpliced(place, 0, [written, changed]) }
  },
  'header: joined with another value': (callback, random, other) =>
    withValue(callback, random, (value, at) => `${value}, ${other.headers[at]?.[1] ?? value}x`),
  'header: under another name': (callback, random) => {
    const at = signingIndex(callback, random)
    return { ...callback, headers: callback.headers.map(([name, value], index) => [index === at ? `x-${name}` : name, value]) }
  },
  'header: values swapped': (callback, random) => {
    const [a, b] = [signingIndex(callback, random), signingIndex(callback, random)]
    const valueAt = (index: number) => callback.headers[index === a ? b : index === b ? a : index]?.[1] ?? ''
    return { ...callback, headers: callback.headers.map(([name], index) => [name, valueAt(index)]) }
  },
  'signature: other bytes': (callback, random) =>
    withSignature(callback, signature => any(random)(signature, random, Buffer.from(signature).reverse()).toString('base64')),
  'signature: of another callback': (callback, _random, other) =>
    withSignature(callback, () => signatureOf(other)?.toString('base64') ?? ''),
  'signature: base64 that is not canonical': (callback, random) =>
    withSignature(callback, signature => {
      const canonical = signature.toString('base64')
      const forms = [
        signature.toString('base64url'),
        canonical.replace(/=+$/, ''),
        `${canonical}=`,
        `${canonical}AAAA`,
        ` ${canonical}`,
        strayBits(canonical)
      ]
      return oneOf(forms, random) ?? canonical
    }),
  'URL: lookalike': (callback, random) =>
    withHeader(callback, 'x-ms-certificate-url', url => {
      const at = random(url.length + 1)
      return url.slice(0, at) + (oneOf(urlPieces, random) ?? '') + url.slice(at + random(3))
    }),
  'algorithm: another': (callback, random) =>
    withHeader(
      callback,
      'x-ms-signature-algorithm',
      () => oneOf(['none', 'rsa-sha1', 'RSA-SHA256', 'hs256', 'rsa-sha512', ' rsa-sha256'], random) ?? ''
    )
}

/** Changes that leave bytes, signature and meaning as they are: what they give has to be accepted. */
export const harmlessChanges: Readonly<Record<string, CallbackMutation>> = {
  'names in other case': (callback, random) => ({
    ...callback,
    headers: callback.headers.map(([name, value]) => [
      [...name].map(letter => (random(2) === 0 ? letter.toUpperCase() : letter)).join(''),
      value
    ])
  }),
  'another order': callback => ({ ...callback, headers: callback.headers.toReversed() }),
  'headers of others': (callback, random) => ({
    ...callback,
    headers: callback.headers.toSpliced(random(callback.headers.length), 0, ['x-request-id', `${random(1e9)}`], ['accept', '*/*'])
  }),
  'the signature in both places': callback => {
    const signature = signatureOf(callback)?.toString('base64') ?? ''
    const others = callback.headers.filter(([name]) => !/signature$|authorization/i.test(name))
    return { ...callback, headers: [...others, ['authorization', `Signature ${signature}`], ['x-ms-signature', signature]] }
  }
}

const urlPieces = [
  '@',
  ':8443',
  ':443',
  '?',
  '#',
  '/..',
  '%2e',
  '\\',
  '.',
  '.evil.test',
  'evil.test/',
  '\t',
  '\u00ad',
  'a',
  '/',
  '//',
  ';',
  'A'
]

function ofBody(mutation: Mutation): CallbackMutation {
  return (callback, random, other) => ({ ...callback, body: mutation(callback.body, random, other.body) })
}

const any = (random: Random): Mutation => oneOf(anyByte, random) ?? byteMutations.bit
const text = (bytes: Buffer): string => bytes.toString('latin1')

function signingIndex({ headers }: SentCallback, random: Random): number {
  const indices = headers.flatMap(([name], index) => (isSigning(name) ? [index] : []))
  return oneOf(indices, random) ?? 0
}

function withValue(callback: SentCallback, random: Random, change: (value: string, at: number) => string): SentCallback {
  const at = signingIndex(callback, random)
  return { ...callback, headers: callback.headers.map(([name, value], index) => [name, index === at ? change(value, index) : value]) }
}

function withHeader(callback: SentCallback, wanted: string, change: (value: string) => string): SentCallback {
  return { ...callback, headers: callback.headers.map(([name, value]) => [name, name === wanted ? change(value) : value]) }
}

/** The bytes of the first signature. */
function signatureOf({ headers }: SentCallback): Buffer | undefined {
  const found = headers.find(([name]) => name === 'authorization' || name === 'x-ms-signature')
  return found && Buffer.from(found[1].replace('Signature ', ''), 'base64')
}

function withSignature(callback: SentCallback, write: (signature: Buffer) => string): SentCallback {
  const written = write(signatureOf(callback) ?? Buffer.alloc(0))
  const headers = callback.headers.map(([name, value]): [string, string] => {
    if (name !== 'authorization' && name !== 'x-ms-signature') return [name, value]
    return [name, value.startsWith('Signature ') ? `Signature ${written}` : written]
  })
  return { ...callback, headers }
}

function strayBits(base64: string): string {
  return base64.replace(/(.)==$/, (_all, last: string) => `${String.fromCharCode(last.charCodeAt(0) + 1)}==`)
}
