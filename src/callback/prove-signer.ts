import type { KeyObject } from 'node:crypto'
import { Failure } from '../failure.ts'
import type { Authorities } from './authorities.ts'
import type { Authority } from './authority.ts'
import { buildPath } from './build-path.ts'
import { type Certificate, readCertificate, thumbprint } from './certificate.ts'
import { checkLeaf, type ExpectedSigner } from './check-leaf.ts'
import { nameText } from './distinguished-name.ts'
import type { Download } from './download.ts'
import { singleCertificate } from './read-certificates.ts'

/** Who signs, proven: his certificate leads to a pinned root. */
export interface Signer {
  subject: string
  issuer: string
  /** SHA-256 of the certificate, in lower-case hex. */
  thumbprint: string
  notAfter: Date
  publicKey: KeyObject
}

/** A certificate of a proven path. */
export interface PathStep {
  position: 'signer' | 'intermediate' | 'root'
  /** `given` for the signer itself. */
  origin: Authority['origin'] | 'given'
  certificate: Certificate
}

export interface ProvenSigner {
  signer: Signer
  /** Signer first, root last. */
  path: readonly PathStep[]
  /** When the first certificate of the path ends. */
  end: Date
}

/** What a signer is judged by. */
export interface SignerQuestion extends ExpectedSigner {
  authorities: Authorities
  /** Hosts that missing issuers may be fetched from. */
  issuerHosts: readonly string[]
  download: Download
  at: Date
}

/**
 * Reads a signing certificate (DER, PEM or bare base64, and that alone), checks it by itself, and then builds its path. What was fetched for an
 * accepted path, or on the way to it, is kept for the next one.
 * @throws CERTIFICATE_… Failures
 */
export async function proveSigner(answer: Buffer, question: SignerQuestion): Promise<ProvenSigner> {
  const { authorities, issuerHosts, download, at } = question
  const leaf = readSigner(answer)
  checkLeaf(leaf, question)
  const atHand = await authorities.pool.all()
  const pool = atHand.map(({ certificate }) => certificate)
  const { path, fetched } = await buildPath(leaf, { anchors: authorities.anchors, pool, issuerHosts, download, at })
  const publicKey = leaf.publicKey()
  if (publicKey === undefined) throw new Failure('CERTIFICATE_KEY_REFUSED', 'The key of the certificate cannot be loaded.')

  const steps = path.map((certificate, index): PathStep => {
    if (index === 0) return { position: 'signer', origin: 'given', certificate }
    const isRoot = index === path.length - 1
    const known = (isRoot ? authorities.roots : atHand).find(other => other.certificate.der.equals(certificate.der))
    return { position: isRoot ? 'root' : 'intermediate', origin: known?.origin ?? 'fetched', certificate }
  })
  const ofUse = steps.flatMap(({ origin, certificate }) => (origin === 'fetched' ? [certificate] : []))
  await authorities.pool.keep([...new Set([...ofUse, ...fetched])])
  return {
    signer: {
      subject: nameText(leaf.subject),
      issuer: nameText(leaf.issuer),
      thumbprint: thumbprint(leaf),
      notAfter: leaf.notAfter,
      publicKey
    },
    path: steps,
    end: new Date(Math.min(...path.map(({ notAfter }) => notAfter.getTime())))
  }
}

/** @throws CERTIFICATE_UNREADABLE, CERTIFICATE_MALFORMED */
export function readSigner(answer: Buffer): Certificate {
  const der = singleCertificate(answer)
  if (der === undefined)
    throw new Failure('CERTIFICATE_UNREADABLE', 'The certificate store answered with something that is not one certificate.')
  return readCertificate(der)
}
