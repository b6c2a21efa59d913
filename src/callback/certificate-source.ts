import type { KeyObject } from 'node:crypto'
import { Failure, failureFrom } from '../failure.ts'
import type { Log } from '../ports.ts'
import { buildPath } from './build-path.ts'
import { type Certificate, readCertificate, thumbprint } from './certificate.ts'
import { checkLeaf, type ExpectedSigner } from './check-leaf.ts'
import { nameText } from './distinguished-name.ts'
import type { Download } from './download.ts'
import { certificateIndex } from './find-path.ts'
import { configuredCertificates, singleCertificate } from './read-certificates.ts'

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
  /** How long a signer is kept at the most, and how long a refusal is repeated. */
  ttlMs?: number
  refusalTtlMs?: number
  /** How often a certificate is downloaded anew because a signature did not fit. */
  renewalMs?: number
  log?: Log
}

/** A signer, and the moment when the first certificate of its path ends. */
interface Proven {
  signer: Signer
  until: Date
}

interface Entry {
  answer: Promise<Signer>
  /** From when until when it counts, in milliseconds since 1970; without end while the download is under way. */
  since: number
  until: number
  isProven: boolean
  /** The last download because of a signature: when, and what came of it. */
  renewal?: { at: number; answer: Promise<Signer | undefined> }
}

/** More certificate URLs than Partner Center has ever had, beside the expected ones. */
const maxEntries = 8
/**
 * Of URLs that are neither expected nor known to be good, no more are tried in a minute: a flood of made-up ones must not become a flood of
 * downloads.
 */
const maxTriesPerMinute = 30

/**
 * Downloads signing certificates, checks them and their path, and keeps the key: one download at a time for a URL, kept for a day or until
 * a certificate of the path ends, refusals for a short while. Reading a key from its certificate for each callback would cost eight times
 * the rest.
 *
 * Anybody may name a URL, so those that bear the name of an expected signer are kept apart: there are only a few, each is tried again when its
 * refusal has been repeated long enough, and made-up ones neither push them out nor use up their tries.
 */
export function certificateSource(options: CertificateSourceOptions): CertificateSource {
  const { roots, intermediates, issuerHosts, download, now, log } = options
  const { ttlMs = 24 * 60 * 60 * 1000, refusalTtlMs = 30_000, renewalMs = 5 * 60 * 1000 } = options
  const anchors = certificateIndex(configuredCertificates(roots).map(readCertificate))
  const pool = configuredCertificates(intermediates).map(readCertificate)
  const fetched: Certificate[] = []
  const entries = new Map<string, Entry>()
  /** The files that the expected names have; the host was checked before. */
  const expected = new Set(options.names.map(name => `/cert/${name}.cer`))
  const isExpected = (url: string): boolean => expected.has(new URL(url).pathname)
  let tries: number[] = []

  async function load(url: string): Promise<Proven> {
    const der = singleCertificate(await download(url))
    if (der === undefined) {
      throw new Failure('CERTIFICATE_UNREADABLE', 'The certificate store answered with something that is not one certificate.')
    }
    const leaf = readCertificate(der)
    const at = now()
    checkLeaf(leaf, { ...options, at })
    const path = await buildPath(leaf, { anchors, pool, fetched, issuerHosts, download, at })
    const publicKey = leaf.publicKey()
    if (publicKey === undefined) throw new Failure('CERTIFICATE_KEY_REFUSED', 'The key of the certificate cannot be loaded.')
    const signer = {
      subject: nameText(leaf.subject),
      issuer: nameText(leaf.issuer),
      thumbprint: thumbprint(leaf),
      notAfter: leaf.notAfter,
      publicKey
    }
    log?.info({ thumbprint: signer.thumbprint, path: path.map(({ subject }) => nameText(subject)) }, 'A signing certificate is accepted.')
    return { signer, until: new Date(Math.min(...path.map(({ notAfter }) => notAfter.getTime()))) }
  }

  /** Starts a download and keeps what comes of it. */
  function start(url: string, isKnown: boolean): Entry {
    const since = now().getTime()
    if (!isKnown && !isExpected(url)) countTry(since)
    const entry: Entry = {
      since,
      until: Number.POSITIVE_INFINITY,
      isProven: isKnown,
      answer: load(url).then(
        ({ signer, until }) => {
          entry.isProven = true
          entry.until = freshUntil(until)
          if (!entries.has(url)) keep(url, entry)
          return signer
        },
        error => {
          entry.isProven = false
          entry.until = now().getTime() + refusalTtlMs
          const failure = toBeRepeated(failureFrom(error))
          log?.warn({ code: failure.code, err: failure }, 'A signing certificate is refused.')
          throw failure
        }
      )
    }
    keep(url, entry)
    return entry
  }

  function keep(url: string, entry: Entry): void {
    entries.delete(url)
    const known = [...entries].filter(([other]) => !isExpected(other))
    const [victim] = known.find(([, { isProven }]) => !isProven) ?? known[0] ?? []
    if (known.length >= maxEntries && victim !== undefined && !isExpected(url)) entries.delete(victim)
    entries.set(url, entry)
  }

  function countTry(at: number): void {
    tries = tries.filter(earlier => Math.abs(at - earlier) < 60_000)
    if (tries.length >= maxTriesPerMinute) {
      throw new Failure('CERTIFICATE_UNREACHABLE', 'Too many different certificates were asked for within a minute.', {
        retryAfterMs: 60_000
      })
    }
    tries.push(at)
  }

  /** The known signer goes on to serve while this is under way, and stays when the new one is no good. */
  async function renew(url: string, entry: Entry): Promise<Signer | undefined> {
    try {
      const before = await entry.answer
      const { signer, until } = await load(url)
      entry.until = freshUntil(until)
      if (signer.thumbprint === before.thumbprint) return undefined
      entry.answer = Promise.resolve(signer)
      return signer
    } catch (error) {
      log?.warn({ code: failureFrom(error).code }, 'A certificate was downloaded anew for a signature that did not fit, to no avail.')
      return undefined
    }
  }

  const freshUntil = (end: Date): number => Math.min(now().getTime() + ttlMs, end.getTime())
  const toBeRepeated = (failure: Failure): Failure =>
    failure.retry === 'later' ? new Failure(failure.code, failure.message, { cause: failure, retryAfterMs: refusalTtlMs }) : failure

  return {
    async get(url) {
      const entry = entries.get(url)
      const at = now().getTime()
      const isPresent = entry !== undefined && at >= entry.since && at < entry.until
      return await (isPresent ? entry : start(url, entry?.isProven ?? false)).answer
    },
    async renewed(url) {
      const entry = entries.get(url)
      if (entry === undefined) return undefined
      const at = now().getTime()
      // Callbacks that come meanwhile share one download; afterwards its result is in the entry, and nothing is newer.
      if (entry.renewal === undefined || Math.abs(at - entry.renewal.at) >= renewalMs) entry.renewal = { at, answer: renew(url, entry) }
      return await entry.renewal.answer
    }
  }
}
