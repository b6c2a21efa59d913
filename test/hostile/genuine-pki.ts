/** The certificates of a world in which all is well; what is wrong in a test differs from these in one thing. */
import {
  alternativeNames,
  authority,
  dns,
  ecKeys,
  endEntity,
  extendedKeyUsage,
  issuerUrls,
  issuingName,
  nameOf,
  purposes,
  rsaKeys,
  signingCertificate
} from '../fixtures/certificates.ts'
import { pem } from '../fixtures/der.ts'

export const issuingUrl = 'http://www.microsoft.com/pkiops/certs/issuing.crt'

/** Leaf ← issuing authority, which has to be fetched ← pinned root. */
const root = authority({ subject: nameOf(['O', 'Test Trust'], ['CN', 'Global Root G2']) })
const issuing = authority({
  issuer: root,
  subject: issuingName,
  pathLength: 0,
  extensions: { eku: extendedKeyUsage(purposes.serverAuth) }
})
const signer = signingCertificate({ issuer: issuing, keys: rsaKeys(), extensions: { aia: issuerUrls(issuingUrl) } })

export const genuine = { root, issuing, signer } as const

/** The TLS of the certificate store, which is judged by the machine's clock. */
const tlsValidity = { notBefore: new Date(Date.now() - 3600_000), notAfter: new Date(Date.now() + 24 * 3600_000) }
const tlsKeys = ecKeys()
export const tlsRoot = authority(tlsValidity)

/** Key and certificate of a server for these host names, as PEM. */
export function serverTls(hosts: readonly string[]): { key: string; cert: string } {
  const { der } = endEntity({
    issuer: tlsRoot,
    keys: tlsKeys,
    ...tlsValidity,
    extensions: { san: alternativeNames(hosts.map(dns)) }
  })
  return { key: tlsKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: pem(der) }
}
