import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import t from 'tap'
import { checkChain, Failure, type Purpose } from '../../src/callback/check-chain.ts'
import type { FailureCode } from '../../src/failure.ts'
import * as issuing from '../fixtures/certificates.ts'
import {
  alternativeNames,
  at,
  authority,
  basicConstraints,
  directory,
  dns,
  ecKeys,
  email,
  endEntity,
  extendedKeyUsage,
  extension,
  type Issued,
  ids,
  ip,
  issue,
  type Keys,
  keyUsage,
  nameConstraints,
  nameOf,
  otherName,
  purposes,
  registeredId,
  rsaKeys,
  type Template,
  uri
} from '../fixtures/certificates.ts'
import { bits, ia5, integer, nothing, octets, oid, printable, sequence, text, tlv, yes } from '../fixtures/der.ts'

interface Question {
  leaf: Issued | Uint8Array
  intermediates?: (Issued | Uint8Array)[]
  roots?: (Issued | Uint8Array)[]
  at?: Date
  purpose?: Purpose
}

const derOf = (certificate: Issued | Uint8Array) => (certificate instanceof Uint8Array ? certificate : certificate.der)

function check({ leaf, intermediates = [], roots = [root], purpose = 'serverAuth', ...rest }: Question) {
  return checkChain({ leaf: derOf(leaf), intermediates: intermediates.map(derOf), roots: roots.map(derOf), at: rest.at ?? at, purpose })
}

function outcome(question: Question): FailureCode | 'accepted' {
  try {
    check(question)
    return 'accepted'
  } catch (error) {
    if (error instanceof Failure) return error.code
    throw error
  }
}

// One of each, good; the tests replace a part.
const root = authority({ subject: nameOf(['O', 'Test Trust'], ['CN', 'Root']) })
const middle = authority({ issuer: root, subject: nameOf(['O', 'Test Trust'], ['CN', 'Middle']) })
const leafKeys = ecKeys()
const leaf = endEntity({ issuer: middle, keys: leafKeys })
const leafWith = (template: Partial<Template>, extensions: Template['extensions'] = {}) =>
  endEntity({ issuer: middle, keys: leafKeys, ...template, extensions })
const middleWith = (template: Partial<Template> & { pathLength?: number }, extensions: Template['extensions'] = {}) =>
  authority({ issuer: root, subject: middle.name, keys: middle.keys, ...template, extensions })
const rootWith = (template: Partial<Template> & { pathLength?: number }, extensions: Template['extensions'] = {}) =>
  authority({ subject: root.name, keys: root.keys, ...template, extensions })

t.test('a good chain is given leaf first and root last', async t => {
  const chain = check({ leaf, intermediates: [middle] })
  t.same(
    chain.map(({ der }) => der),
    [leaf.der, middle.der, root.der]
  )
  t.equal(chain[0]?.subject.attributes.find(({ type }) => type === '2.5.4.3')?.text, 'leaf.example.com')
  t.equal(outcome({ leaf: endEntity({ issuer: root }) }), 'accepted', 'also without any intermediate')
  t.equal(outcome({ leaf, roots: [middle] }), 'accepted', 'and up to a trusted certificate that is not self-signed')
  t.equal(outcome({ leaf, intermediates: [root], roots: [middle] }), 'accepted')
})

t.test('keys and digests of the public web are accepted', async t => {
  const rsaRoot = authority({ keys: rsaKeys(), hash: 'sha1' })
  for (const [name, issuer, hash] of [
    ['RSA and SHA-256, below a root that signs itself with SHA-1', rsaRoot, 'sha256'],
    ['RSA and SHA-384', rsaRoot, 'sha384'],
    ['RSA and SHA-512', rsaRoot, 'sha512'],
    ['P-384 and SHA-384', authority({ keys: ecKeys('P-384') }), 'sha384'],
    ['P-521 and SHA-512', authority({ keys: ecKeys('P-521') }), 'sha512']
  ] as const) {
    t.equal(outcome({ leaf: endEntity({ issuer, hash }), roots: [issuer] }), 'accepted', name)
  }
})

t.test("faults of the leaf have the leaf's codes", async t => {
  const of = (template: Partial<Template>, extensions: Template['extensions'] = {}) =>
    outcome({ leaf: leafWith(template, extensions), intermediates: [middle] })
  const weak = (keys: Keys) => of({ keys })
  for (const [name, code, expected] of [
    ['as it is', of({}), 'accepted'],
    ['without basic constraints', of({}, { basicConstraints: undefined }), 'accepted'],
    [
      'with an explicit «not an authority»',
      of({}, { basicConstraints: extension(ids.basicConstraints, sequence(tlv(1, Buffer.from([0])))) }),
      'accepted'
    ],
    ['without key usage', of({}, { keyUsage: undefined }), 'accepted'],
    ['with an unknown extension that is not critical', of({}, { other: extension('1.3.6.1.4.1.55738.666.1', nothing) }), 'accepted'],
    [
      'without a subject, named by critical alternative names',
      of({ subject: sequence() }, { san: alternativeNames([dns('a.example')], true) }),
      'accepted'
    ],
    ['with a serial number of 20 bytes', of({ serial: Buffer.alloc(20, 0x7f) }), 'accepted'],
    ['expired', of({ notAfter: new Date(at.getTime() - 1000) }), 'CERTIFICATE_EXPIRED'],
    ['not valid yet', of({ notBefore: new Date(at.getTime() + 1000) }), 'CERTIFICATE_NOT_YET_VALID'],
    ['an authority', of({}, { basicConstraints: basicConstraints(true) }), 'CERTIFICATE_PURPOSE_REFUSED'],
    [
      'an authority that may sign',
      of({}, { basicConstraints: basicConstraints(true), keyUsage: keyUsage('keyCertSign') }),
      'CERTIFICATE_PURPOSE_REFUSED'
    ],
    ['for code signing', of({}, { eku: extendedKeyUsage(purposes.codeSigning) }), 'CERTIFICATE_PURPOSE_REFUSED'],
    [
      'for clients and mail',
      of({}, { eku: extendedKeyUsage(purposes.clientAuth, purposes.emailProtection) }),
      'CERTIFICATE_PURPOSE_REFUSED'
    ],
    ['for any purpose, but not by name', of({}, { eku: extendedKeyUsage(purposes.any) }), 'CERTIFICATE_PURPOSE_REFUSED'],
    ['without extended key usage', of({}, { eku: undefined }), 'CERTIFICATE_PURPOSE_REFUSED'],
    ['with an empty extended key usage', of({}, { eku: extendedKeyUsage() }), 'CERTIFICATE_MALFORMED'],
    ['with a key for lists of revoked ones only', of({}, { keyUsage: keyUsage('crlSign') }), 'CERTIFICATE_PURPOSE_REFUSED'],
    [
      'may sign certificates, but is not an authority',
      of({}, { keyUsage: keyUsage('digitalSignature', 'keyCertSign') }),
      'CERTIFICATE_MALFORMED'
    ],
    ['with a key usage that allows nothing', of({}, { keyUsage: keyUsage() }), 'CERTIFICATE_MALFORMED'],
    ['with a path length', of({}, { basicConstraints: basicConstraints(false, 0) }), 'CERTIFICATE_MALFORMED'],
    ['with name constraints', of({}, { nc: nameConstraints({ permitted: [dns('example.com')] }, false) }), 'CERTIFICATE_MALFORMED'],
    ['with an unknown critical extension', of({}, { other: extension('1.3.6.1.4.1.55738.666.1', nothing, true) }), 'CERTIFICATE_MALFORMED'],
    ['a precertificate', of({}, { poison: extension('1.3.6.1.4.1.11129.2.4.3', nothing, true) }), 'CERTIFICATE_MALFORMED'],
    ['with an extension twice', of({}, { again: alternativeNames([dns('b.example')]) }), 'CERTIFICATE_MALFORMED'],
    [
      'with a critical authority key identifier',
      of({}, { aki: extension(ids.aki, sequence(tlv(0x80, issuing.keyId(middle.keys))), true) }),
      'CERTIFICATE_MALFORMED'
    ],
    ['without an authority key identifier', of({}, { aki: undefined }), 'CERTIFICATE_MALFORMED'],
    [
      'with critical authority information',
      of({}, { aia: extension(ids.aia, sequence(sequence(oid('1.3.6.1.5.5.7.48.2'), uri('http://a.example/'))), true) }),
      'CERTIFICATE_MALFORMED'
    ],
    ['with malformed authority information', of({}, { aia: extension(ids.aia, Buffer.from('malformed')) }), 'CERTIFICATE_MALFORMED'],
    ['with alternative names that are mere text', of({}, { san: extension(ids.san, Buffer.from('example.com')) }), 'CERTIFICATE_MALFORMED'],
    ['with an empty list of alternative names', of({}, { san: alternativeNames([]) }), 'CERTIFICATE_MALFORMED'],
    [
      'with an alternative name that is not ASCII',
      of({}, { san: alternativeNames([tlv(0x82, Buffer.from('ſ.example'))]) }),
      'CERTIFICATE_MALFORMED'
    ],
    ['with a NUL in an alternative name', of({}, { san: alternativeNames([dns('a.example\0.evil.test')]) }), 'CERTIFICATE_MALFORMED'],
    ['without a subject, and alternative names not critical', of({ subject: sequence() }), 'CERTIFICATE_MALFORMED'],
    ['without an issuer', of({ issuerName: sequence() }), 'CERTIFICATE_MALFORMED'],
    ['v1', of({ version: 1 }), 'CERTIFICATE_MALFORMED'],
    ['v2', of({ version: 2 }), 'CERTIFICATE_MALFORMED'],
    ['v4', of({ version: 4 }), 'CERTIFICATE_MALFORMED'],
    ['with the serial number zero', of({ serial: 0n }), 'CERTIFICATE_MALFORMED'],
    ['with a negative serial number', of({ serial: Buffer.from([0x80]) }), 'CERTIFICATE_MALFORMED'],
    ['with a serial number of 22 bytes', of({ serial: Buffer.alloc(22, 0x7f) }), 'CERTIFICATE_MALFORMED'],
    ['with a serial number padded with zeros', of({ serial: Buffer.from([0, 0, 1]) }), 'CERTIFICATE_MALFORMED'],
    ['with another algorithm outside than inside', of({ outerAlgorithm: sequence(oid('1.2.840.10045.4.3.3')) }), 'CERTIFICATE_MALFORMED'],
    ['signed with SHA-1', of({ hash: 'sha1' }), 'CERTIFICATE_MALFORMED'],
    ['with a date without seconds', of({ notBefore: text(0x17, '2601010000Z') }), 'CERTIFICATE_MALFORMED'],
    ['with a date with an offset', of({ notBefore: text(0x17, '260101000000+0100') }), 'CERTIFICATE_MALFORMED'],
    ['with a date with fractions', of({ notBefore: text(0x18, '20260101000000.5Z') }), 'CERTIFICATE_MALFORMED'],
    ['with the 30th of February', of({ notBefore: text(0x17, '260230000000Z') }), 'CERTIFICATE_MALFORMED'],
    ['with the second 60', of({ notBefore: text(0x17, '260101000060Z') }), 'CERTIFICATE_MALFORMED'],
    ['with a date as a number', of({ notBefore: integer(5n) }), 'CERTIFICATE_MALFORMED'],
    ['with a name that is not UTF-8', of({ subject: nameOf(['CN', tlv(0x0c, Buffer.from([0xc3, 0x28]))]) }), 'CERTIFICATE_MALFORMED'],
    ['with RSA of 1024 bits', weak(rsaKeys(1024)), 'CERTIFICATE_KEY_REFUSED'],
    ['with RSA of 2049 bits', of({ spki: rsaSpki((1n << 2048n) + 1n, 65537n) }), 'CERTIFICATE_KEY_REFUSED'],
    ['with RSA of 16384 bits', of({ spki: rsaSpki((1n << 16383n) + 1n, 65537n) }), 'CERTIFICATE_KEY_REFUSED'],
    ['with RSA and the exponent 1', of({ spki: rsaSpki((1n << 2047n) + 1n, 1n) }), 'CERTIFICATE_KEY_REFUSED'],
    ['with RSA and the exponent 3', weak(rsaKeys(2048, 3)), 'CERTIFICATE_KEY_REFUSED'],
    ['with RSA and an even exponent', of({ spki: rsaSpki((1n << 2047n) + 1n, 65538n) }), 'CERTIFICATE_KEY_REFUSED'],
    ['with a negative modulus', of({ spki: rsaSpki(Buffer.alloc(256, 0xff), 65537n) }), 'CERTIFICATE_MALFORMED'],
    [
      'with an empty RSA key',
      of({ spki: sequence(sequence(oid('1.2.840.113549.1.1.1'), nothing), bits(Buffer.alloc(0))) }),
      'CERTIFICATE_MALFORMED'
    ],
    ['with an Ed25519 key', weak(generateKeyPairSync('ed25519')), 'CERTIFICATE_KEY_REFUSED'],
    ['with an RSA-PSS key', weak(generateKeyPairSync('rsa-pss', { modulusLength: 2048 })), 'CERTIFICATE_KEY_REFUSED'],
    ['with a key on secp256k1', weak(ecKeys('secp256k1')), 'CERTIFICATE_KEY_REFUSED'],
    [
      'with a key on P-256 by explicit parameters',
      weak(generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' })),
      'CERTIFICATE_KEY_REFUSED'
    ]
  ] as [string, string, string][]) {
    t.equal(code, expected, name)
  }
})

function rsaSpki(modulus: bigint | Uint8Array, exponent: bigint): Buffer {
  return sequence(sequence(oid('1.2.840.113549.1.1.1'), nothing), bits(sequence(integer(modulus), integer(exponent))))
}

t.test('certificates come as DER or as PEM, several in a text', async t => {
  const pem = (...certificates: Issued[]): string => certificates.map(({ der }) => new X509Certificate(der).toString()).join('\n')
  const question = { at, purpose: 'serverAuth' as const }
  const path = checkChain({ leaf: pem(leaf), intermediates: [`${pem(leaf, middle)}\nand more`], roots: [pem(root)], ...question })
  t.same(
    path.map(({ der }) => der),
    [leaf, middle, root].map(({ der }) => der)
  )
  for (const two of [pem(leaf, middle), '', 'no PEM'])
    t.throws(() => checkChain({ leaf: two, intermediates: [middle.der], roots: [root.der], ...question }), {
      code: 'CERTIFICATE_MALFORMED'
    })
})

t.test('bytes that are not exactly one DER certificate are malformed', async t => {
  const { der } = leaf
  const indefinite = Buffer.concat([Buffer.from([0x30, 0x80]), der.subarray(4), Buffer.from([0, 0])])
  for (const [name, bytes] of [
    ['nothing', Buffer.alloc(0)],
    ['one byte left over', Buffer.concat([der, Buffer.from([0])])],
    ['cut short', der.subarray(0, -1)],
    ['twice', Buffer.concat([der, der])],
    ['indefinite length', indefinite],
    ['a length that is not the shortest', Buffer.concat([Buffer.from([0x30, 0x83, 0]), der.subarray(2)])],
    ['a fourth part', sequence(der.subarray(4), nothing)],
    ['a deep nest', Buffer.concat(Array.from({ length: 4000 }, () => Buffer.from([0x30, 0x82, 0xff, 0xff])))],
    ['a PEM text', Buffer.from('-----BEGIN CERTIFICATE-----')]
  ] as [string, Buffer][]) {
    t.equal(outcome({ leaf: bytes, intermediates: [middle] }), 'CERTIFICATE_MALFORMED', name)
  }
})

t.test('both ends of a validity belong to it, and moments count in whole seconds', async t => {
  const edge = leafWith({ notBefore: new Date('2026-03-01T00:00:00Z'), notAfter: new Date('2026-04-01T00:00:00Z') })
  for (const [moment, expected] of [
    ['2026-02-28T23:59:59.999Z', 'CERTIFICATE_NOT_YET_VALID'],
    ['2026-03-01T00:00:00.000Z', 'accepted'],
    ['2026-04-01T00:00:00.999Z', 'accepted'],
    ['2026-04-01T00:00:01.000Z', 'CERTIFICATE_EXPIRED'],
    ['not a date', 'CERTIFICATE_EXPIRED']
  ] as const) {
    t.equal(outcome({ leaf: edge, intermediates: [middle], at: new Date(moment) }), expected, moment)
  }
})

t.test('dates are read in both forms, for any year', async t => {
  for (const [name, notBefore, notAfter, moment] of [
    ['from the last century', text(0x17, '500101120100Z'), text(0x17, '300101120100Z'), at],
    ['to a year after 2050', text(0x17, '260101000000Z'), text(0x18, '20510101120100Z'), at],
    ['to the end of time', text(0x17, '260101000000Z'), text(0x18, '99991231235959Z'), at],
    ['the long form before 2050, as a root of the public web has it', text(0x18, '20020101120100Z'), text(0x17, '300101120100Z'), at]
  ] as const) {
    t.equal(outcome({ leaf: leafWith({ notBefore, notAfter }), intermediates: [middle], at: moment }), 'accepted', name)
  }
  t.equal(outcome({ leaf: leafWith({ notAfter: text(0x17, '990101120100Z') }), intermediates: [middle] }), 'CERTIFICATE_EXPIRED', 'to 1999')
})

t.test('an authority that breaks a rule is refused, wherever it stands', async t => {
  const unknown = extension('1.3.6.1.4.1.55738.666.1', nothing, true)
  const rules: [string, Parameters<typeof middleWith>, RegExp][] = [
    [
      'neither basic constraints nor key usage (CVE-2026-33896)',
      [{}, { basicConstraints: undefined, keyUsage: undefined }],
      /is not an authority/
    ],
    ['no basic constraints', [{}, { basicConstraints: undefined }], /is not an authority/],
    ['not an authority', [{}, { basicConstraints: basicConstraints(false) }], /is not an authority/],
    ['basic constraints not critical', [{}, { basicConstraints: basicConstraints(true, undefined, false) }], /not critical/],
    ['may not sign certificates', [{}, { keyUsage: keyUsage('digitalSignature', 'crlSign') }], /may not sign/],
    ['no key identifier', [{}, { ski: undefined }], /key identifier/],
    ['unknown critical extension', [{}, { unknown }], /unknown critical extension/],
    ['critical key identifier', [{}, { ski: extension(ids.ski, octets(issuing.keyId(middle.keys)), true) }], /marked critical|another key/],
    ['policy constraints', [{}, { policy: extension(ids.policyConstraints, sequence(tlv(0x80, Buffer.from([0]))), true) }], /critical/],
    [
      'policy constraints that are not critical',
      [{}, { policy: extension(ids.policyConstraints, sequence(tlv(0x80, Buffer.from([3])))) }],
      /policy constraints/
    ],
    ['for mail only', [{}, { eku: extendedKeyUsage(purposes.emailProtection) }], /TLS servers/],
    ['expired', [{ notAfter: new Date(at.getTime() - 1000) }], /end date/],
    ['not valid yet', [{ notBefore: new Date(at.getTime() + 1000) }], /start date/],
    ['v1', [{ version: 1 }], /is not an authority/]
  ]
  /** A root is trusted for its name and key: what helps to find it may be missing. */
  const forgiven = new Set(['basic constraints not critical', 'no key identifier'])
  for (const [name, [template, extensions], message] of rules) {
    const broken = middleWith(template, extensions)
    t.throws(() => check({ leaf, intermediates: [broken] }), { code: 'CERTIFICATE_CHAIN_REFUSED', message }, `${name}: between`)
    const brokenRoot = rootWith(template, extensions)
    if (forgiven.has(name)) t.equal(outcome({ leaf, intermediates: [middle], roots: [brokenRoot] }), 'accepted', `${name}: trusted`)
    else if (template.version === undefined) {
      t.throws(
        () => check({ leaf, intermediates: [middle], roots: [brokenRoot] }),
        { code: 'CERTIFICATE_CHAIN_REFUSED', message },
        `${name}: trusted`
      )
    }
  }
})

t.test('an authority that keeps the rules in another way is accepted', async t => {
  for (const [name, extensions] of [
    ['no key usage', { keyUsage: undefined }],
    ['for TLS servers', { eku: extendedKeyUsage(purposes.serverAuth) }],
    ['for any purpose', { eku: extendedKeyUsage(purposes.any) }],
    ['critical policies', { policies: extension(ids.policies, sequence(sequence(oid('2.23.140.1.2.2'))), true) }],
    ['a key identifier of another kind in the leaf', { ski: extension(ids.ski, octets(Buffer.from('another'))) }]
  ] as [string, Template['extensions']][]) {
    t.equal(outcome({ leaf, intermediates: [middleWith({}, extensions)] }), 'accepted', name)
  }
  t.equal(
    outcome({ leaf, intermediates: [middle], roots: [rootWith({ serial: 0n }, { aki: undefined })] }),
    'accepted',
    'a root with the serial number zero, as two of the public web'
  )
  t.equal(
    outcome({
      leaf: leafWith({}, { eku: undefined }),
      intermediates: [middleWith({}, { eku: extendedKeyUsage(purposes.emailProtection) })],
      purpose: 'any'
    }),
    'accepted',
    'no purpose is asked for'
  )
})

t.test('weak keys and digests above the leaf are refused', async t => {
  const weak = (keys: Keys, hash = 'sha256') => {
    const issuer = authority({ issuer: root, keys })
    return outcome({ leaf: endEntity({ issuer, hash }), intermediates: [issuer] })
  }
  t.equal(weak(rsaKeys(1024)), 'CERTIFICATE_CHAIN_REFUSED', 'RSA of 1024 bits')
  t.equal(weak(rsaKeys(2048, 3)), 'CERTIFICATE_CHAIN_REFUSED', 'the exponent 3')
  t.equal(weak(ecKeys('secp256k1')), 'CERTIFICATE_CHAIN_REFUSED', 'a curve of its own')
  t.equal(outcome({ leaf, intermediates: [middleWith({ hash: 'sha1' })] }), 'CERTIFICATE_CHAIN_UNTRUSTED', 'signed with SHA-1')
  t.equal(
    outcome({ leaf: endEntity({ issuer: authority({ keys: rsaKeys(), hash: 'md5' }), hash: 'md5' }) }),
    'CERTIFICATE_MALFORMED',
    'MD5'
  )
})

t.test('a path that is not proven by signatures is no path', async t => {
  const impostor = authority({ subject: root.name })
  const unrelated = authority()
  for (const [name, question] of [
    ['no intermediate', { leaf }],
    ['no root', { leaf, intermediates: [middle], roots: [] }],
    ['an unknown root', { leaf, intermediates: [middle, root], roots: [unrelated] }],
    ['a root of the same name with another key', { leaf, intermediates: [middle], roots: [impostor] }],
    [
      'a leaf of an impostor that points to the key of the root',
      {
        leaf: endEntity({ issuer: impostor, extensions: { aki: extension(ids.aki, sequence(tlv(0x80, issuing.keyId(root.keys)))) } }),
        intermediates: [impostor]
      }
    ],
    ['an intermediate of an impostor', { leaf: endEntity({ issuer: authority({ issuer: impostor }) }) }],
    ['self-signed', { leaf: issue({ extensions: { eku: extendedKeyUsage(purposes.serverAuth) } }) }],
    ['issued by a leaf', { leaf: endEntity({ issuer: leaf }), intermediates: [middle] }],
    ['trusted itself, but nobody above it', { leaf, roots: [leaf] }],
    ['a pool of garbage', { leaf, intermediates: [Buffer.from('garbage'), Buffer.alloc(0), leaf.der.subarray(3)] }]
  ] as [string, Question][]) {
    t.equal(outcome(question), 'CERTIFICATE_CHAIN_UNTRUSTED', name)
  }
  t.equal(
    outcome({ leaf: endEntity({ issuer: leaf }), intermediates: [middle, leaf] }),
    'CERTIFICATE_CHAIN_REFUSED',
    'issued by a leaf that is at hand'
  )
  const { der } = leaf
  const forged = Buffer.from(der)
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
  t.equal(outcome({ leaf: forged, intermediates: [middle] }), 'CERTIFICATE_CHAIN_UNTRUSTED', 'one bit of the signature')
})

t.test('names are compared without regard to case, width of blanks and string type, and in no other way', async t => {
  const keys = ecKeys()
  const written = (value: string | Uint8Array) => nameOf(['C', printable('US')], ['CN', value])
  const chained = (subject: string | Uint8Array, issuerName: Uint8Array) => {
    const ca = authority({ issuer: root, keys, subject: written(subject) })
    return outcome({ leaf: endEntity({ issuer: ca, issuerName }), intermediates: [ca] })
  }
  for (const [name, issuerName, expected] of [
    ['the same', written('Good CA'), 'accepted'],
    ['other case', written('GOOD ca'), 'accepted'],
    ['other blanks', written('  Good   CA '), 'accepted'],
    ['another string type', written(printable('good ca')), 'accepted'],
    ['other letters', written('Good CB'), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['without the blank', written('GoodCA'), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['bytes of another type', written(tlv(0x1e, Buffer.from('Good CA', 'utf16le').swap16())), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['another order', nameOf(['CN', 'Good CA'], ['C', printable('US')]), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['one part more', nameOf(['C', printable('US')], ['CN', 'Good CA'], ['OU', 'x']), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['parts in one', sequence(issuing.rdn(['C', printable('US')], ['CN', 'Good CA'])), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['another attribute', nameOf(['C', printable('US')], ['OU', 'Good CA']), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['separators in the value', nameOf(['C', printable('US","2.5.4.3=~Good CA')]), 'CERTIFICATE_CHAIN_UNTRUSTED']
  ] as const) {
    t.equal(chained('Good CA', issuerName), expected, name)
  }
  t.equal(chained('Straße', written('STRASSE')), 'CERTIFICATE_CHAIN_UNTRUSTED', 'case is not folded to other letters')
})

t.test('path lengths count the authorities below that are not self-issued', async t => {
  const build = (lengths: (number | undefined)[], selfIssuedAt = -1) => {
    let issuer: Issued = root
    const pool: Issued[] = []
    for (const [index, pathLength] of lengths.entries()) {
      issuer = authority({
        issuer,
        ...(pathLength !== undefined && { pathLength }),
        ...(index === selfIssuedAt && { subject: issuer.name })
      })
      pool.push(issuer)
    }
    return outcome({ leaf: endEntity({ issuer }), intermediates: pool })
  }
  for (const [name, code, expected] of [
    ['zero above the leaf', build([0]), 'accepted'],
    ['zero above another authority', build([0, undefined]), 'CERTIFICATE_CHAIN_REFUSED'],
    ['zero above a self-issued one', build([0, undefined], 1), 'accepted'],
    ['one above one', build([1, undefined]), 'accepted'],
    ['one above two', build([1, undefined, undefined]), 'CERTIFICATE_CHAIN_REFUSED'],
    ['a larger one below does not widen it', build([0, 7]), 'CERTIFICATE_CHAIN_REFUSED'],
    ['six above four', build([6, 1, 0]), 'accepted'],
    ['six, zero and one more', build([6, 0, 0]), 'CERTIFICATE_CHAIN_REFUSED'],
    ['nine authorities', build(Array(8).fill(undefined)), 'accepted'],
    ['too many', build(Array(9).fill(undefined)), 'CERTIFICATE_CHAIN_UNTRUSTED']
  ] as [string, string, string][]) {
    t.equal(code, expected, name)
  }
  t.equal(
    outcome({ leaf, intermediates: [middle], roots: [rootWith({ pathLength: 0 })] }),
    'CERTIFICATE_CHAIN_REFUSED',
    'that of the root counts'
  )
  t.equal(
    outcome({
      leaf,
      intermediates: [
        middleWith({}, { basicConstraints: extension(ids.basicConstraints, sequence(yes, integer(Buffer.from([0xff]))), true) })
      ]
    }),
    'CERTIFICATE_CHAIN_UNTRUSTED',
    'a negative one is malformed'
  )
})

t.test('name constraints hold for every name of every certificate below', async t => {
  const names = (list: Buffer[], constraints: Parameters<typeof nameConstraints>[0], subject = nameOf(['CN', 'someone'])) => {
    const extensions = list.length > 0 ? { san: alternativeNames(list) } : { san: undefined }
    const constrained = middleWith({}, { nc: nameConstraints(constraints) })
    const asRoot = rootWith({}, { nc: nameConstraints(constraints, false) })
    const below = leafWith({ subject }, extensions)
    const codes = [
      outcome({ leaf: below, intermediates: [constrained] }),
      outcome({ leaf: below, intermediates: [middle], roots: [asRoot] })
    ]
    // A root's directory constraints hold for the intermediate too, and its name is another.
    return codes[0] === codes[1] || [...(constraints.permitted ?? [])].some(({ 0: tag }) => tag === 0xa4)
      ? codes[0]
      : codes.join(' but as a root ')
  }
  const refused = 'CERTIFICATE_CHAIN_REFUSED'
  const unreadable = 'CERTIFICATE_CHAIN_UNTRUSTED'
  const local = ip(192, 0, 2, 0, 255, 255, 255, 0)
  const v6 = (...last: number[]) => [...Array(16 - last.length).fill(0), ...last]
  const foo = directory(['CN', 'foo'])
  for (const [name, list, constraints, expected, subject] of [
    ['dns: the name', [dns('example.com')], { permitted: [dns('example.com')] }, 'accepted'],
    ['dns: below the name', [dns('a.b.Example.COM')], { permitted: [dns('example.com')] }, 'accepted'],
    ['dns: a lookalike', [dns('not-example.com')], { permitted: [dns('example.com')] }, refused],
    ['dns: above', [dns('com')], { permitted: [dns('example.com')] }, refused],
    ['dns: the second is outside', [dns('a.example.com'), dns('b.test')], { permitted: [dns('example.com')] }, refused],
    ['dns: one of two', [dns('b.test')], { permitted: [dns('example.com'), dns('test')] }, 'accepted'],
    ['dns: excluded', [dns('a.example.com')], { excluded: [dns('example.com')] }, refused],
    ['dns: both', [dns('example.com')], { permitted: [dns('example.com')], excluded: [dns('example.com')] }, refused],
    ['dns: all excluded', [dns('a.test')], { excluded: [dns('')] }, refused],
    ['dns: a wildcard within', [dns('*.example.com')], { permitted: [dns('example.com')] }, 'accepted'],
    ['dns: a wildcard that could be excluded (CVE-2025-61727)', [dns('*.example.com')], { excluded: [dns('bar.example.com')] }, refused],
    ['dns: a wildcard that cannot be', [dns('*.example.com')], { excluded: [dns('a.b.example.com')] }, 'accepted'],
    ['dns: a wildcard wider than permitted', [dns('*.example.com')], { permitted: [dns('foo.example.com')] }, refused],
    ['dns: a name that begins with a dot', [dns('.example.com')], { permitted: [dns('example.com')] }, refused],
    ['dns: a name with a dot at its end', [dns('bad.test.')], { excluded: [dns('bad.test')] }, refused],
    ['dns: an empty name', [dns('')], { permitted: [dns('example.com')] }, refused],
    ['dns: a constraint that begins with a dot', [dns('a.example.com')], { permitted: [dns('.example.com')] }, unreadable],
    ['dns: a constraint with a wildcard', [dns('a.example.com')], { permitted: [dns('*.example.com')] }, unreadable],
    ['dns: the common name serves as one', [], { permitted: [dns('example.com')] }, refused, nameOf(['CN', 'other.test'])],
    ['dns: the common name is within', [], { permitted: [dns('example.com')] }, 'accepted', nameOf(['CN', 'a.example.com'])],
    ['dns: nothing of the kind is there', [ip(1, 2, 3, 4)], { permitted: [dns('example.com')] }, 'accepted'],
    ['ip: within', [ip(192, 0, 2, 9)], { permitted: [local] }, 'accepted'],
    ['ip: outside', [ip(192, 0, 3, 1)], { permitted: [local] }, refused],
    ['ip: excluded', [ip(192, 0, 2, 9)], { excluded: [local] }, refused],
    ['ip: v6 where v4 is permitted', [ip(...v6(1))], { permitted: [local] }, refused],
    ['ip: v6 within', [ip(...v6(1))], { permitted: [ip(...v6(1), ...Array(16).fill(255))] }, 'accepted'],
    ['ip: all excluded', [ip(9, 9, 9, 9)], { excluded: [ip(0, 0, 0, 0, 0, 0, 0, 0)] }, refused],
    ['ip: a range as a name', [ip(192, 0, 2, 0, 255, 255, 255, 0)], { permitted: [local] }, refused],
    ['ip: a constraint without a mask', [ip(127, 0, 0, 1)], { permitted: [ip(127, 0, 0, 1)] }, unreadable],
    ['ip: a mask with holes', [ip(127, 0, 0, 1)], { permitted: [ip(127, 0, 0, 1, 255, 0, 255, 0)] }, unreadable],
    ['directory: the subject within', [], { permitted: [foo] }, 'accepted', nameOf(['CN', 'FOO'], ['OU', 'x'])],
    ['directory: the subject outside', [], { permitted: [foo] }, refused, nameOf(['CN', 'not-foo'])],
    ['directory: the subject shorter than the base', [], { permitted: [directory(['C', 'US'], ['O', 'x'])] }, refused, nameOf(['C', 'US'])],
    ['directory: the alternative name within, the subject outside', [foo], { permitted: [foo] }, refused, nameOf(['CN', 'not-foo'])],
    [
      'directory: the subject within, the alternative name outside',
      [directory(['CN', 'bar'])],
      { permitted: [foo] },
      refused,
      nameOf(['CN', 'foo'])
    ],
    ['directory: excluded', [], { excluded: [foo] }, refused, nameOf(['CN', 'foo'], ['CN', 'bar'])],
    ['directory: excluded elsewhere', [], { excluded: [foo] }, 'accepted', nameOf(['CN', 'bar'], ['CN', 'foo'])],
    ['directory: excluded, as a BMPString', [], { excluded: [foo] }, refused, nameOf(['CN', tlv(0x1e, Buffer.from('\0f\0o\0o'))])],
    ['directory: excluded, as a TeletexString', [], { excluded: [foo] }, refused, nameOf(['CN', text(0x14, 'foo')])],
    ['directory: excluded, as a UniversalString', [], { excluded: [foo] }, refused, nameOf(['CN', text(0x1c, '\0\0\0f\0\0\0o\0\0\0o')])],
    ['directory: excluded by a TeletexString', [], { excluded: [directory(['CN', text(0x14, 'foo')])] }, refused, nameOf(['CN', 'foo'])],
    ['directory: another name, as a TeletexString', [], { permitted: [foo] }, refused, nameOf(['CN', text(0x14, 'foo')])],
    ['directory: nothing excluded, a TeletexString', [], { permitted: [dns('test')] }, 'accepted', nameOf(['CN', text(0x14, 'foo')])],
    ['email: the mailbox', [email('foo@EXAMPLE.com')], { permitted: [email('foo@example.com')] }, 'accepted'],
    ['email: another mailbox', [email('bar@example.com')], { permitted: [email('foo@example.com')] }, refused],
    ['email: the host', [email('foo@example.com')], { permitted: [email('example.com')] }, 'accepted'],
    ['email: below the host', [email('foo@mail.example.com')], { permitted: [email('example.com')] }, refused],
    ['email: below the domain', [email('foo@mail.example.com')], { permitted: [email('.example.com')] }, 'accepted'],
    ['email: the domain itself', [email('foo@example.com')], { permitted: [email('.example.com')] }, refused],
    ['email: excluded, in other case', [email('FOO@example.com')], { excluded: [email('foo@example.com')] }, refused],
    ['email: two ats', [email('a@b@example.com')], { permitted: [email('example.com')] }, refused],
    ['email: a constraint with two ats', [email('a@example.com')], { permitted: [email('a@b@example.com')] }, unreadable],
    ['email: in the subject', [], { permitted: [email('example.com')] }, refused, nameOf(['CN', 'x'], ['E', ia5('me@evil.test')])],
    ['uri: the host', [uri('https://Example.com:8443/x')], { permitted: [uri('example.com')] }, 'accepted'],
    ['uri: below the host', [uri('https://a.example.com/')], { permitted: [uri('example.com')] }, refused],
    ['uri: below the domain', [uri('https://a.example.com/')], { permitted: [uri('.example.com')] }, 'accepted'],
    ['uri: excluded', [uri('ftp://example.com:21/a')], { excluded: [uri('example.com')] }, refused],
    ['uri: without a host', [uri('urn:example.com')], { permitted: [uri('example.com')] }, refused],
    ['uri: an address in figures', [uri('https://127.0.0.1/')], { excluded: [uri('example.com')] }, refused],
    ['uri: a user before the host', [uri('https://example.com@evil.test/')], { permitted: [uri('example.com')] }, refused],
    ['other: a kind that cannot be judged', [otherName()], { excluded: [otherName()] }, refused],
    ['other: only constrained, not there', [dns('a.example')], { excluded: [otherName(), registeredId()] }, 'accepted'],
    ['other: one kind constrained, another there', [registeredId()], { permitted: [otherName()] }, 'accepted'],
    ['other: a registered id', [registeredId()], { permitted: [registeredId()] }, refused],
    ['neither subtree', [dns('a.example')], {}, unreadable],
    ['empty subtrees', [dns('a.example')], { permitted: [], excluded: [] }, unreadable]
  ] as [string, Buffer[], Parameters<typeof nameConstraints>[0], string, Buffer?][]) {
    t.equal(names(list, constraints, subject), expected, name)
  }
  const withMinimum = extension(ids.nameConstraints, sequence(tlv(0xa0, sequence(dns('example.com'), tlv(0x80, Buffer.from([1]))))), true)
  t.equal(outcome({ leaf, intermediates: [middleWith({}, { nc: withMinimum })] }), unreadable, 'a minimum')
})

t.test('name constraints add up along the path', async t => {
  const constrain = (issuer: Issued, constraints: Parameters<typeof nameConstraints>[0], template: Partial<Template> = {}) =>
    authority({ issuer, ...template, extensions: { nc: nameConstraints(constraints), ...template.extensions } })
  const top = constrain(root, { permitted: [dns('foo.example'), dns('bar.example')], excluded: [dns('forbidden.bar.example')] })
  const narrower = constrain(top, { permitted: [dns('bar.example')] })
  const wider = constrain(narrower, { permitted: [dns('foo.example'), dns('bar.example')] })
  const asked = (issuer: Issued, name: string, pool: Issued[]) =>
    outcome({ leaf: endEntity({ issuer, extensions: { san: alternativeNames([dns(name)]) } }), intermediates: pool })
  t.equal(asked(narrower, 'foo.example', [top, narrower]), 'CERTIFICATE_CHAIN_REFUSED', 'a lower one narrows')
  t.equal(asked(wider, 'foo.example', [top, narrower, wider]), 'CERTIFICATE_CHAIN_REFUSED', 'and never widens')
  t.equal(asked(wider, 'bar.example', [top, narrower, wider]), 'accepted')
  const forbidden = authority({ issuer: top, extensions: { san: alternativeNames([dns('forbidden.bar.example')]) } })
  t.equal(asked(forbidden, 'bar.example', [top, forbidden]), 'CERTIFICATE_CHAIN_REFUSED', 'the names of authorities count')
  const rollover = authority({ issuer: top, subject: top.name, extensions: { san: alternativeNames([dns('forbidden.bar.example')]) } })
  t.equal(asked(rollover, 'bar.example', [top, rollover]), 'accepted', 'but for self-issued ones')
  const selfIssuedLeaf = endEntity({ issuer: top, subject: top.name, extensions: { san: alternativeNames([dns('other.example')]) } })
  t.equal(outcome({ leaf: selfIssuedLeaf, intermediates: [top] }), 'CERTIFICATE_CHAIN_REFUSED', 'which a leaf never is')
})

t.test('thousands of names against thousands of constraints end in a refusal, soon', async t => {
  const many = (count: number, name: (index: number) => string) => Array.from({ length: count }, (_, index) => dns(name(index)))
  const heavy = middleWith({}, { nc: nameConstraints({ excluded: many(2000, index => `x${index}.test`) }) })
  const bomb = leafWith({}, { san: alternativeNames(many(2000, index => `y${index}.test`)) })
  const started = performance.now()
  t.equal(outcome({ leaf: bomb, intermediates: [heavy] }), 'CERTIFICATE_CHAIN_REFUSED')
  t.ok(performance.now() - started < 20_000)
})

t.test('of several issuers with one name the one that works is found', async t => {
  const keys = ecKeys()
  const subject = nameOf(['O', 'Test Trust'], ['CN', 'Issuing CA 03'])
  const other = authority()
  const old = authority({ issuer: root, keys, subject, notAfter: new Date('2026-02-01T00:00:00Z') })
  const crossSigned = authority({ issuer: other, keys, subject })
  const otherKey = authority({ issuer: root, subject })
  const from03 = endEntity({ issuer: crossSigned })
  const both = { roots: [root, other] }
  t.equal(outcome({ leaf: from03, intermediates: [old, crossSigned], ...both }), 'accepted', 'one copy expired (Azure CA 03 in 2026)')
  t.equal(outcome({ leaf: from03, intermediates: [old], ...both }), 'CERTIFICATE_CHAIN_REFUSED', 'only the expired copy')
  t.equal(outcome({ leaf: from03, intermediates: [otherKey, otherKey, crossSigned], ...both }), 'accepted', 'another key under the name')
  t.equal(
    outcome({ leaf: from03, intermediates: [crossSigned, old], roots: [root] }),
    'CERTIFICATE_CHAIN_REFUSED',
    'the good copy leads elsewhere'
  )
  const forbidding = authority({ issuer: root, extensions: { nc: nameConstraints({ excluded: [dns('example.com')] }) } })
  const viaForbidding = authority({ issuer: forbidding, keys, subject })
  t.equal(
    outcome({ leaf: from03, intermediates: [viaForbidding, forbidding, crossSigned], ...both }),
    'accepted',
    'one way forbidden by a constraint'
  )
  const painful = authority({
    issuer: authority({ subject: root.name }),
    keys: root.keys,
    subject: root.name,
    notAfter: new Date('2026-02-01T00:00:00Z')
  })
  t.equal(outcome({ leaf, intermediates: [painful, middle] }), 'accepted', 'an expired cross-sign of the root')
})

t.test('circles and crowds come to an end', async t => {
  const crossed = (count: number, name: (index: number) => Buffer) => {
    const keys = Array.from({ length: count }, () => ecKeys())
    const pairs = keys.flatMap((a, i) => keys.flatMap((b, j) => (i === j ? [] : [{ a, b, i, j }])))
    return { keys, pool: pairs.map(({ a, b, i, j }) => authority({ subject: name(i), keys: a, issuer: { name: name(j), keys: b } })) }
  }
  const numbered = (index: number) => nameOf(['CN', `CA ${index}`])
  const two = crossed(2, numbered)
  const first = (keys: Keys[]): Keys => keys[0] ?? (t.fail('no keys') as never)
  t.equal(
    outcome({ leaf: endEntity({ issuer: { name: numbered(0), keys: first(two.keys) } }), intermediates: two.pool }),
    'CERTIFICATE_CHAIN_UNTRUSTED',
    'two that sign each other'
  )
  const same = crossed(2, () => numbered(0))
  t.equal(
    outcome({ leaf: endEntity({ issuer: { name: numbered(0), keys: first(same.keys) } }), intermediates: same.pool }),
    'CERTIFICATE_CHAIN_UNTRUSTED',
    'under one name'
  )

  const six = crossed(6, numbered)
  const wayOut = authority({ issuer: root, subject: numbered(5), keys: six.keys[5] ?? ecKeys() })
  const inside = endEntity({ issuer: { name: numbered(0), keys: first(six.keys) } })
  const started = performance.now()
  t.equal(
    outcome({ leaf: inside, intermediates: [...six.pool, wayOut] }),
    'accepted',
    'a way out of six that all sign each other (CVE-2024-0567)'
  )
  t.match(outcome({ leaf: inside, intermediates: six.pool }), /CHAIN_/, 'and none')
  const ten = crossed(10, () => numbered(0))
  t.match(
    outcome({ leaf: endEntity({ issuer: { name: numbered(0), keys: first(ten.keys) } }), intermediates: ten.pool }),
    /CHAIN_/,
    'ninety of one name'
  )
  const crowdKeys = ecKeys()
  const crowd = Array.from({ length: 500 }, () => authority({ issuer: root, keys: crowdKeys, subject: middle.name }))
  t.equal(outcome({ leaf, intermediates: [...crowd, middle] }), 'accepted', 'the right one among five hundred')
  t.ok(performance.now() - started < 20_000)
})

t.test('the shape of the public chain of today is accepted, and with any link broken refused', async t => {
  const pinned = authority({ keys: rsaKeys() })
  const crossSigned = authority({ issuer: pinned, keys: rsaKeys(), extensions: { eku: extendedKeyUsage(purposes.serverAuth) } })
  const issuingCa = authority({
    issuer: crossSigned,
    keys: rsaKeys(),
    pathLength: 0,
    extensions: { eku: extendedKeyUsage(purposes.serverAuth) }
  })
  const server = endEntity({ issuer: issuingCa, keys: rsaKeys() })
  const all = { leaf: server, intermediates: [issuingCa, crossSigned], roots: [pinned] }
  t.equal(check(all).length, 4)
  t.equal(outcome({ ...all, intermediates: [issuingCa] }), 'CERTIFICATE_CHAIN_UNTRUSTED')
  t.equal(outcome({ ...all, intermediates: [crossSigned] }), 'CERTIFICATE_CHAIN_UNTRUSTED')
  t.equal(outcome({ ...all, roots: [root] }), 'CERTIFICATE_CHAIN_UNTRUSTED')
})

t.test('no mutation of a chain is accepted', async t => {
  const good = [leaf, middle, root].map(({ der }) => der)
  const random = generator(20261121)
  const counts = new Map<string, number>()
  let worst = 0
  for (let run = 0; run < 4000; run++) {
    // The root is trusted as it is given, so it is not mutated.
    const which = random(2)
    const mutated = good.map((der, index) => (index === which ? mutate(der, random) : der))
    const [mutatedLeaf = Buffer.alloc(0), mutatedMiddle = Buffer.alloc(0)] = mutated
    if (mutated.every((der, index) => der.equals(good[index] ?? der))) continue
    const started = performance.now()
    const code = outcome({ leaf: mutatedLeaf, intermediates: [mutatedMiddle] })
    worst = Math.max(worst, performance.now() - started)
    counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  t.equal(counts.get('accepted') ?? 0, 0)
  t.ok(
    (counts.get('CERTIFICATE_MALFORMED') ?? 0) > 500 && (counts.get('CERTIFICATE_CHAIN_UNTRUSTED') ?? 0) > 500,
    JSON.stringify([...counts])
  )
  t.ok(worst < 1000, `the slowest took ${worst.toFixed(1)} ms`)
})

function mutate(bytes: Buffer, random: (below: number) => number): Buffer {
  const at = random(bytes.length)
  const changed = Buffer.from(bytes)
  switch (random(6)) {
    case 0:
      changed[at] = (changed[at] ?? 0) ^ (1 << random(8))
      return changed
    case 1:
      changed[at] = random(256)
      return changed
    case 2:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([random(256)]), bytes.subarray(at)])
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(4))])
    case 4:
      return bytes.subarray(0, at)
    default:
      return Buffer.concat([bytes, Buffer.from([random(256)])])
  }
}

/** Numbers that look random and are the same in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
