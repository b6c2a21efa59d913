/** Certificates in the forms in which files and servers hold them, as DER. Whether a DER is a good certificate is for its reader to say. */
import { Failure } from '../failure.ts'
import { children, oid, readDer, tags } from './der.ts'
import { readBase64 } from './read-base64.ts'

const pemBlock = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g
const signedData = '1.2.840.113549.1.7.2'

/**
 * The certificates of a setting: DER as it is, and all that a PEM text holds.
 * @throws CONFIG_INVALID for a text without any
 */
export function configuredCertificates(certificates: readonly (string | Uint8Array)[]): Buffer[] {
  return certificates.flatMap(certificate => {
    if (typeof certificate !== 'string') return [Buffer.from(certificate)]
    const found = pemCertificates(certificate)
    if (found.length === 0) throw new Failure('CONFIG_INVALID', 'A trusted certificate is not PEM.')
    return found
  })
}

/**
 * The one certificate that a store answered, as DER, PEM or bare base64, for which of them is used is not documented; white space and a byte
 * order mark may stand around the text. Undefined for anything else, also for anything beside the certificate.
 */
export function singleCertificate(answer: Buffer): Buffer | undefined {
  if (answer[0] === 0x30) return wholeDer(answer)
  const text = answer
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trim()
  if (!text.startsWith('-----')) return base64Der(text)
  const [der, ...more] = pemCertificates(text)
  return more.length === 0 && text.replace(pemBlock, '').trim() === '' ? der : undefined
}

/**
 * The certificates that an issuer's address answered: one, or several as PEM or as PKCS #7 «certs-only» (RFC 5280 section 4.2.2.1). Empty for
 * anything else.
 */
export function issuerCertificates(answer: Buffer): Buffer[] {
  const single = singleCertificate(answer)
  if (single === undefined) return pemCertificates(answer.toString('latin1'))
  return pkcs7Certificates(single) ?? [single]
}

/** Source: RFC 5652 sections 3 and 5.1. The certificates are taken as they stand; nothing is believed because of the wrapping. */
function pkcs7Certificates(der: Buffer): Buffer[] | undefined {
  try {
    const [type, content] = children(readDer(der), tags.sequence)
    if (oid(type) !== signedData || content === undefined) return undefined
    const [message] = children(content)
    if (message === undefined) return undefined
    const set = children(message, tags.sequence).find(({ tag }) => tag === 0xa0)
    return set === undefined ? [] : children(set).flatMap(({ tag, raw }) => (tag === tags.sequence ? [raw] : []))
  } catch {
    return undefined
  }
}

/** All certificates of a PEM text, as DER. */
export function pemCertificates(text: string): Buffer[] {
  return [...text.matchAll(pemBlock)].flatMap(([, body]) => base64Der(body ?? '') ?? [])
}

function base64Der(text: string): Buffer | undefined {
  const bytes = readBase64(text.replace(/\s+/g, ''))
  return bytes && wholeDer(bytes)
}

/** The bytes themselves, when they are one DER sequence and nothing more. */
function wholeDer(bytes: Buffer): Buffer | undefined {
  try {
    return readDer(bytes, tags.sequence).raw
  } catch {
    return undefined
  }
}
