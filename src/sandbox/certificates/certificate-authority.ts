import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { authorityInfo, basicConstraints, dnsNames, keyUsage, organizationValidated, serverAuth } from './certificate-extensions.ts'
import { issueCertificate, type KeyPair, type Name } from './issue-certificate.ts'

export const signerName = 'pcnotifications-dispatch.microsoft.com'

/** The names of today's public chain, but for «Sandbox». */
const names = {
  root: { C: 'US', O: 'Sandbox Trust Services', CN: 'Sandbox Global Root G2' },
  crossSigned: { C: 'US', O: 'Microsoft Corporation', CN: 'Sandbox TLS RSA Root G2' },
  issuing: { C: 'US', O: 'Microsoft Corporation', CN: 'Sandbox TLS G2 RSA CA OCSP 02' },
  leaf: { C: 'US', ST: 'WA', L: 'Redmond', O: 'Microsoft Corporation', CN: signerName }
} satisfies Record<string, Name>

/** Where the certificates point for their issuers: plain http, two hops, answers in DER. */
const issuerUrls = {
  root: 'http://cacerts.digicert.com/SandboxGlobalRootG2.crt',
  crossSigned: 'http://www.microsoft.com/pkiops/certs/Sandbox%20TLS%20RSA%20Root%20G2%20-%20xsign.crt',
  issuing: 'http://www.microsoft.com/pkiops/certs/Sandbox%20TLS%20G2%20RSA%20CA%20OCSP%2002.crt'
}
const ocspUrl = 'http://oneocsp.microsoft.com/ocsp'

export interface Leaf {
  certificate: Buffer
  privateKey: KeyPair['privateKey']
}

/** Certificates are DER. */
export interface SigningChain {
  root: Buffer
  crossSigned: Buffer
  issuing: Buffer
  leaf: Leaf
  /** The issuers by the address that authority information access gives for them. */
  issuers: Record<string, Buffer>
  /** Another leaf of the same name with a new key, as at a renewal. */
  renew(): Promise<Leaf>
}

const days = (count: number): number => count * 24 * 3600_000
/** Where keys come from: a new pair at each call. */
export type NewKeys = () => Promise<KeyPair>
export const rsaKeys: NewKeys = () => promisify(generateKeyPair)('rsa', { modulusLength: 2048 })

/**
 * A chain of the shape that the signer's certificate has today: leaf ← issuing CA ← root that is cross-signed ← root that is widely trusted.
 * Every call makes keys of its own, so a second chain has the same names and proves nothing: an attacker's.
 * Source: learn.microsoft.com/azure/security/fundamentals/azure-certificate-authority-details
 */
export async function signingChain({ now, newKeys = rsaKeys }: { now: Date; newKeys?: NewKeys }): Promise<SigningChain> {
  const [rootKeys, crossSignedKeys, issuingKeys, leafKeys] = await Promise.all([newKeys(), newKeys(), newKeys(), newKeys()])
  const around = (before: number, after: number) => ({
    notBefore: new Date(now.getTime() - days(before)),
    notAfter: new Date(now.getTime() + days(after))
  })
  const caUsage = keyUsage('digitalSignature', 'keyCertSign', 'cRLSign')
  const rootIssuer = { name: names.root, keys: rootKeys }

  const root = issueCertificate({
    subject: names.root,
    publicKey: rootKeys.publicKey,
    issuer: rootIssuer,
    ...around(4000, 4000),
    extensions: [basicConstraints({ isCa: true }), caUsage]
  })
  const crossSigned = issueCertificate({
    subject: names.crossSigned,
    publicKey: crossSignedKeys.publicKey,
    issuer: rootIssuer,
    ...around(540, 940),
    extensions: [basicConstraints({ isCa: true }), caUsage, serverAuth(), authorityInfo({ issuerUrl: issuerUrls.root })]
  })
  const issuing = issueCertificate({
    subject: names.issuing,
    publicKey: issuingKeys.publicKey,
    issuer: { name: names.crossSigned, keys: crossSignedKeys },
    ...around(470, 920),
    extensions: [
      basicConstraints({ isCa: true, pathLength: 0 }),
      caUsage,
      serverAuth(),
      authorityInfo({ issuerUrl: issuerUrls.crossSigned, ocspUrl }),
      organizationValidated()
    ]
  })
  const leafFrom = (keys: KeyPair): Leaf => ({
    certificate: issueCertificate({
      subject: names.leaf,
      publicKey: keys.publicKey,
      issuer: { name: names.issuing, keys: issuingKeys },
      ...around(10, 170),
      extensions: [
        basicConstraints({ isCa: false }),
        keyUsage('digitalSignature', 'keyEncipherment'),
        serverAuth(),
        dnsNames(signerName),
        authorityInfo({ issuerUrl: issuerUrls.issuing, ocspUrl }),
        organizationValidated()
      ]
    }),
    privateKey: keys.privateKey
  })

  return {
    root,
    crossSigned,
    issuing,
    leaf: leafFrom(leafKeys),
    issuers: { [issuerUrls.issuing]: issuing, [issuerUrls.crossSigned]: crossSigned, [issuerUrls.root]: root },
    renew: async () => leafFrom(await newKeys())
  }
}

/**
 * A TLS server certificate for these hosts under a root of its own. TLS goes by the machine's clock, not by the sandbox's, so both are good
 * for any date.
 */
export async function tlsCertificate(
  hosts: string[],
  newKeys: NewKeys = rsaKeys
): Promise<{ root: Buffer; certificate: Buffer; privateKey: KeyPair['privateKey'] }> {
  const [rootKeys, keys] = await Promise.all([newKeys(), newKeys()])
  const issuer = { name: { O: 'Sandbox Trust Services', CN: 'Sandbox TLS Root' }, keys: rootKeys }
  const validity = { notBefore: new Date('2000-01-01T00:00:00Z'), notAfter: new Date('2049-12-31T00:00:00Z') }
  return {
    root: issueCertificate({
      subject: issuer.name,
      publicKey: rootKeys.publicKey,
      issuer,
      ...validity,
      extensions: [basicConstraints({ isCa: true }), keyUsage('keyCertSign', 'cRLSign')]
    }),
    certificate: issueCertificate({
      subject: { O: 'Sandbox Trust Services', CN: 'Sandbox certificate store' },
      publicKey: keys.publicKey,
      issuer,
      ...validity,
      extensions: [basicConstraints({ isCa: false }), keyUsage('digitalSignature', 'keyEncipherment'), serverAuth(), dnsNames(...hosts)]
    }),
    privateKey: keys.privateKey
  }
}
