import fc from 'fast-check'
import t from 'tap'
import { readableCertificates, readCertificate } from '../../src/callback/certificate.ts'
import { bitString, boolean, children, type Der, DerError, integerBytes, oid, readDer, smallInteger, time } from '../../src/callback/der.ts'
import { issuerCertificates, singleCertificate } from '../../src/callback/read-certificates.ts'
import { Failure } from '../../src/failure.ts'
import { plannedAuthority } from '../fixtures/arbitraries/certificate-plan.ts'
import { holds } from '../fixtures/arbitraries/holds.ts'
import { planKeys } from '../fixtures/arbitraries/plan-keys.ts'
import { authority, endEntity, rsaKeys } from '../fixtures/certificates.ts'
import * as der from '../fixtures/der.ts'
import { forgeIssuer } from '../fixtures/forge-certificates.ts'

/** What a reader makes of it; nothing when it refuses. Anything but a DerError is a fault. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}

interface Tree {
  tag: number
  parts: Tree[] | Uint8Array
}
const leafTags = fc.constantFrom(0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17, 0x80, 0x82)
const { tree } = fc.letrec<{ tree: Tree; node: Tree; leaf: Tree }>(tie => ({
  tree: fc.oneof({ maxDepth: 4, withCrossShrink: true }, tie('leaf'), tie('node')),
  leaf: fc.record({
    tag: leafTags,
    parts: fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.integer({ min: 120, max: 300 }).map(length => new Uint8Array(length))
    )
  }),
  node: fc.record({ tag: fc.constantFrom(0x30, 0x31, 0xa0, 0xa3), parts: fc.array(tie('tree'), { maxLength: 4 }) })
}))
const written = ({ tag, parts }: Tree): Buffer => der.tlv(tag, ...(parts instanceof Uint8Array ? [parts] : parts.map(written)))
const isSame = (element: Der, { tag, parts }: Tree): boolean => {
  if (element.tag !== tag) return false
  if (parts instanceof Uint8Array) return element.value.equals(parts)
  const found = children(element)
  return found.length === parts.length && parts.every((part, index) => isSame(found[index] ?? element, part))
}

t.test('DER that was written is read as it was written', async t => {
  await holds(t, 2000, tree, value => isSame(readDer(written(value)), value))
})

t.test('with a byte more or less nothing is read', async t => {
  await holds(t, 1000, fc.tuple(tree, fc.nat(255)), ([value, byte]) => {
    const bytes = written(value)
    return (
      attempt(() => readDer(Buffer.concat([bytes, Buffer.from([byte])]))) === undefined &&
      attempt(() => readDer(bytes.subarray(0, -1))) === undefined
    )
  })
})

t.test('whatever is read is written back to the same bytes, for there is one way only to write it', async t => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.tuple(tree, fc.nat(), fc.nat(255)).map(([value, where, byte]) => {
      const changed = written(value)
      changed[where % changed.length] = byte
      return changed
    })
  )
  const again = (element: Der): Buffer =>
    (element.tag & 0x20) === 0 ? der.tlv(element.tag, element.value) : der.tlv(element.tag, ...children(element).map(again))
  await holds(t, 10_000, bytes, given => {
    const back = attempt(() => again(readDer(Buffer.from(given))))
    return back === undefined || back.equals(given)
  })
})

t.test('values of each type are read as they were written, and refused in any other writing', async t => {
  const element = (bytes: Buffer) => readDer(bytes)
  await holds(
    t,
    2000,
    fc.bigInt({ min: 0n, max: 2n ** 200n }),
    value => BigInt(`0x${integerBytes(element(der.integer(value))).toString('hex')}`) === value
  )
  await holds(t, 1000, fc.nat(2 ** 31 - 1), value => smallInteger(element(der.integer(value))) === value)
  const arcs = fc.tuple(fc.nat(2), fc.nat(39), fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n }), { minLength: 1, maxLength: 5 }))
  await holds(
    t,
    2000,
    arcs,
    ([first, second, rest]) => oid(element(der.oid([first, second, ...rest].join('.')))) === [first, second, ...rest].join('.')
  )
  const date = fc.date({ min: new Date('1950-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  await holds(t, 2000, date, moment => time(element(der.time(moment))).getTime() === Math.floor(moment.getTime() / 1000) * 1000)

  const readers = [integerBytes, smallInteger, boolean, bitString, oid, time] as ((element: Der) => unknown)[]
  const any = fc.tuple(fc.constantFrom(0x01, 0x02, 0x03, 0x06, 0x17, 0x18), fc.uint8Array({ maxLength: 20 }), fc.constantFrom(...readers))
  await holds(t, 10_000, any, ([tag, value, read]) => {
    attempt(() => read(element(der.tlv(tag, value))))
    return true
  })
  const digits = fc.tuple(fc.constantFrom(0x17, 0x18), fc.stringMatching(/^[0-9]{10,15}[Z+.0-9]{0,3}$/))
  await holds(t, 5000, digits, ([tag, text]) => {
    const moment = attempt(() => time(element(der.text(tag, text))))
    return (
      moment === undefined ||
      moment
        .toISOString()
        .replace(/[-:T]|\.000/g, '')
        .endsWith(text)
    )
  })
})

const root = authority({ keys: rsaKeys() })
const certificates = [root.der, endEntity({ issuer: root }).der, forgeIssuer(planKeys())(plannedAuthority('forge', 'rsa1'))]

t.test('a certificate is its bytes: with any changed it is another one or none', async t => {
  const changed = fc
    .tuple(fc.constantFrom(...certificates), fc.nat(), fc.uint8Array({ maxLength: 4 }), fc.nat(4))
    .map(([bytes, where, more, less]) => {
      const at = where % bytes.length
      return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at + less)])
    })
  await holds(t, 6000, fc.oneof(changed, fc.uint8Array({ maxLength: 60 })), bytes => {
    try {
      const { der: read, tbs, signature } = readCertificate(bytes)
      return read.equals(bytes) && read.includes(tbs) && read.subarray(-signature.length).equals(signature)
    } catch (error) {
      return error instanceof Failure && error.code === 'CERTIFICATE_MALFORMED'
    }
  })
})

t.test('files of any kind give the certificates that are in them, or none', async t => {
  const one = fc.constantFrom(...certificates)
  await holds(t, 300, fc.tuple(one, fc.constantFrom('', '\n', '\r\n ', '\ufeff')), ([bytes, space]) =>
    [bytes, Buffer.from(space + der.pem(bytes)), Buffer.from(space + bytes.toString('base64') + space.replace('\ufeff', ''))].every(file =>
      singleCertificate(file)?.equals(bytes)
    )
  )
  await holds(t, 300, fc.array(one, { minLength: 1, maxLength: 4 }), list => {
    const found = issuerCertificates(Buffer.from(list.map(bytes => der.pem(bytes)).join('some text\n')))
    const text = list.map(bytes => der.pem(bytes)).join('')
    if ((singleCertificate(Buffer.from(text)) === undefined) !== list.length > 1) return false
    return (
      found.length === list.length && readableCertificates(found).every((read, index) => read.der.equals(list[index] ?? Buffer.alloc(0)))
    )
  })
  const file = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(one, fc.nat(), fc.string({ unit: 'binary', minLength: 1, maxLength: 3 })).map(([bytes, where, more]) => {
      const text = der.pem(bytes)
      const at = where % text.length
      return Buffer.from(text.slice(0, at) + more + text.slice(at))
    })
  )
  await holds(t, 3000, file, bytes => {
    const found = singleCertificate(Buffer.from(bytes))
    return (
      issuerCertificates(Buffer.from(bytes)).every(each => each.length > 0) && (found === undefined || readDer(found).raw.equals(found))
    )
  })
})
