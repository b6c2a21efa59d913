import type { KeyObject } from 'node:crypto'
import { Failure, failureFrom } from '../failure.ts'
import type { Log } from '../ports.ts'
import { buildPath } from './build-path.ts'
import { type Certificate, readCertificate, thumbprint } from './certificate.ts'
import { checkLeaf, type ExpectedSigner } from './check-leaf.ts'
import { nameText } from './distinguished-name.ts'
import type { Download } from './download.ts'
import { certificateIndex } from './find-path.ts'
import { dersFrom, singleCertificate } from './read-certificates.ts'

/** Who signs, proven: his certificate leads to a pinned root. */
export interface Signer {
  subject: string
  issuer: string
  /** SHA-256 of the certificate, in lower-case hex. */
  thumbprint: string
  notAfter: Date
  publicKey: KeyObject
}

/** Signers by the URL of their certificate, which has been checked before. Both throw CERTIFICATE_… Failures. */
export interface CertificateSource {
  get(url: string): Promise<Signer>
  /**
   * The signer after a new download, for a certificate may be renewed under its old name; undefined when it is the same one, when it is
   * no good, or when it was downloaded anew only a moment ago.
   */
  renewed(url: string): Promise<Signer | undefined>
}

export interface CertificateSourceOptions extends ExpectedSigner {
  /** What a path may end at, PEM or DER. */
  roots: readonly (string | Uint8Array)[]
  /** Intermediates to start with, PEM or DER. */
  intermediates: readonly (string | Uint8Array)[]
  issuerHosts: readonly string[]
  download: Download
  now: () => Date
  /** How long a signer is kept at the most, and a refusal. */
  ttlMs?: number
  refusalTtlMs?: number
  /** How often a certificate is downloaded anew because a signature did not fit. */
  renewalMs?: number
  log?: Log
}

interface Entry {
  answer: Promise<Signer>
  /** When it is too old, in milliseconds since 1970; Infinity while the download is under way. */
  until: number
  /** The last download because of a signature: when, and what came of it. */
  renewal?: { at: number; answer: Promise<Signer | undefined> }
}

/** More certificate URLs than Partner Center has ever had; a flood of others pushes out only what is oldest. */
const maxEntries = 8

/**
 * Downloads signing certificates, checks them and their path, and keeps the key: one download at a time for a URL, kept for a day or until
 * the certificate ends, refusals for a short while. Reading a key from its certificate for each callback would cost eight times the rest.
 */
export function certificateSource(options: CertificateSourceOptions): CertificateSource {
  const { roots, intermediates, issuerHosts, download, now, log } = options
  const { ttlMs = 24 * 60 * 60 * 1000, refusalTtlMs = 30_000, renewalMs = 5 * 60 * 1000 } = options
  const anchors = certificateIndex(dersFrom(roots).map(readCertificate))
  const pool: Certificate[] = dersFrom(intermediates).map(readCertificate)
  const entries = new Map<string, Entry>()

  async function load(url: string): Promise<Signer> {
    const der = singleCertificate(await download(url))
    if (der === undefined)
      throw new Failure('CERTIFICATE_UNREADABLE', 'The certificate store answered something that is not one certificate.')
    const leaf = readStored(der)
    const at = now()
    checkLeaf(leaf, { ...options, at })
    const path = await buildPath(leaf, { anchors, pool, issuerHosts, download, at })
    const publicKey = leaf.publicKey()
    if (publicKey === undefined) throw new Failure('CERTIFICATE_KEY_REFUSED', 'The key of the certificate cannot be loaded.')
    const signer = {
      subject: nameText(leaf.subject),
      issuer: nameText(leaf.issuer),
      thumbprint: thumbprint(leaf),
      notAfter: leaf.notAfter,
      publicKey
    }
    log?.info({ thumbprint: signer.thumbprint, path: path.map(({ subject }) => nameText(subject)) }, 'signing certificate accepted')
    return signer
  }

  /** Starts a download and keeps what comes of it. */
  function start(url: string): Entry {
    const entry: Entry = { answer: load(url), until: Number.POSITIVE_INFINITY }
    entries.delete(url)
    entries.set(url, entry)
    const [oldest] = entries.keys()
    if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest)
    entry.answer.then(
      signer => {
        entry.until = freshUntil(signer)
      },
      error => {
        entry.until = now().getTime() + refusalTtlMs
        log?.warn({ code: failureFrom(error).code }, 'signing certificate refused')
      }
    )
    return entry
  }

  /** The known signer goes on to serve while this is under way, and stays when the new one is no good. */
  async function renew(url: string, entry: Entry): Promise<Signer | undefined> {
    try {
      const before = await entry.answer
      const signer = await load(url)
      if (signer.thumbprint === before.thumbprint) return undefined
      entry.answer = Promise.resolve(signer)
      entry.until = freshUntil(signer)
      return signer
    } catch {
      return undefined
    }
  }

  const freshUntil = ({ notAfter }: Signer): number => Math.min(now().getTime() + ttlMs, notAfter.getTime())
  const present = (url: string): Entry | undefined => {
    const entry = entries.get(url)
    return entry && now().getTime() < entry.until ? entry : undefined
  }

  return {
    get: url => (present(url) ?? start(url)).answer,
    async renewed(url) {
      const entry = entries.get(url)
      if (!entry) return undefined
      const at = now().getTime()
      // Callbacks that come meanwhile share one download; afterwards its result is in the entry, and nothing is newer.
      if (entry.renewal === undefined || at - entry.renewal.at >= renewalMs) entry.renewal = { at, answer: renew(url, entry) }
      return await entry.renewal.answer
    }
  }
}

/** What the store serves is no forger's work, so a text that is no certificate is the store's trouble and may pass. */
function readStored(der: Buffer): Certificate {
  if (der.length < 100) throw new Failure('CERTIFICATE_UNREADABLE', 'The certificate store answered something that is not one certificate.')
  return readCertificate(der)
}
