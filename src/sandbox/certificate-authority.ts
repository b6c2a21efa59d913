import { createPrivateKey, generateKeyPair, type KeyObject, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'

/** Shapes of the public chain of today: leaf ← issuing CA (pathLen 0) ← cross-signed root ← pinned root; the lower two name their issuer's address. */
export interface SigningChain {
  root: string
  crossSigned: string
  issuing: string
  leaf: string
  /** Signs callbacks. */
  leafKey: KeyObject
  /** What the addresses that the certificates name answer, by path, as DER. */
  published: Map<string, Buffer>
}

interface Issued {
  certificate: forge.pki.Certificate
  keys: forge.pki.rsa.KeyPair
  pem: string
}

interface Order {
  subject: Record<string, string>
  issuer?: Issued
  years: number
  extensions: object[]
  digest?: forge.md.MessageDigest
}

const generate = promisify(generateKeyPair)
const certificatesHost = 'http://www.microsoft.com'
const paths = {
  issuing: '/pkiops/certs/Sandbox%20TLS%20G2%20RSA%20CA%20OCSP%2002.crt',
  crossSigned: '/pkiops/certs/Sandbox%20TLS%20RSA%20Root%20G2%20-%20xsign.crt',
  root: '/SandboxGlobalRootG2.crt'
}

/**
 * Issues the chain under which the sandbox signs callbacks.
 * Source of the shape: learn.microsoft.com/azure/security/fundamentals/azure-ca-details, and the certificates of today's microsoft.com.
 */
export async function signingChain(now: Date, name = 'pcnotifications-dispatch.microsoft.com'): Promise<SigningChain> {
  const order = await clerk(now, 4)
  const microsoft = { C: 'US', O: 'Microsoft Corporation' }
  const ca = (pathLen?: number) => [
    { name: 'basicConstraints', cA: true, critical: true, ...(pathLen !== undefined && { pathLenConstraint: pathLen }) },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    { name: 'subjectKeyIdentifier' }
  ]
  const forServers = { name: 'extKeyUsage', serverAuth: true }

  const root = order({ subject: { C: 'US', O: 'Sandbox Trust Services', CN: 'Sandbox Global Root G2' }, years: 15, extensions: ca() })
  const crossSigned = order({
    subject: { ...microsoft, CN: 'Sandbox TLS RSA Root G2' },
    issuer: root,
    years: 4,
    extensions: [...ca(), forServers, issuerAddress(`http://cacerts.digicert.com${paths.root}`)]
  })
  const issuing = order({
    subject: { ...microsoft, CN: 'Sandbox TLS G2 RSA CA OCSP 02' },
    issuer: crossSigned,
    years: 3,
    extensions: [...ca(0), forServers, issuerAddress(`${certificatesHost}${paths.crossSigned}`)]
  })
  const leaf = order({
    subject: { C: 'US', ST: 'WA', L: 'Redmond', O: 'Microsoft Corporation', CN: name },
    issuer: issuing,
    years: 0.5,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
      forServers,
      { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
      { name: 'subjectKeyIdentifier' },
      issuerAddress(`${certificatesHost}${paths.issuing}`)
    ]
  })
  return {
    root: root.pem,
    crossSigned: crossSigned.pem,
    issuing: issuing.pem,
    leaf: leaf.pem,
    leafKey: createPrivateKey(forge.pki.privateKeyToPem(leaf.keys.privateKey)),
    published: new Map([
      [paths.issuing, derOf(issuing.pem)],
      [paths.crossSigned, derOf(crossSigned.pem)],
      [paths.root, derOf(root.pem)]
    ])
  }
}

/** A root and a server certificate for the TLS of the certificate store. */
export async function serverCertificate(now: Date, hosts: string[]): Promise<{ root: string; certificate: string; key: string }> {
  const order = await clerk(now, 2)
  const root = order({
    subject: { O: 'Sandbox Trust Services', CN: 'Sandbox TLS Root' },
    years: 1,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
      { name: 'subjectKeyIdentifier' }
    ]
  })
  const server = order({
    subject: { CN: hosts[0] ?? 'localhost' },
    issuer: root,
    years: 0.5,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: hosts.map(value => ({ type: 2, value })) }
    ]
  })
  return { root: root.pem, certificate: server.pem, key: forge.pki.privateKeyToPem(server.keys.privateKey) }
}

export function derOf(pem: string): Buffer {
  return new X509Certificate(pem).raw
}

/** Makes the keys at once, side by side, and answers a function that issues a certificate with the next of them. */
async function clerk(now: Date, count: number): Promise<(order: Order) => Issued> {
  const pairs = await Promise.all(
    Array.from({ length: count }, () =>
      generate('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' }
      })
    )
  )
  return ({ subject, issuer, years, extensions, digest = forge.md.sha256.create() }) => {
    const pair = pairs.pop()
    if (!pair) throw new Error('There are fewer keys than certificates.')
    const keys = { publicKey: forge.pki.publicKeyFromPem(pair.publicKey), privateKey: forge.pki.privateKeyFromPem(pair.privateKey) }
    const certificate = forge.pki.createCertificate()
    certificate.publicKey = keys.publicKey
    // Positive and of 16 bytes, as RFC 5280 4.1.2.2 asks for at most 20.
    certificate.serialNumber = `4a${forge.util.bytesToHex(forge.random.getBytesSync(15))}`
    certificate.validity.notBefore = new Date(now.getTime() - 24 * 3600 * 1000)
    certificate.validity.notAfter = new Date(now.getTime() + years * 365 * 24 * 3600 * 1000)
    const name = Object.entries(subject).map(([shortName, value]) => ({ shortName, value }))
    certificate.setSubject(name)
    certificate.setIssuer(issuer ? issuer.certificate.subject.attributes : name)
    const keyIdentifier = (issuer?.certificate ?? certificate).generateSubjectKeyIdentifier().getBytes()
    certificate.setExtensions([...extensions, ...(issuer ? [{ name: 'authorityKeyIdentifier', keyIdentifier }] : [])])
    certificate.sign((issuer?.keys ?? keys).privateKey, digest)
    return { certificate, keys, pem: forge.pki.certificateToPem(certificate) }
  }
}

/** Authority information access with one caIssuers address (RFC 5280 4.2.2.1). */
function issuerAddress(url: string): object {
  const { asn1 } = forge
  const caIssuers = asn1.oidToDer('1.3.6.1.5.5.7.48.2').getBytes()
  const description = asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, [
    asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OID, false, caIssuers),
    asn1.create(asn1.Class.CONTEXT_SPECIFIC, 6, false, url)
  ])
  const value = asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, [description])
  return { id: '1.3.6.1.5.5.7.1.1', value: asn1.toDer(value).getBytes() }
}
