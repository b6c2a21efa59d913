import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import fc from 'fast-check'
import forge from 'node-forge'
import t from 'tap'
import { certificateSource } from '../../src/callback/certificate-source.ts'
import { certificateDownload } from '../../src/callback/download.ts'
import { failureFrom } from '../../src/failure.ts'
import { type CertificatePlan, judgedAt, plannedAuthority, plannedLeaf, purposes } from '../fixtures/arbitraries/certificate-plan.ts'
import { holds } from '../fixtures/arbitraries/holds.ts'
import { planKeys } from '../fixtures/arbitraries/plan-keys.ts'
import { alternativeNames, authority, dns, ecKeys, endEntity, microsoft, signerNames } from '../fixtures/certificates.ts'
import { pem } from '../fixtures/der.ts'
import { type ForgeOptions, forgeIssuer } from '../fixtures/forge-certificates.ts'
import { certificateUrl } from '../fixtures/signed-callback.ts'

// The shape of the public chain of today, issued by node-forge and served over real connections: the leaf over TLS from the certificate store, the
// issuing authority and the cross-signed root over plain http, where the certificate below each of them says.
const hosts = { store: new URL(certificateUrl).hostname, www: 'www.microsoft.com', root: 'cacerts.digicert.com' }
const urls = {
  issuing: `http://${hosts.www}/pkiops/certs/issuing.crt`,
  crossSigned: `http://${hosts.www}/pkiops/certs/xsign.crt`,
  root: `http://${hosts.root}/root.crt`
}
const serverOnly = { extendedKeyUsage: [purposes.serverAuth] }
const root = plannedAuthority('Global Root G2', 'rsa1')
const crossSigned = plannedAuthority('TLS RSA Root G2', 'rsa2', root, { ...serverOnly, issuerUrls: [urls.root] })
const issuing = plannedAuthority('TLS G2 RSA CA OCSP 02', 'rsa3', crossSigned, {
  ...serverOnly,
  basicConstraints: { isCa: true, pathLength: 0 },
  issuerUrls: [urls.crossSigned]
})
const leaf = plannedLeaf('rsa4', issuing, { subject: signerNames[0] ?? '', dnsNames: signerNames, issuerUrls: [urls.issuing] })

const issue = forgeIssuer(planKeys())
const organized = (subject: string, issuer: string): ForgeOptions['change'] => {
  const name = (commonName: string) => [
    { shortName: 'C', value: 'US' },
    { shortName: 'O', value: microsoft },
    { shortName: 'CN', value: commonName }
  ]
  return certificate => {
    certificate.setSubject(name(subject))
    certificate.setIssuer(name(issuer))
  }
}
const write = (plan: CertificatePlan, more: ForgeOptions = {}): Buffer =>
  issue(plan, {
    ...more,
    change: certificate => {
      organized(plan.subject, plan.issuer)?.(certificate)
      more.change?.(certificate)
    }
  })

const good = { leaf: write(leaf), issuing: write(issuing), crossSigned: write(crossSigned), root: write(root) }
type Served = Record<'leaf' | 'issuing' | 'crossSigned', Answer>
/** Bytes, or a status without any. */
type Answer = Buffer | number

const served: { files: Served; asked: string[] } = { files: good, asked: [] }
const fileOf: Record<string, keyof Served> = {
  [new URL(certificateUrl).pathname]: 'leaf',
  [new URL(urls.issuing).pathname]: 'issuing',
  [new URL(urls.crossSigned).pathname]: 'crossSigned'
}

// Certificates of a server are judged by the real clock.
const validity = { notBefore: new Date(Date.now() - 3600_000), notAfter: new Date(Date.now() + 3600_000) }
const tlsRoot = authority(validity)
const tlsKeys = ecKeys()
const tlsCertificate = endEntity({ issuer: tlsRoot, keys: tlsKeys, ...validity, extensions: { san: alternativeNames([dns(hosts.store)]) } })
const answer: Parameters<typeof createServer>[1] = (request, response) => {
  served.asked.push(`${request.headers.host}${request.url}`)
  const found = served.files[fileOf[request.url ?? ''] ?? 'leaf']
  if (typeof found === 'number') response.writeHead(found, { location: urls.root }).end()
  else response.end(found)
}
const store = await listening(
  createTlsServer({ key: tlsKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }), cert: pem(tlsCertificate.der) }, answer)
)
const issuers = await listening(createServer(answer))
const download = certificateDownload({
  connectTo: { [hosts.store]: store, [hosts.www]: issuers, [hosts.root]: issuers },
  tlsRoots: [pem(tlsRoot.der)]
})

async function listening(server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What comes of a first callback when the servers hold these files. */
async function outcome(files: Partial<Served> = {}, issuerHosts = [hosts.www, hosts.root]): Promise<string> {
  served.files = { ...good, ...files }
  served.asked = []
  const source = certificateSource({
    roots: [pem(good.root)],
    intermediates: [],
    organization: microsoft,
    issuerOrganization: microsoft,
    names: signerNames,
    issuerHosts,
    now: () => judgedAt,
    download
  })
  return await source.get(certificateUrl).then(
    ({ issuer }) => `accepted from ${issuer}`,
    error => failureFrom(error).code
  )
}
const accepted = 'accepted from CN=TLS G2 RSA CA OCSP 02, O=Microsoft Corporation, C=US'

t.test('the chain of today is accepted over two hops, each file asked for once', async t => {
  t.equal(await outcome(), accepted)
  t.same(served.asked, [
    `${hosts.store}/cert/pcnotifications-dispatch.microsoft.com.cer`,
    `${hosts.www}/pkiops/certs/issuing.crt`,
    `${hosts.www}/pkiops/certs/xsign.crt`
  ])
  const der = (bytes: Buffer) => forge.asn1.fromDer(bytes.toString('latin1'))
  const message = forge.pkcs7.createSignedData()
  message.addCertificate(forge.pki.certificateFromAsn1(der(good.issuing)))
  message.addCertificate(forge.pki.certificateFromAsn1(der(good.crossSigned)))
  const bundle = Buffer.from(forge.asn1.toDer(message.toAsn1()).getBytes(), 'latin1')
  t.equal(await outcome({ issuing: bundle }), accepted, 'also when the first answer is a PKCS #7 of both')
  const both = Buffer.from(pem(good.issuing) + pem(good.crossSigned))
  t.equal(await outcome({ issuing: both, leaf: Buffer.from(pem(good.leaf)) }), accepted, 'or a PEM of both')
})

t.test('with any link broken in any way the chain is refused with the code that belongs to it', async t => {
  const other = (plan: CertificatePlan, more: Partial<CertificatePlan>) => write({ ...plan, ...more })
  const junk = Buffer.from('<html>Not here.</html>')
  const cut = (bytes: Buffer) => bytes.subarray(0, -1)
  const longer = (bytes: Buffer) => Buffer.concat([bytes, Buffer.from([0])])
  const bent = (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([(bytes.at(-1) ?? 0) ^ 1])])
  const noConstraints = ({ basicConstraints: _, keyUsage: __, ...plan }: CertificatePlan) => write(plan)

  /** What breaks an authority, and what comes of it: a file that is no certificate may be a passing trouble, one that breaks a rule is not. */
  const authorityWays: [string, (plan: CertificatePlan) => Answer, string][] = [
    ['is not there', () => 404, 'CERTIFICATE_ISSUER_UNREACHABLE'],
    ['has moved', () => 302, 'CERTIFICATE_ISSUER_UNREACHABLE'],
    ['cannot be given now', () => 503, 'CERTIFICATE_ISSUER_UNREACHABLE'],
    ['is a page', () => junk, 'CERTIFICATE_ISSUER_UNREACHABLE'],
    ['is empty', () => Buffer.alloc(0), 'CERTIFICATE_ISSUER_UNREACHABLE'],
    ['is cut short', plan => cut(write(plan)), 'CERTIFICATE_ISSUER_UNREACHABLE'],
    ['has a byte more', plan => longer(write(plan)), 'CERTIFICATE_ISSUER_UNREACHABLE'],
    ['has 17 kB', () => Buffer.alloc(17 * 1024, 0x30), 'CERTIFICATE_ISSUER_UNREACHABLE'],
    ['has a bent signature', plan => bent(write(plan)), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['is of another key', plan => other(plan, { key: 'weak' }), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['is of another name', plan => other(plan, { subject: 'Somebody' }), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['is the root', () => good.root, 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['is the leaf', () => good.leaf, 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['is self-signed', plan => other(plan, { issuer: plan.subject, signedBy: plan.key }), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['is signed with SHA-1', plan => other(plan, { hash: 'SHA-1' }), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['has ended', plan => other(plan, { period: 'past' }), 'CERTIFICATE_CHAIN_REFUSED'],
    ['has not begun', plan => other(plan, { period: 'future' }), 'CERTIFICATE_CHAIN_REFUSED'],
    ['is no authority', plan => other(plan, { basicConstraints: { isCa: false } }), 'CERTIFICATE_CHAIN_REFUSED'],
    ['says nothing of being an authority', noConstraints, 'CERTIFICATE_CHAIN_REFUSED'],
    ['may not sign certificates', plan => other(plan, { keyUsage: ['digitalSignature'] }), 'CERTIFICATE_CHAIN_REFUSED'],
    ['is for mail only', plan => other(plan, { extendedKeyUsage: [purposes.emailProtection] }), 'CERTIFICATE_CHAIN_REFUSED'],
    ['has an unknown critical extension', plan => other(plan, { unknownCritical: ['1.2.3.4'] }), 'CERTIFICATE_CHAIN_REFUSED'],
    [
      'excludes the name',
      plan => other(plan, { constraints: { permitted: [], excluded: ['microsoft.com'] } }),
      'CERTIFICATE_CHAIN_REFUSED'
    ],
    [
      'permits another name',
      plan => other(plan, { constraints: { permitted: ['example.com'], excluded: [] } }),
      'CERTIFICATE_CHAIN_REFUSED'
    ]
  ]
  for (const [link, plan] of [
    ['issuing', issuing],
    ['crossSigned', crossSigned]
  ] as const) {
    for (const [way, make, code] of authorityWays) {
      // Nothing is fetched on behalf of an authority that breaks a rule, so that the root is never reached from the lower one.
      const isStopped = link === 'issuing' && code === 'CERTIFICATE_CHAIN_REFUSED'
      t.equal(await outcome({ [link]: make(plan) }), isStopped ? 'CERTIFICATE_CHAIN_UNTRUSTED' : code, `${link} ${way}`)
      if (isStopped) t.equal(served.asked.length, 2, `${link} ${way}: nothing more is fetched`)
    }
  }
  const tooShort = { basicConstraints: { isCa: true, pathLength: 0 } }
  t.equal(await outcome({ crossSigned: other(crossSigned, tooShort) }), 'CERTIFICATE_CHAIN_REFUSED', 'a path length that leaves no room')

  for (const [way, file, code] of [
    ['is not there', 404, 'CERTIFICATE_UNREACHABLE'],
    ['has moved', 302, 'CERTIFICATE_UNREACHABLE'],
    ['is a page', junk, 'CERTIFICATE_UNREADABLE'],
    ['is cut short', cut(good.leaf), 'CERTIFICATE_UNREADABLE'],
    ['has a byte more', longer(good.leaf), 'CERTIFICATE_UNREADABLE'],
    ['has a bent signature', bent(good.leaf), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['is that of an authority', good.issuing, 'CERTIFICATE_PURPOSE_REFUSED'],
    ['is signed by somebody else', other(leaf, { signedBy: 'rsa1' }), 'CERTIFICATE_CHAIN_UNTRUSTED'],
    ['has ended', other(leaf, { period: 'past' }), 'CERTIFICATE_EXPIRED'],
    ['has not begun', other(leaf, { period: 'future' }), 'CERTIFICATE_NOT_YET_VALID'],
    ['is for mail', other(leaf, { extendedKeyUsage: [purposes.emailProtection] }), 'CERTIFICATE_PURPOSE_REFUSED'],
    ['is for another name', other(leaf, { dnsNames: ['shop.microsoft.com'] }), 'CERTIFICATE_NAME_REFUSED'],
    ['is of another organization', issue(leaf), 'CERTIFICATE_ORGANIZATION_REFUSED'],
    ['has a weak key', other(leaf, { key: 'weak' }), 'CERTIFICATE_KEY_REFUSED']
  ] as [string, Answer, string][]) {
    t.equal(await outcome({ leaf: file }), code, `the leaf ${way}`)
    if (/ORGANIZATION|NAME|KEY|PURPOSE|EXPIRED|YET/.test(code))
      t.equal(served.asked.length, 1, `the leaf ${way}: nothing is fetched on its behalf`)
  }
})

t.test('issuers are only fetched from hosts on the list, and nothing else is trusted for being served', async t => {
  t.equal(await outcome({}, []), 'CERTIFICATE_CHAIN_UNTRUSTED')
  t.equal(served.asked.length, 1)
  const elsewhere = write({
    ...issuing,
    issuerUrls: ['http://169.254.169.254/latest', 'http://evil.test/a.crt', 'ldap://www.microsoft.com/a']
  })
  t.equal(await outcome({ issuing: elsewhere }), 'CERTIFICATE_CHAIN_UNTRUSTED')
  t.equal(served.asked.length, 2)
})

t.test('whatever bytes an issuer serves, the answer is a Failure, and soon', async t => {
  const changed = fc.tuple(fc.constantFrom('issuing', 'crossSigned', 'leaf'), fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 8 }))
  await holds(t, 60, changed, async ([link, where, bytes]) => {
    const file = Buffer.from(good[link as keyof Served])
    file.set(bytes, where % (file.length - bytes.length))
    return file.equals(good[link as keyof Served]) || /^CERTIFICATE_/.test(await outcome({ [link]: file }))
  })
})
