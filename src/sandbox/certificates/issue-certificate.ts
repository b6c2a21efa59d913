import { type KeyObject, randomBytes, sign } from 'node:crypto'
import { authorityKeyId, extensions, subjectKeyId } from './certificate-extensions.ts'
import { bitString, explicit, integer, nothing, oid, printableString, sequence, set, time } from './der-writer.ts'

export interface KeyPair {
  publicKey: KeyObject
  privateKey: KeyObject
}

const attributeTypes = { C: '2.5.4.6', ST: '2.5.4.8', L: '2.5.4.7', O: '2.5.4.10', CN: '2.5.4.3' }

/** A distinguished name; the attributes stand in the certificate in this order. */
export type Name = Partial<Record<keyof typeof attributeTypes, string>>

export interface ToIssue {
  subject: Name
  publicKey: KeyObject
  issuer: { name: Name; keys: KeyPair }
  notBefore: Date
  notAfter: Date
  /** Beside the key identifiers, which every certificate gets. */
  extensions: Buffer[]
}

/** Issues an X.509 v3 certificate (RFC 5280, section 4.1) under an RSA or EC key with SHA-256; gives it as DER. */
export function issueCertificate({ subject, publicKey, issuer, notBefore, notAfter, extensions: own }: ToIssue): Buffer {
  const algorithm =
    issuer.keys.privateKey.asymmetricKeyType === 'ec'
      ? sequence(oid('1.2.840.10045.4.3.2'))
      : sequence(oid('1.2.840.113549.1.1.11'), nothing())
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(randomBytes(16)),
    algorithm,
    nameOf(issuer.name),
    sequence(time(notBefore), time(notAfter)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions(...own, subjectKeyId(publicKey), authorityKeyId(issuer.keys.publicKey))
  )
  return sequence(toBeSigned, algorithm, bitString(sign('sha256', toBeSigned, issuer.keys.privateKey)))
}

export function pemOf(certificate: Buffer): string {
  const lines = certificate.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

function nameOf(name: Name): Buffer {
  const entries = Object.entries(name) as [keyof Name, string][]
  return sequence(...entries.map(([type, value]) => set(sequence(oid(attributeTypes[type]), printableString(value)))))
}
