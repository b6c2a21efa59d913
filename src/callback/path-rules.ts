import { type Certificate, isSelfIssued } from './certificate.ts'
import { authorityFault } from './certificate-rules.ts'
import { nameText } from './distinguished-name.ts'
import { type ComparisonBudget, nameFault } from './name-constraints.ts'

/** What the leaf is to be used for: `serverAuth` asks for that extended key usage along the whole path, `any` asks for none. */
export type Purpose = 'serverAuth' | 'any'

export const serverAuth = '1.3.6.1.5.5.7.3.1'
const anyPurpose = '2.5.29.37.0'

export interface PathContext {
  at: Date
  purpose: Purpose
  isAnchor: boolean
  budget: ComparisonBudget
}

/**
 * Why `issuer` may not come next above the certificates `below` (leaf first), as a sentence, or nothing. The signature is not looked at.
 * Anchors are judged like any other authority, their own constraints included. Source: RFC 5280 section 6.1.
 */
export function pathFault(below: readonly Certificate[], issuer: Certificate, context: PathContext): string | undefined {
  const fault =
    validityFault(issuer, context.at) ??
    authorityFault(issuer, context) ??
    pathLengthFault(below, issuer) ??
    purposeFault(issuer, context.purpose) ??
    nameFault(below, issuer.extensions.nameConstraints, context.budget)
  return fault && `The authority «${nameText(issuer.subject)}» ${fault}`
}

/** Both ends belong to the period; a moment counts in whole seconds, as certificates do. Source: RFC 5280 section 4.1.2.5. */
export function isWithinValidity({ notBefore, notAfter }: Certificate, at: Date): boolean {
  const second = Math.floor(at.getTime() / 1000) * 1000
  return second >= notBefore.getTime() && second <= notAfter.getTime()
}

function validityFault(certificate: Certificate, at: Date): string | undefined {
  return isWithinValidity(certificate, at) ? undefined : 'is past its end date or before its start date'
}

/** Neither the leaf nor self-issued certificates count. Source: RFC 5280 section 4.2.1.9. */
function pathLengthFault(below: readonly Certificate[], { extensions }: Certificate): string | undefined {
  const allowed = extensions.basicConstraints?.pathLength
  const length = below.slice(1).filter(certificate => !isSelfIssued(certificate)).length
  return allowed !== undefined && length > allowed ? 'is followed by more authorities than it allows' : undefined
}

function purposeFault({ extensions }: Certificate, purpose: Purpose): string | undefined {
  const usages = extensions.extendedKeyUsage
  if (purpose === 'any' || usages === undefined || usages.includes(serverAuth) || usages.includes(anyPurpose)) return undefined
  return 'may not issue certificates for TLS servers'
}
