/** What a certificate may be by itself, before it is part of a path. Each rule gives the end of a sentence, or nothing. */
import { type Certificate, isSelfIssued } from './certificate.ts'
import { extensionIds } from './extensions.ts'
import { keyFault } from './public-key.ts'
import { isSignedBy } from './signature-algorithm.ts'

/** Extensions that are acted upon here, and so may be critical. */
const understood: ReadonlySet<string> = new Set([
  extensionIds.keyUsage,
  extensionIds.alternativeNames,
  extensionIds.basicConstraints,
  extensionIds.nameConstraints,
  extensionIds.extendedKeyUsage,
  // Nobody asks for a certain policy here, and then every list of policies is good (RFC 5280 section 6.1.1 c and e).
  extensionIds.certificatePolicies
])
/** Extensions that no authority may mark critical. Source: RFC 5280 sections 4.2.1.1, 4.2.1.2 and 4.2.2.1. */
const neverCritical = [extensionIds.subjectKeyId, extensionIds.authorityKeyId, extensionIds.authorityInformation]

/** What holds for every certificate of a path. */
export function commonFault(certificate: Certificate): string | undefined {
  const { version, extensions, issuer, key } = certificate
  const { basicConstraints, keyUsage } = extensions
  if (version !== 3) return 'is not an X.509 v3 certificate'
  if (issuer.rdns.length === 0) return 'has no issuer'
  for (const id of neverCritical) if (extensions.critical.get(id)) return `has the extension ${id} marked critical`
  for (const [id, isCritical] of extensions.critical)
    if (isCritical && !understood.has(id)) return `has the unknown critical extension ${id}`
  // It says that the path needs certain policies, which nobody looks at here.
  if (extensions.critical.has(extensionIds.policyConstraints)) return 'has policy constraints'
  if (keyUsage?.has('keyCertSign') && !basicConstraints?.isCa) return 'may sign certificates but is not an authority'
  if (basicConstraints?.pathLength !== undefined && !basicConstraints.isCa) return 'has a path length but is not an authority'
  if (extensions.nameConstraints && !basicConstraints?.isCa) return 'has name constraints but is not an authority'
  // Only a self-signed certificate may do without (RFC 5280 section 4.2.1.1).
  if (extensions.authorityKeyId === undefined && !isSelfIssued(certificate)) return 'does not identify the key of its issuer'
  return keyFault(key)
}

/**
 * What holds for every certificate that issued the next one. A root is trusted for its name and key (RFC 5280 section 6.1.1 d): it may do without
 * what only helps to find and to read a certificate, as some roots of the public web do (TWCA Global Root CA, ePKI Root Certification
 * Authority), but must not contradict itself.
 */
export function authorityFault(certificate: Certificate, { isAnchor }: { isAnchor: boolean }): string | undefined {
  const { extensions, subject } = certificate
  const { basicConstraints, keyUsage } = extensions
  if (!basicConstraints?.isCa) return 'is not an authority'
  if (keyUsage && !keyUsage.has('keyCertSign')) return 'may not sign certificates'
  if (subject.rdns.length === 0) return 'is an authority without a name'
  return (isAnchor ? rootFault(certificate) : intermediateFault(certificate)) ?? commonFault(certificate)
}

function rootFault(certificate: Certificate): string | undefined {
  const { subjectKeyId, authorityKeyId } = certificate.extensions
  const pointsElsewhere = authorityKeyId !== undefined && subjectKeyId !== undefined && authorityKeyId !== subjectKeyId
  // One that its own new key has signed anew points to that rightly (RFC 4210 section 4.4).
  return pointsElsewhere && isSignedBy(certificate, certificate) ? 'is a root that points to another key' : undefined
}

function intermediateFault(certificate: Certificate): string | undefined {
  const { critical, subjectKeyId } = certificate.extensions
  if (!critical.get(extensionIds.basicConstraints)) return 'has basic constraints that are not critical'
  if (subjectKeyId === undefined) return 'is an authority without a key identifier'
  return serialNumberFault(certificate)
}

/** What holds for the certificate that a path is for, whatever it is for. */
export function endEntityFault(certificate: Certificate): string | undefined {
  const { subject, extensions } = certificate
  const { alternativeNames, critical } = extensions
  if (subject.rdns.length === 0 && !(alternativeNames && critical.get(extensionIds.alternativeNames))) {
    return 'has neither a subject nor critical alternative names'
  }
  if (certificate.signatureAlgorithm === undefined) return 'is signed with an algorithm that is not accepted'
  return serialNumberFault(certificate) ?? commonFault(certificate)
}

/** Positive and at most 20 bytes. Source: RFC 5280 section 4.1.2.2. */
function serialNumberFault({ serialNumber }: Certificate): string | undefined {
  const [first = 0] = serialNumber
  if (first >= 0x80 || serialNumber.every(byte => byte === 0)) return 'has a serial number that is not positive'
  return serialNumber.length > (first === 0 ? 21 : 20) ? 'has a serial number of more than 20 bytes' : undefined
}
