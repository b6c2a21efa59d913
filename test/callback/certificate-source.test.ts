import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import type { CertificateSourceOptions } from '../../src/callback/certificate-source.ts'
import { Failure, type FailureCode } from '../../src/failure.ts'
import {
  alternativeNames,
  at,
  authority,
  basicConstraints,
  dns,
  ecKeys,
  endEntity,
  extendedKeyUsage,
  type Issued,
  issuerUrls,
  issuingName,
  type Keys,
  keyUsage,
  microsoft,
  nameConstraints,
  nameOf,
  purposes,
  rdn,
  rsaKeys,
  signerNames,
  signerSubject,
  signingCertificate,
  type Template
} from '../fixtures/certificates.ts'
import { ia5, integer, oid, pem, printable, sequence, tlv } from '../fixtures/der.ts'
import { failureOf } from '../fixtures/failure-of.ts'
import { memoryLog } from '../fixtures/memory-log.ts'
import { certificateUrl } from '../fixtures/signed-callback.ts'
import {
  type Answer,
  codeOf,
  crossSigned,
  intermediates,
  issuers,
  issuing,
  keys,
  leaf,
  leafWith,
  root,
  sourceOf,
  urls
} from '../fixtures/signing-world.ts'

const judge = (certificate: Issued | Buffer, options: Partial<CertificateSourceOptions> = {}) =>
  codeOf(
    sourceOf(
      { [certificateUrl]: 'der' in certificate ? certificate.der : certificate },
      { intermediates, issuerHosts: [], ...options }
    ).source.get(certificateUrl)
  )

t.test('a signer is told by its certificate', async t => {
  const { log, lines } = memoryLog()
  const { source, asked } = sourceOf({ [certificateUrl]: leaf.der }, { intermediates, log })
  const signer = await source.get(certificateUrl)
  t.match(signer, {
    subject: 'CN=pcnotifications-dispatch.microsoft.com, O=Microsoft Corporation, C=US',
    issuer: 'CN=Test TLS G2 RSA CA OCSP 02, O=Microsoft Corporation, C=US',
    thumbprint: /^[0-9a-f]{64}$/,
    notAfter: new Date('2026-07-01T00:00:00Z')
  })
  t.ok(signer.publicKey.equals(keys.publicKey))
  t.same(asked, [certificateUrl])
  t.match(
    lines,
    [{ level: 'info', fields: { path: [/pcnotifications/, /OCSP 02/, /certificate/, /Global Root G2/] } }],
    'the log says which path was used'
  )
})

t.test('the certificate is taken as DER, PEM or bare base64, and one only', async t => {
  const { der } = leaf
  const base64 = der.toString('base64')
  const text = pem(der)
  const bom = '\ufeff'
  for (const [name, answer, expected] of [
    ['DER', der, 'accepted'],
    ['PEM', text, 'accepted'],
    ['PEM with CR LF', text.replaceAll('\n', '\r\n'), 'accepted'],
    ['PEM after a byte order mark and blanks', `${bom}\r\n ${text}\n\n`, 'accepted'],
    ['bare base64', base64, 'accepted'],
    ['bare base64 in lines, after a byte order mark', `${bom}${base64.replace(/.{76}/g, '$&\r\n')}\r\n`, 'accepted'],
    ['nothing', '', 'CERTIFICATE_UNREADABLE'],
    ['HTML', '<html><body>Blocked</body></html>', 'CERTIFICATE_UNREADABLE'],
    ['JSON', '{"error":"no"}', 'CERTIFICATE_UNREADABLE'],
    ['DER and one byte', Buffer.concat([der, Buffer.from([0])]), 'CERTIFICATE_UNREADABLE'],
    ['DER and a line end', Buffer.concat([der, Buffer.from('\n')]), 'CERTIFICATE_UNREADABLE'],
    ['DER cut short', der.subarray(0, -1), 'CERTIFICATE_UNREADABLE'],
    ['two PEM blocks', text + text, 'CERTIFICATE_UNREADABLE'],
    ['PEM and text after it', `${text}trailer`, 'CERTIFICATE_UNREADABLE'],
    ['PEM and text before it', `Bag Attributes\n${text}`, 'CERTIFICATE_UNREADABLE'],
    ['PEM of DER and one byte', pem(Buffer.concat([der, Buffer.from([0])])), 'CERTIFICATE_UNREADABLE'],
    ['PEM under another label', pem(der, 'X509 CRL'), 'CERTIFICATE_UNREADABLE'],
    ['PEM of a private key', keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'CERTIFICATE_UNREADABLE'],
    ['PEM and a private key', text + keys.privateKey.export({ type: 'pkcs8', format: 'pem' }), 'CERTIFICATE_UNREADABLE'],
    ['base64 with junk', `${base64}!!!!`, 'CERTIFICATE_UNREADABLE'],
    ['base64 of the URL alphabet', der.toString('base64url'), 'CERTIFICATE_UNREADABLE'],
    ['UTF-16', Buffer.from(`${bom}${text}`, 'utf16le'), 'CERTIFICATE_UNREADABLE'],
    ['PKCS #7', pkcs7(der), 'CERTIFICATE_MALFORMED'],
    ['DER of something else', sequence(integer(1n)), 'CERTIFICATE_MALFORMED']
  ] as [string, Buffer | string, string][]) {
    t.equal(await judge(Buffer.from(answer as string)), expected, name)
  }
})

/** PKCS #7 «certs-only». */
function pkcs7(...certificates: Buffer[]): Buffer {
  const message = sequence(integer(1n), tlv(0x31), sequence(oid('1.2.840.113549.1.7.1')), tlv(0xa0, ...certificates), tlv(0x31))
  return sequence(oid('1.2.840.113549.1.7.2'), tlv(0xa0, message))
}

t.test('a certificate with one thing wrong is refused by its own code', async t => {
  const organization = (...values: (string | Uint8Array)[]) =>
    leafWith({ subject: nameOf(['C', printable('US')], ...values.map(value => ['O', value] as const), ['CN', signerNames[0] ?? '']) })
  const named = (...names: string[]) => leafWith({}, { san: alternativeNames(names.map(dns)) })
  const issuedBy = (subject: Buffer, extensions: Template['extensions'] = {}): Promise<string> => {
    const ca = authority({ issuer: crossSigned, subject, extensions })
    return judge(signingCertificate({ issuer: ca, keys }), { intermediates: [ca.der, crossSigned.der] })
  }
  const withKey = (other: Keys) => judge(leafWith({ keys: other }))
  const attacker = authority({ subject: root.name })
  const attackerIssuing = authority({ issuer: attacker, subject: issuingName })
  for (const [name, code, expected] of [
    ['as it is', await judge(leaf), 'accepted'],
    ['the organization as PrintableString', await judge(organization(printable(microsoft))), 'accepted'],
    ['the older name', await judge(named('pcnotifications.microsoft.com')), 'accepted'],
    ['the name in upper case, among others', await judge(named('other.microsoft.com', 'PCNotifications.Microsoft.com')), 'accepted'],
    ['no alternative names, but the common name', await judge(leafWith({}, { san: undefined })), 'accepted'],
    ['no key usage', await judge(leafWith({}, { keyUsage: undefined })), 'accepted'],
    ['an RSA key of 4096 bits', await withKey(rsaKeys(4096)), 'accepted'],
    ['at its last second', await judge(leafWith({ notAfter: new Date(at.getTime()) })), 'accepted'],
    ['expired by a second', await judge(leafWith({ notAfter: new Date(at.getTime() - 1000) })), 'CERTIFICATE_EXPIRED'],
    ['a second too early', await judge(leafWith({ notBefore: new Date(at.getTime() + 1000) })), 'CERTIFICATE_NOT_YET_VALID'],
    ['another organization', await judge(organization('Contoso')), 'CERTIFICATE_ORGANIZATION_REFUSED'],
    ['no organization', await judge(organization()), 'CERTIFICATE_ORGANIZATION_REFUSED'],
    ['two organizations', await judge(organization(microsoft, microsoft)), 'CERTIFICATE_ORGANIZATION_REFUSED'],
    [
      'two organizations in one part',
      await judge(leafWith({ subject: nameOf(rdn(['O', 'x'], ['O', microsoft])) })),
      'CERTIFICATE_ORGANIZATION_REFUSED'
    ],
    ['the organization and more', await judge(organization(`${microsoft} Ltd`)), 'CERTIFICATE_ORGANIZATION_REFUSED'],
    ['the organization and a NUL', await judge(organization(`${microsoft}\0Evil`)), 'CERTIFICATE_ORGANIZATION_REFUSED'],
    ['the organization and a blank', await judge(organization(`${microsoft} `)), 'CERTIFICATE_ORGANIZATION_REFUSED'],
    ['the organization in other case', await judge(organization('microsoft corporation')), 'CERTIFICATE_ORGANIZATION_REFUSED'],
    ['a lookalike letter', await judge(organization('Miсrosoft Corporation')), 'CERTIFICATE_ORGANIZATION_REFUSED'],
    ['the organization as another string type', await judge(organization(ia5(microsoft))), 'CERTIFICATE_ORGANIZATION_REFUSED'],
    [
      'the organization in the unit',
      await judge(leafWith({ subject: nameOf(['OU', microsoft], ['O', 'x']) })),
      'CERTIFICATE_ORGANIZATION_REFUSED'
    ],
    [
      'the organization in the common name',
      await judge(leafWith({ subject: nameOf(['CN', `x\nO=${microsoft}`]) })),
      'CERTIFICATE_ORGANIZATION_REFUSED'
    ],
    ['an issuer of another organization', await issuedBy(nameOf(['O', 'Contoso'], ['CN', 'CA'])), 'CERTIFICATE_ORGANIZATION_REFUSED'],
    [
      'an issuer with the organization in its common name',
      await issuedBy(nameOf(['CN', `O=${microsoft}`])),
      'CERTIFICATE_ORGANIZATION_REFUSED'
    ],
    ['another name of the same organization', await judge(named('metadata.azure.com')), 'CERTIFICATE_NAME_REFUSED'],
    ['a name below', await judge(named('a.pcnotifications.microsoft.com')), 'CERTIFICATE_NAME_REFUSED'],
    ['a wildcard', await judge(named('*.microsoft.com')), 'CERTIFICATE_NAME_REFUSED'],
    ['the name with a dot at its end', await judge(named('pcnotifications.microsoft.com.')), 'CERTIFICATE_NAME_REFUSED'],
    [
      'a letter that looks like s',
      await judge(leafWith({ subject: nameOf(['O', microsoft], ['CN', 'pcnotificationſ.microsoft.com']) }, { san: undefined })),
      'CERTIFICATE_NAME_REFUSED'
    ],
    ['the name only as common name, beside alternative names', await judge(named('other.microsoft.com')), 'CERTIFICATE_NAME_REFUSED'],
    ['an authority', await judge(leafWith({}, { basicConstraints: basicConstraints(true) })), 'CERTIFICATE_PURPOSE_REFUSED'],
    ['for code signing', await judge(leafWith({}, { eku: extendedKeyUsage(purposes.codeSigning) })), 'CERTIFICATE_PURPOSE_REFUSED'],
    ['for mail', await judge(leafWith({}, { eku: extendedKeyUsage(purposes.emailProtection) })), 'CERTIFICATE_PURPOSE_REFUSED'],
    ['without a purpose', await judge(leafWith({}, { eku: undefined })), 'CERTIFICATE_PURPOSE_REFUSED'],
    ['a key that may not sign', await judge(leafWith({}, { keyUsage: keyUsage('keyEncipherment') })), 'CERTIFICATE_PURPOSE_REFUSED'],
    ['an EC key', await withKey(ecKeys()), 'CERTIFICATE_KEY_REFUSED'],
    ['an Ed25519 key', await withKey(generateKeyPairSync('ed25519')), 'CERTIFICATE_KEY_REFUSED'],
    ['an RSA-PSS key', await withKey(generateKeyPairSync('rsa-pss', { modulusLength: 2048 })), 'CERTIFICATE_KEY_REFUSED'],
    ['an RSA key of 1024 bits', await withKey(rsaKeys(1024)), 'CERTIFICATE_KEY_REFUSED'],
    ['an RSA key with the exponent 3', await withKey(rsaKeys(2048, 3)), 'CERTIFICATE_KEY_REFUSED'],
    ['an RSA key with the exponent 43147', await judge(leafWith({ spki: rsaSpki(2048, 43_147n) })), 'CERTIFICATE_KEY_REFUSED'],
    ['an RSA key of 8192 bits', await judge(leafWith({ spki: rsaSpki(8192, 65_537n) })), 'CERTIFICATE_KEY_REFUSED'],
    ['an unknown root', await judge(leaf, { roots: [authority().der] }), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    [
      'a private root of the same name',
      await judge(signingCertificate({ issuer: attackerIssuing, keys }), { intermediates: [attackerIssuing.der, attacker.der] }),
      'CERTIFICATE_CHAIN_UNTRUSTED'
    ],
    ['signed by itself', await judge(signingCertificate({ issuer: { name: signerSubject, keys }, keys })), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['signed by a leaf', await judge(signingCertificate({ issuer: leaf, keys: rsaKeys() })), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    [
      'an issuer for mail only',
      await issuedBy(issuingName, { eku: extendedKeyUsage(purposes.emailProtection) }),
      'CERTIFICATE_CHAIN_REFUSED'
    ],
    [
      'an issuer with neither basic constraints nor key usage',
      await issuedBy(issuingName, { basicConstraints: undefined, keyUsage: undefined }),
      'CERTIFICATE_CHAIN_REFUSED'
    ],
    [
      'an issuer that must not name it',
      await issuedBy(issuingName, { nc: nameConstraints({ excluded: [dns('microsoft.com')] }) }),
      'CERTIFICATE_CHAIN_REFUSED'
    ],
    ['signed with SHA-1', await judge(endEntity({ issuer: authority({ keys: rsaKeys() }), hash: 'sha1', keys })), 'CERTIFICATE_MALFORMED'],
    ['v1', await judge(leafWith({ version: 1 })), 'CERTIFICATE_MALFORMED']
  ] as [string, string, string][]) {
    t.equal(code, expected, name)
  }
  t.equal(await judge(leaf, { organization: 'Contoso' }), 'CERTIFICATE_ORGANIZATION_REFUSED', 'both organizations are settings')
  t.equal(await judge(leaf, { issuerOrganization: 'Contoso' }), 'CERTIFICATE_ORGANIZATION_REFUSED')
  t.equal(await judge(leaf, { issuerOrganization: '*' }), 'accepted', 'and that of the issuer may be any')
  t.equal(await judge(leaf, { names: [] }), 'CERTIFICATE_NAME_REFUSED')
})

function rsaSpki(bits: number, exponent: bigint): Buffer {
  const key = sequence(integer((1n << BigInt(bits - 1)) + 1n), integer(exponent))
  return sequence(sequence(oid('1.2.840.113549.1.1.1'), tlv(0x05)), tlv(0x03, Buffer.from([0]), key))
}

t.test('missing issuers are fetched from the addresses in the certificates', async t => {
  const { source, asked } = sourceOf({ [certificateUrl]: leaf.der, ...issuers })
  t.match(await source.get(certificateUrl), { thumbprint: /./ })
  t.same(asked, [certificateUrl, urls.issuing, urls.crossSigned], 'two hops, one address each')
  const other = `${certificateUrl.slice(0, -4)}.2.cer`
  t.equal(await codeOf(source.get(other)), 'CERTIFICATE_UNREACHABLE')

  const second = sourceOf({ [certificateUrl]: leaf.der, [other]: leafWith({}, {}).der, ...issuers })
  await second.source.get(certificateUrl)
  await second.source.get(other)
  t.same(second.asked, [certificateUrl, urls.issuing, urls.crossSigned, other], 'what was fetched stays at hand')

  for (const [name, answers] of [
    ['as PEM', { [urls.issuing]: Buffer.from(pem(issuing.der)) }],
    ['as PKCS #7 with all of them', { [urls.issuing]: pkcs7(root.der, crossSigned.der, issuing.der) }],
    ['from the second address, the first being down', { [urls.issuing]: new Failure('CERTIFICATE_UNREACHABLE', 'down') }],
    ['from the second address, the first answering HTML', { [urls.issuing]: Buffer.from('<html>') }],
    [
      'from the second address, the first giving an expired copy',
      {
        [urls.issuing]: authority({
          issuer: crossSigned,
          keys: issuing.keys,
          subject: issuingName,
          notAfter: new Date('2026-02-01T00:00:00Z')
        }).der
      }
    ],
    [
      'from the second address, the first giving another key',
      { [urls.issuing]: authority({ issuer: crossSigned, subject: issuingName }).der }
    ]
  ] as [string, Record<string, Answer>][]) {
    t.equal(await codeOf(sourceOf({ [certificateUrl]: leaf.der, ...issuers, ...answers }).source.get(certificateUrl)), 'accepted', name)
  }
})

t.test('fetching issuers has its limits', async t => {
  const down = new Failure('CERTIFICATE_UNREACHABLE', 'down')
  const reach = async (leafUrls: string[], answers: Record<string, Answer> = issuers) => {
    const certificate = leafWith({}, { aia: leafUrls.length > 0 ? issuerUrls(...leafUrls) : undefined })
    const { source, asked } = sourceOf({ [certificateUrl]: certificate.der, ...answers })
    return { code: await codeOf(source.get(certificateUrl)), asked: asked.slice(1) }
  }
  for (const [name, url] of [
    ['another host', 'http://evil.test/issuing.crt'],
    ['a host below', 'http://a.www.microsoft.com/issuing.crt'],
    ['an internal address', 'http://169.254.169.254/latest/meta-data'],
    ['another port', 'http://www.microsoft.com:8080/pkiops/certs/issuing.crt'],
    ['a user', 'http://www.microsoft.com@evil.test/issuing.crt'],
    ['a query', `${urls.issuing}?a=b`],
    ['ldap', 'ldap://www.microsoft.com/issuing'],
    ['a file', 'file:///etc/passwd'],
    ['not a URL', 'issuing.crt']
  ] as const) {
    const { code, asked } = await reach([url])
    t.equal(code, 'CERTIFICATE_CHAIN_UNTRUSTED', name)
    t.same(asked, [], `${name} is not asked`)
  }
  t.match(await reach([]), { code: 'CERTIFICATE_CHAIN_UNTRUSTED', asked: [] }, 'no address')
  t.equal(
    (await reach([urls.issuing, urls.issuingToo], { ...issuers, [urls.issuing]: down, [urls.issuingToo]: down })).code,
    'CERTIFICATE_ISSUER_UNREACHABLE',
    'both addresses down'
  )
  t.equal(
    (await reach([urls.issuing], { ...issuers, [urls.crossSigned]: down })).code,
    'CERTIFICATE_ISSUER_UNREACHABLE',
    'the second hop down'
  )
  t.equal(
    (await reach([urls.issuing], { [urls.issuing]: Buffer.from('<html>') })).code,
    'CERTIFICATE_ISSUER_UNREACHABLE',
    'a page instead of a certificate'
  )

  const numbered = (index: number) => `http://www.microsoft.com/${index}.crt`
  const many = await reach(
    Array.from({ length: 20 }, (_, index) => numbered(index)),
    {}
  )
  t.equal(many.asked.length, 4, 'four fetches at the most')

  // Ten authorities in a row, each pointing to the next.
  const tower: Issued[] = []
  let above: Issued = root
  for (let index = 9; index >= 0; index--) {
    above = authority({
      issuer: above,
      subject: index === 0 ? issuingName : nameOf(['CN', `tower ${index}`]),
      extensions: { aia: issuerUrls(numbered(index + 1)) }
    })
    tower.unshift(above)
  }
  const served = Object.fromEntries(tower.map(({ der }, index) => [numbered(index), der]))
  const climbing = sourceOf({
    [certificateUrl]: signingCertificate({ issuer: above, keys, extensions: { aia: issuerUrls(numbered(0)) } }).der,
    ...served
  })
  t.equal(await codeOf(climbing.source.get(certificateUrl)), 'CERTIFICATE_CHAIN_UNTRUSTED', 'ten hops')
  t.equal(climbing.asked.length, 4, 'three hops at the most')

  const a = ecKeys()
  const b = ecKeys()
  const nameB = nameOf(['CN', 'b'])
  const circle = {
    [numbered(0)]: authority({
      subject: issuingName,
      keys: a,
      issuer: { name: nameB, keys: b },
      extensions: { aia: issuerUrls(numbered(1)) }
    }).der,
    [numbered(1)]: authority({
      subject: nameB,
      keys: b,
      issuer: { name: issuingName, keys: a },
      extensions: { aia: issuerUrls(numbered(0)) }
    }).der
  }
  const circling = sourceOf({
    [certificateUrl]: signingCertificate({ issuer: { name: issuingName, keys: a }, keys, extensions: { aia: issuerUrls(numbered(0)) } })
      .der,
    ...circle
  })
  t.equal(await codeOf(circling.source.get(certificateUrl)), 'CERTIFICATE_CHAIN_UNTRUSTED', 'a circle')
  t.equal(circling.asked.length, 3)

  const refused = sourceOf({ [certificateUrl]: leafWith({ subject: nameOf(['O', 'Contoso']) }).der, ...issuers })
  t.equal(await codeOf(refused.source.get(certificateUrl)), 'CERTIFICATE_ORGANIZATION_REFUSED')
  t.same(refused.asked, [certificateUrl], 'nothing is fetched for a certificate that is refused by itself')
})

t.test('of two copies of the issuer the one that has not expired is used', async t => {
  const issuerKeys = ecKeys()
  const expired = authority({ issuer: crossSigned, keys: issuerKeys, subject: issuingName, notAfter: new Date('2026-02-01T00:00:00Z') })
  const good = authority({ issuer: crossSigned, keys: issuerKeys, subject: issuingName })
  const signed = signingCertificate({ issuer: good, keys, extensions: { aia: issuerUrls(urls.issuing) } }).der
  const down = new Failure('CERTIFICATE_UNREACHABLE', 'down')
  const asked = (answers: Record<string, Answer>, pool: Buffer[]) =>
    codeOf(sourceOf({ [certificateUrl]: signed, ...answers }, { intermediates: pool }).source.get(certificateUrl))
  t.equal(await asked({}, [expired.der, good.der, crossSigned.der]), 'accepted', 'both at hand')
  t.equal(await asked({ [urls.issuing]: good.der }, [expired.der, crossSigned.der]), 'accepted', 'the good one fetched')
  t.equal(
    await asked({ [urls.issuing]: down }, [expired.der, crossSigned.der]),
    'CERTIFICATE_ISSUER_UNREACHABLE',
    'the good one out of reach: not a forgery'
  )
  t.equal(await asked({ [urls.issuing]: expired.der }, [expired.der, crossSigned.der]), 'CERTIFICATE_CHAIN_REFUSED', 'only the expired one')
})

const minute = 60_000
const hour = 60 * minute

t.test('a thousand first callbacks cause one download', async t => {
  const { source, asked } = sourceOf({ [certificateUrl]: leaf.der, ...issuers })
  const signers = await Promise.all(Array.from({ length: 1000 }, () => source.get(certificateUrl)))
  t.equal(asked.length, 3)
  t.equal(new Set(signers).size, 1)
})

t.test('a signer is kept for a day, and never past the end of a certificate of its path', async t => {
  const { source, asked, pass, served } = sourceOf({ [certificateUrl]: leaf.der }, { intermediates })
  await source.get(certificateUrl)
  pass(18 * hour - 1)
  await source.get(certificateUrl)
  t.equal(asked.length, 1)
  served[certificateUrl] = new Failure('CERTIFICATE_UNREACHABLE', 'down')
  pass(6 * hour)
  t.equal(await codeOf(source.get(certificateUrl)), 'accepted', 'also while the store is down')
  await source.refresh()
  pass(1)
  t.match(await failureOf(source.get(certificateUrl)), { code: 'CERTIFICATE_UNREACHABLE', retryAfterMs: 30_000 }, 'then it has to be asked')

  for (const [name, certificate, pool, code] of [
    ['the leaf', leafWith({ notAfter: new Date(at.getTime() + hour) }).der, intermediates, 'CERTIFICATE_EXPIRED'],
    [
      'the issuer',
      leaf.der,
      [
        authority({ issuer: crossSigned, keys: issuing.keys, subject: issuingName, notAfter: new Date(at.getTime() + hour) }).der,
        crossSigned.der
      ],
      'CERTIFICATE_CHAIN_REFUSED'
    ]
  ] as [string, Buffer, Buffer[], FailureCode][]) {
    const ending = sourceOf({ [certificateUrl]: certificate }, { intermediates: pool, issuerHosts: [] })
    await ending.source.get(certificateUrl)
    ending.pass(hour - 1000)
    t.equal(await codeOf(ending.source.get(certificateUrl)), 'accepted', `${name} before its end`)
    ending.pass(2000)
    t.equal(await codeOf(ending.source.get(certificateUrl)), code, `${name} after it`)
  }
  const jumping = sourceOf({ [certificateUrl]: leaf.der }, { intermediates })
  await jumping.source.get(certificateUrl)
  jumping.pass(-hour)
  await jumping.source.get(certificateUrl)
  t.equal(jumping.asked.length, 2, 'a clock that was set back starts anew')
})

t.test('a refusal is repeated for a while without a new download, and not for ever', async t => {
  for (const [answer, code] of [
    [new Failure('CERTIFICATE_UNREACHABLE', 'down'), 'CERTIFICATE_UNREACHABLE'],
    [Buffer.from('<html>'), 'CERTIFICATE_UNREADABLE'],
    [leafWith({ subject: nameOf(['O', 'Contoso']) }).der, 'CERTIFICATE_ORGANIZATION_REFUSED'],
    [new TypeError('a mistake of ours') as unknown as Failure, 'INTERNAL']
  ] as [Answer, FailureCode][]) {
    const { source, asked, pass, served } = sourceOf(
      { [certificateUrl]: answer instanceof Failure || answer instanceof Buffer ? answer : () => Promise.reject(answer) },
      { intermediates }
    )
    const failure = await source.get(certificateUrl).catch(error => error)
    t.match(failure, {
      code,
      retryAfterMs: ['CERTIFICATE_UNREACHABLE', 'CERTIFICATE_UNREADABLE', 'INTERNAL'].includes(code) ? 30_000 : undefined
    })
    pass(29_999)
    t.equal(await codeOf(source.get(certificateUrl)), code)
    t.equal(asked.length, 1, `${code} is kept`)
    served[certificateUrl] = leaf.der
    pass(1)
    t.equal(await codeOf(source.get(certificateUrl)), 'accepted', 'a store that has healed is believed')
  }
})

t.test('a certificate renewed under its old name is taken, at most once in five minutes', async t => {
  const { source, asked, pass, served } = sourceOf({ [certificateUrl]: leaf.der }, { intermediates })
  const first = await source.get(certificateUrl)
  const flood = await Promise.all(Array.from({ length: 10_000 }, () => source.renewed(certificateUrl, first)))
  t.ok(
    flood.every(signer => signer === undefined),
    'nothing is new'
  )
  t.equal(asked.length, 2, 'ten thousand bad signatures cause one download')
  pass(5 * minute - 1)
  await source.renewed(certificateUrl, first)
  t.equal(asked.length, 2)

  const nextKeys = rsaKeys()
  served[certificateUrl] = leafWith({ keys: nextKeys }).der
  pass(1)
  const renewals = await Promise.all([source.renewed(certificateUrl, first), source.renewed(certificateUrl, first)])
  t.ok(
    renewals.every(signer => signer?.publicKey.equals(nextKeys.publicKey)),
    'those that come meanwhile share it'
  )
  t.not((await source.get(certificateUrl)).thumbprint, first.thumbprint, 'and from now on it is the signer')
  t.equal(asked.length, 3)
})

t.test('the old key is kept when the new certificate is no good', async t => {
  for (const [name, worse, code] of [
    ['a page', Buffer.from('<html>'), 'CERTIFICATE_UNREADABLE'],
    ['down', new Failure('CERTIFICATE_UNREACHABLE', 'down'), 'CERTIFICATE_UNREACHABLE'],
    ['expired', leafWith({ notAfter: new Date(at.getTime() - hour) }).der, 'accepted'],
    ['from an unknown root', signingCertificate({ issuer: authority({ subject: issuingName }), keys: rsaKeys() }).der, 'accepted']
  ] as [string, Answer, string][]) {
    const { source, served } = sourceOf({ [certificateUrl]: leaf.der }, { intermediates })
    const before = await source.get(certificateUrl)
    served[certificateUrl] = worse
    t.equal(await codeOf(source.renewed(certificateUrl, before)), code, name)
    t.equal(await source.get(certificateUrl), before, `${name}: the signer stays`)
  }
  const known = await sourceOf({ [certificateUrl]: leaf.der }, { intermediates }).source.get(certificateUrl)
  t.equal(await sourceOf({}).source.renewed(certificateUrl, known), undefined, 'an unknown URL has nothing to renew')
})

t.test('a flood of made-up URLs costs little and pushes nothing good out', async t => {
  const { source, asked, pass } = sourceOf({ [certificateUrl]: leaf.der }, { intermediates })
  await source.get(certificateUrl)
  const madeUp = (index: number) => certificateUrl.replace('dispatch', `x${index}`)
  const codes = await Promise.all(Array.from({ length: 10_000 }, (_, index) => codeOf(source.get(madeUp(index)))))
  t.ok(codes.every(code => code === 'CERTIFICATE_UNREACHABLE'))
  t.ok(asked.length <= 31, `${asked.length} downloads`)
  t.equal(await codeOf(source.get(certificateUrl)), 'accepted')
  t.equal(asked.filter(url => url === certificateUrl).length, 1, 'the known one was not asked again')
  await t.rejects(source.get(madeUp(10_001)), { code: 'CERTIFICATE_UNREACHABLE', retryAfterMs: 60_000 })
  pass(minute)
  await codeOf(source.get(madeUp(10_002)))
  t.equal(asked.at(-1), madeUp(10_002), 'after a minute there is room again')
})

t.test('made-up URLs never keep the expected ones out, and the expected ones have a limit of their own', async t => {
  const { source, asked, pass, served } = sourceOf({}, { intermediates })
  const madeUp = (index: number) => certificateUrl.replace('dispatch', `x${index}`)
  const older = certificateUrl.replace('-dispatch', '')
  const flood = (start: number) => Promise.all(Array.from({ length: 100 }, (_, index) => codeOf(source.get(madeUp(start + index)))))
  await flood(0)
  t.equal(asked.length, 30, 'the made-up ones have used up their tries')
  for (let round = 1; round <= 10; round++) {
    await Promise.all(Array.from({ length: 100 }, () => Promise.all([codeOf(source.get(certificateUrl)), codeOf(source.get(older))])))
    await flood(100 * round)
  }
  const triesOf = (url: string): number => asked.filter(other => other === url).length
  t.same([triesOf(certificateUrl), triesOf(older)], [1, 1], 'a refusal of theirs is repeated, and not pushed out')
  pass(30_000)
  served[certificateUrl] = leaf.der
  t.equal(await codeOf(source.get(certificateUrl)), 'accepted', 'and each is tried again after it')
  await flood(2000)
  pass(minute)
  await flood(3000)
  t.equal(await codeOf(source.get(certificateUrl)), 'accepted')
  t.equal(triesOf(certificateUrl), 2, 'a good one stays')
  t.equal(await codeOf(source.get(certificateUrl.replace('pcnotifications', 'PCNotifications'))), 'CERTIFICATE_UNREACHABLE')
  t.ok(triesOf(certificateUrl.replace('pcnotifications', 'PCNotifications')) === 0, 'another spelling is another name')
})

t.test('roots and intermediates come as PEM or DER, and have to be certificates', async t => {
  const both = pem(issuing.der) + pem(crossSigned.der)
  t.equal(await judge(leaf, { roots: [pem(authority().der), root.der], intermediates: [both] }), 'accepted')
  t.throws(() => sourceOf({}, { roots: ['roots.pem'] }), { code: 'CONFIG_INVALID' })
  t.throws(() => sourceOf({}, { roots: [Buffer.from('root')] }), { code: 'CERTIFICATE_MALFORMED' })
})
