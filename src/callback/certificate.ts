import type { KeyObject } from 'node:crypto'
import { createHash } from 'node:crypto'
import { Failure } from '../failure.ts'
import { bitString, children, type Der, DerError, integerBytes, readDer, smallInteger, tags, time } from './der.ts'
import { type DistinguishedName, readName } from './distinguished-name.ts'
import { type Extensions, readExtensions } from './extensions.ts'
import { loadPublicKey, type PublicKeyForm, publicKeyForm } from './public-key.ts'
import { readSignatureAlgorithm, type SignatureAlgorithm } from './signature-algorithm.ts'

/** An X.509 certificate, read but not judged. Source: RFC 5280 section 4.1. */
export interface Certificate {
  readonly der: Buffer
  /** 3 for v3. */
  readonly version: number
  /** As in the certificate: two's complement, big-endian. */
  readonly serialNumber: Buffer
  readonly subject: DistinguishedName
  readonly issuer: DistinguishedName
  readonly notBefore: Date
  readonly notAfter: Date
  readonly extensions: Extensions
  /** The DER of the public key, and what it says of itself. */
  readonly spki: Buffer
  readonly key: PublicKeyForm
  /** The public key, loaded once; nothing when it cannot be. */
  readonly publicKey: () => KeyObject | undefined
  /** What is signed, by what, and the signature; the algorithm is absent when it is not one of those accepted. */
  readonly tbs: Buffer
  readonly signatureAlgorithm: SignatureAlgorithm | undefined
  readonly signature: Buffer
}

/**
 * Reads one certificate strictly: nothing left over, no repeated extension, the same algorithm inside and outside of what is signed.
 * @throws CERTIFICATE_MALFORMED
 */
export function readCertificate(bytes: Uint8Array): Certificate {
  try {
    return read(Buffer.from(bytes))
  } catch (error) {
    if (error instanceof DerError) throw new Failure('CERTIFICATE_MALFORMED', `The certificate ${error.message}.`, { cause: error })
    throw error
  }
}

function read(der: Buffer): Certificate {
  const [tbs, outerAlgorithm, signatureBits, ...rest] = children(readDer(der), tags.sequence)
  if (tbs === undefined || outerAlgorithm === undefined || rest.length > 0) throw new DerError('is not made of its three parts')

  const fields = children(tbs, tags.sequence)
  const version = fields[0]?.tag === 0xa0 ? 1 + smallInteger(onlyChild(fields.shift())) : 1
  const serialNumber = integerBytes(fields.shift())
  const algorithm = fields.shift()
  const issuer = readName(fields.shift())
  const [notBefore, notAfter, ...others] = children(present(fields.shift()), tags.sequence)
  const subject = readName(fields.shift())
  const spki = present(fields.shift())
  for (const uniqueId of [0x81, 0x82]) if (fields[0]?.tag === uniqueId) fields.shift()
  const extensions = fields[0]?.tag === 0xa3 ? onlyChild(fields.shift()) : undefined
  if (others.length > 0 || fields.length > 0) throw new DerError('has fields that do not belong there')
  if (algorithm === undefined || !algorithm.raw.equals(outerAlgorithm.raw)) throw new DerError('names two signature algorithms')
  const signature = bitString(signatureBits)
  if (signature.unused !== 0) throw new DerError('has a malformed signature')

  let key: KeyObject | undefined
  return {
    der,
    version,
    serialNumber,
    subject,
    issuer,
    notBefore: time(notBefore),
    notAfter: time(notAfter),
    extensions: readExtensions(extensions),
    spki: spki.raw,
    key: publicKeyForm(spki),
    publicKey: () => {
      key ??= loadPublicKey(spki.raw)
      return key
    },
    tbs: tbs.raw,
    signatureAlgorithm: readSignatureAlgorithm(algorithm),
    signature: signature.bytes
  }
}

function present(element: Der | undefined): Der {
  if (element === undefined) throw new DerError('ends too early')
  return element
}

function onlyChild(element: Der | undefined): Der {
  const [child, ...rest] = children(present(element))
  if (child === undefined || rest.length > 0) throw new DerError('has fields that do not belong there')
  return child
}

/** Whether a certificate names itself as its issuer. */
export function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return subject.key === issuer.key
}

/** SHA-256 of the whole certificate, in lower-case hex. */
export function thumbprint({ der }: Certificate): string {
  return createHash('sha256').update(der).digest('hex')
}

/** Those of several that can be read; the others are left aside. */
export function readableCertificates(certificates: readonly Uint8Array[]): Certificate[] {
  return certificates.flatMap(bytes => {
    try {
      return [readCertificate(bytes)]
    } catch {
      return []
    }
  })
}
