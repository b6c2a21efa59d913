import { Failure } from '../failure.ts'
import type { Certificate } from './certificate.ts'
import { checkEndEntity } from './check-chain.ts'
import { tags } from './der.ts'
import { attributeTypes, type DistinguishedName } from './distinguished-name.ts'

/** Whose certificate it has to be. */
export interface ExpectedSigner {
  organization: string
  /** Organization of the issuer; `*` for any. */
  issuerOrganization: string
  /** DNS names of which it has to carry one. */
  names: readonly string[]
}

/**
 * Checks what a signing certificate says of itself, before anything is fetched or computed on its behalf: a TLS server certificate that is
 * valid, with an ordinary RSA key, of the expected organization, issuer and name. Microsoft's sample compares the issuer's organization by
 * substring and its text asks for the subject's; here both count, exactly, and the name besides, for Microsoft has many certificates
 * (learn.microsoft.com/partner-center/developer/partner-center-webhooks).
 *
 * @throws CERTIFICATE_MALFORMED, CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET_VALID, CERTIFICATE_KEY_REFUSED, CERTIFICATE_PURPOSE_REFUSED,
 * CERTIFICATE_ORGANIZATION_REFUSED, CERTIFICATE_NAME_REFUSED
 */
export function checkLeaf(leaf: Certificate, { at, ...expected }: ExpectedSigner & { at: Date }): void {
  checkEndEntity(leaf, { at, purpose: 'serverAuth' })
  checkKey(leaf)
  if (leaf.extensions.keyUsage && !leaf.extensions.keyUsage.has('digitalSignature')) {
    throw new Failure('CERTIFICATE_PURPOSE_REFUSED', 'The certificate has a key that may not be used for signatures.')
  }
  if (!isOf(leaf.subject, expected.organization)) {
    throw new Failure('CERTIFICATE_ORGANIZATION_REFUSED', `The certificate does not belong to «${expected.organization}».`)
  }
  if (expected.issuerOrganization !== '*' && !isOf(leaf.issuer, expected.issuerOrganization)) {
    throw new Failure('CERTIFICATE_ORGANIZATION_REFUSED', `The certificate was not issued by «${expected.issuerOrganization}».`)
  }
  const names = new Set(expected.names.map(lower))
  if (!dnsNames(leaf).some(name => names.has(lower(name)))) {
    throw new Failure('CERTIFICATE_NAME_REFUSED', 'The certificate is for another name.')
  }
}

/** RSA of 2048 to 4096 bits, with an exponent of at least 65537. */
function checkKey({ key }: Certificate): void {
  if (key.type !== 'rsa') throw new Failure('CERTIFICATE_KEY_REFUSED', 'The certificate has a key that is not RSA.')
  if (key.bits > 4096) throw new Failure('CERTIFICATE_KEY_REFUSED', `The certificate has an RSA key of ${key.bits} bits.`)
  if (key.exponent < 65_537n) throw new Failure('CERTIFICATE_KEY_REFUSED', 'The certificate has an RSA key with a weak exponent.')
}

/** Whether the name holds exactly one organization, as text, and that one to the letter. */
function isOf({ attributes }: DistinguishedName, organization: string): boolean {
  const [found, ...more] = attributes.filter(({ type }) => type === attributeTypes.organization)
  if (found === undefined || more.length > 0) return false
  return (found.tag === tags.utf8String || found.tag === tags.printableString) && found.text === organization
}

/** The DNS names among the alternative names; the common name only where there are no alternative names at all. */
function dnsNames({ subject, extensions }: Certificate): string[] {
  if (extensions.alternativeNames) return extensions.alternativeNames.flatMap(name => (name.kind === 'dns' ? [name.text] : []))
  return subject.attributes.flatMap(({ type, text }) => (type === attributeTypes.commonName ? [text] : []))
}

/** ASCII only, so that no other letter becomes one. */
function lower(text: string): string {
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase())
}
