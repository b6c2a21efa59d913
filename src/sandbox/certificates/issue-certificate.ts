import { type KeyObject, randomBytes } from 'node:crypto'
import forge from 'node-forge'
import type { Extension } from './certificate-extensions.ts'

export interface KeyPair {
  publicKey: KeyObject
  privateKey: KeyObject
}

/** A distinguished name; the attributes stand in the certificate in this order. */
export type Name = Partial<Record<'C' | 'ST' | 'L' | 'O' | 'CN', string>>

export interface ToIssue {
  subject: Name
  publicKey: KeyObject
  issuer: { name: Name; keys: KeyPair }
  notBefore: Date
  notAfter: Date
  /** Beside the key identifiers, which every certificate gets. */
  extensions: Extension[]
}

/** Issues an X.509 v3 certificate (RFC 5280, section 4.1) under an RSA key with SHA-256; gives it as DER. */
export function issueCertificate({ subject, publicKey, issuer, notBefore, notAfter, extensions }: ToIssue): Buffer {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forgePublicKey(publicKey)
  // Positive, whatever the random bits are.
  certificate.serialNumber = `4a${randomBytes(15).toString('hex')}`
  certificate.validity = { notBefore, notAfter }
  certificate.setSubject(attributesOf(subject))
  certificate.setIssuer(attributesOf(issuer.name))
  const authority = forge.pki.getPublicKeyFingerprint(forgePublicKey(issuer.keys.publicKey), { type: 'RSAPublicKey' }).getBytes()
  certificate.setExtensions([...extensions, { name: 'subjectKeyIdentifier' }, { name: 'authorityKeyIdentifier', keyIdentifier: authority }])
  const signingKey = forge.pki.privateKeyFromPem(issuer.keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  certificate.sign(signingKey, forge.md.sha256.create())
  return Buffer.from(forge.asn1.toDer(forge.pki.certificateToAsn1(certificate)).getBytes(), 'binary')
}

export function pemOf(certificate: Buffer): string {
  const lines = certificate.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

function forgePublicKey(key: KeyObject): forge.pki.rsa.PublicKey {
  return forge.pki.publicKeyFromPem(key.export({ type: 'spki', format: 'pem' }).toString())
}

function attributesOf(name: Name): { shortName: string; value: string }[] {
  return Object.entries(name).map(([shortName, value]) => ({ shortName, value }))
}
