import fc from 'fast-check'
import t from 'tap'
import { readBase64 } from '../../src/callback/read-base64.ts'
import { readHeaders } from '../../src/callback/read-headers.ts'
import { Failure } from '../../src/failure.ts'
import { holds } from '../fixtures/arbitraries/holds.ts'

const names = ['authorization', 'x-ms-signature', 'x-ms-certificate-url', 'x-ms-signature-algorithm']
const signature = Buffer.alloc(256, 7).toString('base64')
const other = Buffer.alloc(256, 8).toString('base64')
const url = 'https://3psostorageacct.blob.core.windows.net/cert/a.cer'

/** Values that mean something in one header or another, and text of any kind. */
const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(`Signature ${signature}`, signature, `Signature ${other}`, other, url, 'rsa-sha256') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      `signature ${signature}`,
      `Signature  ${signature}`,
      'Signature',
      'Bearer x',
      `${url}, ${url}`,
      'RSA-SHA1',
      ''
    )
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown[]>(undefined, null, 7, {}, [undefined]) }
)
const name = fc
  .tuple(fc.constantFrom(...names, 'content-type', '__proto__', 'toString'), fc.nat(2))
  .map(([text, form]) => (form === 0 ? text.toUpperCase() : form === 1 ? text.replace(/^./, first => first.toUpperCase()) : text))
const good = { authorization: `Signature ${signature}`, 'x-ms-certificate-url': url, 'x-ms-signature-algorithm': 'rsa-sha256' }
const entry = fc.tuple(name, fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: fc.array(value, { maxLength: 3 }) }))
/** Good ones with up to two changes, and any at all. */
const headers = fc
  .tuple(fc.constantFrom(good, {}), fc.array(entry, { maxLength: 7 }))
  .map(
    ([base, entries]) =>
      ({ ...base, ...Object.fromEntries(base === good ? entries.slice(0, 2) : entries) }) as Parameters<typeof readHeaders>[0]
  )

/** All values under a name, in any case, as a naive reader gathers them. */
function valuesOf(sent: object, wanted: string): unknown[] {
  return Object.entries(sent)
    .flatMap(([key, found]) => (key.toLowerCase() === wanted ? (Array.isArray(found) ? found : [found ?? []]) : []))
    .flat()
}

t.test('whatever the headers are, they are read or refused, and read only when each part is there once', async t => {
  const counts = { read: 0, refused: 0 }
  await holds(t, 20_000, headers, sent => {
    try {
      const { certificateUrl, signature: bytes } = readHeaders(sent)
      counts.read += 1
      const [algorithm, ...moreAlgorithms] = valuesOf(sent, 'x-ms-signature-algorithm')
      const [address, ...moreAddresses] = valuesOf(sent, 'x-ms-certificate-url')
      const inAuthorization = valuesOf(sent, 'authorization').filter(text => /^\s*signature/i.test(String(text)))
      const signatures = [...inAuthorization, ...valuesOf(sent, 'x-ms-signature')].filter(text => text !== '')
      return (
        algorithm === 'rsa-sha256' &&
        address === certificateUrl &&
        moreAlgorithms.length + moreAddresses.length === 0 &&
        signatures.length >= 1 &&
        signatures.every(text => String(text).replace('Signature ', '') === bytes.toString('base64'))
      )
    } catch (error) {
      counts.refused += 1
      return error instanceof Failure && error.status === 400
    }
  })
  t.ok(counts.read > 100 && counts.refused > 100, `${counts.read} read, ${counts.refused} refused`)
})

t.test('no message of a refusal repeats what was sent', async t => {
  await holds(t, 2000, headers, sent => {
    try {
      readHeaders(sent)
      return true
    } catch (error) {
      return error instanceof Failure && !/https:|CAgI|BwcH/.test(error.message)
    }
  })
})

t.test('names in any case and headers in any order are the same headers', async t => {
  const place = fc.tuple(fc.constantFrom('authorization', 'x-ms-signature'), fc.boolean())
  await holds(
    t,
    500,
    fc.tuple(place, fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), fc.array(fc.boolean(), { minLength: 60, maxLength: 60 })),
    ([[header, hasWord], order, cases]) => {
      const written = (text: string) => [...text].map((letter, index) => (cases[index] ? letter.toUpperCase() : letter)).join('')
      const entries = [
        [header, hasWord || header === 'authorization' ? `Signature ${signature}` : signature],
        ['x-ms-certificate-url', url],
        ['x-ms-signature-algorithm', 'rsa-sha256']
      ]
      const sent = Object.fromEntries(order.map(index => [written(entries[index]?.[0] ?? ''), entries[index]?.[1] ?? '']))
      const read = readHeaders(sent)
      return read.certificateUrl === url && read.signature.toString('base64') === signature
    }
  )
})

t.test('base64 is read when it is what its bytes are written as, and in no other case', async t => {
  await holds(t, 3000, fc.uint8Array({ minLength: 1, maxLength: 600 }), bytes => {
    const text = Buffer.from(bytes).toString('base64')
    return readBase64(text)?.equals(bytes)
  })
  const nearly = fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), fc.string({ unit: 'binary', maxLength: 2 }))
    .map(([bytes, where, more]) => {
      const text = Buffer.from(bytes).toString('base64')
      const at = where % (text.length + 1)
      return text.slice(0, at) + more + text.slice(at + more.length)
    })
  await holds(t, 10_000, fc.oneof(nearly, fc.base64String(), fc.string({ unit: 'binary' })), text => {
    const bytes = readBase64(text)
    // Source of the pattern: RFC 4648 section 4; atob is a decoder of its own, which forgives stray bits.
    const isCanonical =
      /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?$/.test(text) && text !== '' && btoa(atob(text)) === text
    return isCanonical ? bytes?.toString('latin1') === atob(text) : bytes === undefined
  })
})
