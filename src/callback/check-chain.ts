/** The package's entry `referral-connector/verify`: certificate paths by themselves, without downloads and without names to match. */
import { Failure } from '../failure.ts'
import { type Certificate, readableCertificates, readCertificate } from './certificate.ts'
import { endEntityFault } from './certificate-rules.ts'
import { certificateIndex, findPath } from './find-path.ts'
import { isWithinValidity, type Purpose, serverAuth } from './path-rules.ts'
import { keyFault } from './public-key.ts'
import { pemCertificates } from './read-certificates.ts'

export { Failure } from '../failure.ts'
export type { Certificate } from './certificate.ts'
export type { Purpose } from './path-rules.ts'

/** A path, leaf first and root last. */
export type X509Chain = readonly Certificate[]

/** DER, or the text of a PEM file. */
export type CertificateBytes = Uint8Array | string

export interface ChainQuestion {
  /** One certificate. */
  leaf: CertificateBytes
  /** In any order; what is not needed or not readable is left aside. */
  intermediates: readonly CertificateBytes[]
  /** The certificates that are trusted. */
  roots: readonly CertificateBytes[]
  /** The moment to judge by. */
  at: Date
  purpose: Purpose
}

/**
 * Builds and checks a path from `leaf` to one of `roots` by the rules of RFC 5280 section 6, as far as the public web uses them:
 * no certificate policies, and no revocation. The names the leaf is for are the caller's to compare.
 *
 * @throws CERTIFICATE_MALFORMED, CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET_VALID, CERTIFICATE_KEY_REFUSED, CERTIFICATE_PURPOSE_REFUSED for
 * the leaf itself, CERTIFICATE_CHAIN_UNTRUSTED when no path reaches a root, CERTIFICATE_CHAIN_REFUSED when one does but breaks a rule
 */
export function checkChain({ leaf, intermediates, roots, at, purpose }: ChainQuestion): X509Chain {
  const [der, ...more] = derOf(leaf)
  if (der === undefined || more.length > 0) throw new Failure('CERTIFICATE_MALFORMED', 'The leaf is not one certificate.')
  const certificate = readCertificate(der)
  checkEndEntity(certificate, { at, purpose })
  const pool = certificateIndex(readableCertificates(intermediates.flatMap(derOf)))
  const anchors = certificateIndex(readableCertificates(roots.flatMap(derOf)))
  const found = findPath({ leaf: certificate, pool, anchors, at, purpose })
  if (found.path === undefined) throw chainFailure(found.refusal)
  return found.path
}

const derOf = (bytes: CertificateBytes): readonly Uint8Array[] => (typeof bytes === 'string' ? pemCertificates(bytes) : [bytes])

/** Source: RFC 5280 section 4.2.1.12. */
const serverKeyUsages = ['digitalSignature', 'keyEncipherment', 'keyAgreement'] as const

/** What must hold for the leaf, whoever issued it. @throws see checkChain */
export function checkEndEntity(leaf: Certificate, { at, purpose }: { at: Date; purpose: Purpose }): void {
  const { basicConstraints, extendedKeyUsage, keyUsage } = leaf.extensions
  if (basicConstraints?.isCa) throw purposeRefused('is that of an authority')
  const weakness = keyFault(leaf.key)
  if (weakness !== undefined) throw new Failure('CERTIFICATE_KEY_REFUSED', `The certificate ${weakness}.`)
  const fault = endEntityFault(leaf)
  if (fault !== undefined) throw new Failure('CERTIFICATE_MALFORMED', `The certificate ${fault}.`)
  if (!isWithinValidity(leaf, at)) {
    if (at < leaf.notBefore) throw new Failure('CERTIFICATE_NOT_YET_VALID', 'The certificate is not valid yet.')
    throw new Failure('CERTIFICATE_EXPIRED', 'The certificate has expired.')
  }
  if (purpose === 'any') return
  if (!extendedKeyUsage?.includes(serverAuth)) throw purposeRefused('is not for TLS servers')
  if (keyUsage && !serverKeyUsages.some(usage => keyUsage.has(usage))) {
    throw purposeRefused('has a key that may not be used by TLS servers')
  }
}

function purposeRefused(what: string): Failure {
  return new Failure('CERTIFICATE_PURPOSE_REFUSED', `The certificate ${what}.`)
}

/** The Failure for a search that found no path; `refusal` says which rule the best one broke. */
export function chainFailure(refusal: string | undefined): Failure {
  return refusal === undefined
    ? new Failure('CERTIFICATE_CHAIN_UNTRUSTED', 'No path leads from the certificate to a trusted root.')
    : new Failure('CERTIFICATE_CHAIN_REFUSED', `${refusal}.`)
}
