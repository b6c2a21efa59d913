import forge from 'node-forge'
import { readBase64 } from './read-base64.ts'

const pemBlock = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g

/** The DER of PEM text or of DER itself; PEM may hold several certificates. */
export function dersFrom(certificates: readonly (string | Uint8Array)[]): Buffer[] {
  return certificates.flatMap(certificate => (typeof certificate === 'string' ? pemsToDer(certificate) : [Buffer.from(certificate)]))
}

/**
 * The one certificate that a store answered: DER, PEM or bare base64, for which one is used is not documented; undefined for anything else,
 * also for something beside the certificate. Whether the DER is a certificate is for its reader to say.
 */
export function singleCertificate(answer: Buffer): Buffer | undefined {
  if (answer[0] === 0x30) return answer
  const text = answer
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trim()
  if (text.startsWith('-----BEGIN')) {
    const [der, ...more] = pemsToDer(text)
    return more.length === 0 && text.replace(pemBlock, '').trim() === '' ? der : undefined
  }
  return derBase64(text)
}

/**
 * The certificates that an issuer's address answered: one as DER or PEM, or several as PKCS #7 «certs-only» (RFC 5280 4.2.2.1). Empty for
 * anything else.
 */
export function issuerCertificates(answer: Buffer): Buffer[] {
  const single = singleCertificate(answer)
  if (single === undefined) return []
  return pkcs7Certificates(single) ?? [single]
}

function pkcs7Certificates(der: Buffer): Buffer[] | undefined {
  try {
    const message = forge.pkcs7.messageFromAsn1(forge.asn1.fromDer(der.toString('binary')))
    const { certificates } = (message as { rawCapture?: { certificates?: forge.asn1.Asn1 } }).rawCapture ?? {}
    const values = Array.isArray(certificates?.value) ? (certificates.value as forge.asn1.Asn1[]) : []
    return values.map(value => Buffer.from(forge.asn1.toDer(value).getBytes(), 'binary'))
  } catch {
    return undefined
  }
}

function pemsToDer(text: string): Buffer[] {
  return [...text.matchAll(pemBlock)].flatMap(([, body]) => derBase64(body ?? '') ?? [])
}

function derBase64(text: string): Buffer | undefined {
  const der = readBase64(text.replace(/\s+/g, ''))
  return der?.[0] === 0x30 ? der : undefined
}
