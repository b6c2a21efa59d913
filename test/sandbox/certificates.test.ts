import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { signingChain } from '../../src/sandbox/certificates/certificate-authority.ts'
import { pemOf } from '../../src/sandbox/certificates/issue-certificate.ts'
import { download, surroundings } from '../fixtures/sandbox-partner-center.ts'

const shared = await surroundings(t)
const { certificates, clock, log } = shared
const { certificateUrl } = certificates.signer()

/** The chain as a stranger finds it: the certificate of the URL, and from there by the addresses that the certificates give. */
async function climb(url: string): Promise<X509Certificate[]> {
  const chain = [new X509Certificate((await download(certificates, url)).body)]
  for (let hop = 0; hop < 3; hop++) {
    const issuerUrl = /CA Issuers - URI:(\S+)/.exec(chain.at(-1)?.infoAccess ?? '')?.[1]
    if (issuerUrl === undefined) break
    chain.push(new X509Certificate((await download(certificates, issuerUrl)).body))
  }
  return chain
}

const isIssued = (certificate: X509Certificate, by: X509Certificate): boolean =>
  certificate.checkIssued(by) && certificate.verify(by.publicKey)

t.test("the signer's chain has the shape of today's public one, and holds hop by hop", async t => {
  const chain = await climb(certificateUrl)
  const [leaf, issuing, crossSigned, root] = chain as [X509Certificate, X509Certificate, X509Certificate, X509Certificate]
  t.equal(chain.length, 4)
  t.ok(isIssued(leaf, issuing) && isIssued(issuing, crossSigned) && isIssued(crossSigned, root) && isIssued(root, root))
  t.notOk(isIssued(leaf, crossSigned))
  t.equal(root.toString().trim(), certificates.root.trim(), 'and ends in the root that the settings hand out')

  t.match(leaf.subject.split('\n'), ['C=US', 'ST=WA', 'L=Redmond', 'O=Microsoft Corporation', 'CN=pcnotifications-dispatch.microsoft.com'])
  t.equal(leaf.checkHost('pcnotifications-dispatch.microsoft.com'), 'pcnotifications-dispatch.microsoft.com')
  t.match(leaf.publicKey, { asymmetricKeyType: 'rsa', asymmetricKeyDetails: { modulusLength: 2048, publicExponent: 65537n } })
  t.same(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1'], 'for TLS servers only')
  t.notOk(leaf.ca)
  t.match(leaf.infoAccess, /CA Issuers - URI:http:\/\/www\.microsoft\.com\/pkiops\/certs\/\S+\.crt/)
  const days = (Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / 86_400_000
  t.equal(days, 180)

  for (const ca of [issuing, crossSigned, root]) t.ok(ca.ca)
  for (const ca of [issuing, crossSigned]) {
    t.match(ca.subject, /^O=Microsoft Corporation$/m)
    t.same(ca.keyUsage, ['1.3.6.1.5.5.7.3.1'])
  }
  t.notMatch(root.subject, /Microsoft/)
  for (const ca of [issuing, crossSigned, root]) t.match(ca.subject, /Sandbox/, 'nobody takes it for the real one')
  t.match(issuing.toLegacyObject(), { ca: true })
  // basicConstraints { cA TRUE, pathLen 0 } in DER.
  t.ok(issuing.raw.includes(Buffer.from('30060101ff020100', 'hex')))
  t.notOk(crossSigned.raw.includes(Buffer.from('30060101ff020100', 'hex')))
})

t.test('the store answers over TLS under a root of its own, in the form that is asked for', async t => {
  const der = await download(certificates, certificateUrl)
  t.match(der, { status: 200, headers: { 'content-type': 'application/octet-stream' } })
  certificates.setFormat('pem')
  t.equal((await download(certificates, certificateUrl)).body.toString(), pemOf(der.body))
  certificates.setFormat('base64')
  t.equal((await download(certificates, certificateUrl)).body.toString(), der.body.toString('base64'))
  certificates.setFormat('der')
  t.match(await download(certificates, certificateUrl.replace('pcnotifications', 'other')), {
    status: 404,
    headers: { 'content-type': /xml/ }
  })
  t.match(await download(certificates, 'http://www.microsoft.com/pkiops/certs/other.crt'), { status: 404 })
  await t.rejects(download({ ...certificates, tlsRoot: certificates.root }, certificateUrl), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  t.ok(log.count({ system: 'certificate-store' }) >= 4)
})

t.test('a download can be made wrong, at the store and at the issuers', async t => {
  certificates.nextAnswers.next({ status: 503, body: 'busy' })
  certificates.issuerAnswers.next({ reset: true })
  t.equal((await download(certificates, certificateUrl)).status, 503)
  await t.rejects(download(certificates, 'http://www.microsoft.com/pkiops/certs/x.crt'))
  t.equal((await download(certificates, certificateUrl)).status, 200)
})

t.test("an attacker's chain has the same names, and proves nothing under the root", async t => {
  const genuine = await climb(certificateUrl)
  const signer = await certificates.forgedSigner()
  t.equal(signer.certificateUrl, certificateUrl)
  const forged = await climb(certificateUrl)
  t.same(
    forged.map(({ subject, issuer, subjectAltName, infoAccess }) => [subject, issuer, subjectAltName, infoAccess]),
    genuine.map(({ subject, issuer, subjectAltName, infoAccess }) => [subject, issuer, subjectAltName, infoAccess])
  )
  t.ok(
    forged.every((certificate, hop) => isIssued(certificate, forged[hop + 1] ?? certificate)),
    'in itself it holds'
  )
  for (const [hop, certificate] of forged.entries()) {
    const by = genuine[hop + 1] ?? genuine[hop]
    t.notOk(by && certificate.verify(by.publicKey))
  }
  t.ok(forged[0]?.checkPrivateKey(signer.privateKey))
  certificates.restore()
  t.same((await climb(certificateUrl))[0]?.raw, genuine[0]?.raw)
})

t.test("an attacker's own account is another host of the same cloud", async t => {
  const { certificateUrl: foreign, privateKey } = await certificates.foreignSigner()
  t.match(new URL(foreign).hostname, /^(?!3psostorageacct\.)[a-z]+\.blob\.core\.windows\.net$/)
  t.equal(new URL(foreign).pathname, new URL(certificateUrl).pathname)
  t.ok(new X509Certificate((await download(certificates, foreign)).body).checkPrivateKey(privateKey))
})

t.test('a renewal gives another key under the same address', async t => {
  const [before] = await climb(certificateUrl)
  await certificates.renew()
  const [after, issuing] = await climb(certificateUrl)
  t.equal(after?.subject, before?.subject)
  t.not(after?.fingerprint256, before?.fingerprint256)
  t.ok(after && issuing && isIssued(after, issuing))
  t.ok(after?.checkPrivateKey(certificates.signer().privateKey))
})

t.test('certificates go by the clock that they are issued at, and dates are written as RFC 5280 says', async t => {
  const later = await signingChain({ now: new Date('2031-05-05T12:00:00Z') })
  const { validFrom, validTo } = new X509Certificate(later.leaf.certificate)
  t.ok(Date.parse(validFrom) < Date.parse('2031-05-05T12:00:00Z') && Date.parse('2031-05-05T12:00:00Z') < Date.parse(validTo))
  t.ok(Date.parse(new X509Certificate(certificates.chain.leaf.certificate).validTo) > clock.now.getTime())
  const root = later.root.toString('latin1')
  t.match(root, /\x17\x0d\d{12}Z/, 'UTCTime before 2050')
  t.match(
    (await signingChain({ now: new Date('2045-05-05T12:00:00Z') })).root.toString('latin1'),
    /\x18\x0f20\d{12}Z/,
    'GeneralizedTime from then on'
  )
})
