import { Failure, type FailureCode, failureFrom } from '../failure.ts'
import type { Log } from '../ports.ts'
import { type AuthorityOptions, authorities } from './authorities.ts'
import type { ExpectedSigner } from './check-leaf.ts'
import { nameText } from './distinguished-name.ts'
import type { Download } from './download.ts'
import { type PathStep, type ProvenSigner, proveSigner, type Signer } from './prove-signer.ts'
import { signerUrls } from './signer-urls.ts'
import { type SigningFigures, signingFigures } from './signing-figures.ts'

export type { Signer } from './prove-signer.ts'

/** Signers by the URL of their certificate. Both promises are rejected with CERTIFICATE_… Failures. */
export interface CertificateSource {
  /** The signer, when it is at hand; a URL that is known was checked when it was first asked for. */
  known(url: string): Signer | undefined
  /** The same, downloaded and proven if need be. The URL has been checked. */
  get(url: string): Promise<Signer>
  /**
   * Another signer for a signature that `tried` did not make, for a certificate may be renewed under its old name: what a new download
   * gives, or, when that is the same, the one from before the last renewal, which may still be in use. Undefined when there is neither. It is
   * downloaded anew every few minutes at the most. Rejected when the store cannot be asked.
   */
  renewed(url: string, tried: Signer): Promise<Signer | undefined>
}

/** A source that is looked after. */
export interface LivingCertificateSource extends CertificateSource {
  /** Renews what is due, for nights without a callback. Never throws. */
  refresh(): Promise<void>
  figures(): SigningFigures
}

export interface CertificateSourceOptions extends ExpectedSigner, AuthorityOptions {
  issuerHosts: readonly string[]
  download: Download
  now: () => Date
  /** How long a signer is kept at the most, and how long a refusal is repeated. */
  ttlMs?: number
  refusalTtlMs?: number
  /** The least time between two downloads because a signature did not fit, and between two tries to renew in time. */
  renewalMs?: number
  log?: Log
}

/** From when until when something counts, in milliseconds since 1970. */
interface Span {
  since: number
  until: number
}

interface KnownSigner extends ProvenSigner, Span {
  /** When it is to be renewed, while it goes on to serve. */
  renewAt: number
}

interface Entry {
  /** The download that is under way. */
  loading?: Promise<ProvenSigner>
  /** The latest signer, and the one before it: what it has signed may still be on its way. */
  current?: KnownSigner
  before?: KnownSigner
  refusal?: Span & { failure: Failure }
  /** The last try to renew in time, and what it failed of, so that it is told once. */
  triedAt?: number
  trouble?: FailureCode
  /** The last download because of a signature: when, what comes of it while it is under way, and why nothing could be told by it. */
  askedAt?: number
  asking?: Promise<Signer | undefined>
  unanswered?: Span & { failure: Failure }
}

const hourMs = 60 * 60 * 1000
/** The time for a certificate and all of its issuers, after which no further download begins: whoever waits holds a place. */
const patienceMs = 8000
/** So many may wait for signers that are not known yet, while others are: a slow store must not keep out those whose signer is at hand. */
const maxWaiting = 128

/**
 * Downloads signing certificates, checks them and their path, and keeps the key: one download at a time for a URL, kept for a day or until
 * a certificate of the path ends, refusals for a short while. Reading a key from its certificate for each callback would cost eight times
 * the rest. Before its time is over a signer is renewed while it goes on to serve, so that neither the first callback of the next day nor an
 * outage of a few hours is felt.
 */
export function certificateSource(options: CertificateSourceOptions): LivingCertificateSource {
  const { now, log } = options
  const { ttlMs = 24 * hourMs, refusalTtlMs = 30_000, renewalMs = 5 * 60 * 1000 } = options
  const trusted = authorities(options)
  const figures = signingFigures()
  const urls = signerUrls<Entry>({ names: options.names, isGood: ({ current }) => current !== undefined })

  const downloadSigner = figures.counted('signer', options.download)
  const downloadIssuer = figures.counted('issuer', options.download)
  let waiting = 0

  /** One download at a time, whoever wants it. The known signer goes on to serve meanwhile, and afterwards if the new one is no good. */
  function load(url: string, entry: Entry): Promise<ProvenSigner> {
    entry.loading ??= downloadAndProve(url)
      .then(proven => accept(url, entry, proven))
      .catch(error => refuse(url, entry, error))
      .finally(() => {
        delete entry.loading
      })
    return entry.loading
  }

  async function downloadAndProve(url: string): Promise<ProvenSigner> {
    const by = now().getTime() + patienceMs
    const download: Download = async issuer => {
      if (now().getTime() > by) throw new Failure('CERTIFICATE_UNREACHABLE', 'There was no time left to ask the address of a certificate.')
      return await downloadIssuer(issuer)
    }
    const answer = await downloadSigner(url)
    return await proveSigner(answer, { ...options, authorities: trusted, download, at: now() })
  }

  function accept(url: string, entry: Entry, proven: ProvenSigner): ProvenSigner {
    const { current } = entry
    const isSame = current !== undefined && current.signer.thumbprint === proven.signer.thumbprint
    if (current) figures.renewal(isSame ? 'unchanged' : 'renewed')
    if (current && !isSame) entry.before = current
    const since = now().getTime()
    const end = Math.min(since + ttlMs, proven.end.getTime())
    // A certificate counts to the end of its last second.
    const until = Math.min(since + ttlMs, proven.end.getTime() + 1000)
    // At three quarters of its time and an hour before its end, but not at every callback when little is left.
    const renewAt = Math.max(since + renewalMs, Math.min(since + 0.75 * (end - since), end - hourMs))
    entry.current = { ...proven, signer: isSame ? current.signer : proven.signer, since, until, renewAt }
    delete entry.refusal
    delete entry.trouble
    if (urls.get(url) === undefined) urls.keep(url, entry)
    tell(url, proven, current)
    return proven
  }

  function tell(url: string, { signer, path }: ProvenSigner, before: ProvenSigner | undefined): void {
    const [, ...issuers] = namesOf(path)
    const [, ...issuersBefore] = namesOf(before?.path ?? path)
    const origins = path.map(({ origin }) => origin)
    log?.info({ thumbprint: signer.thumbprint, path: namesOf(path), origins }, 'A signing certificate is accepted.')
    if (issuers.join('\n') !== issuersBefore.join('\n'))
      log?.warn({ url, before: issuersBefore, after: issuers }, 'The signing certificate comes from other authorities than before.')
  }

  function refuse(url: string, entry: Entry, error: unknown): never {
    const failure = toBeRepeated(failureFrom(error))
    const at = now().getTime()
    if (entry.current) figures.renewal('failed')
    if (entry.current && isWithin(entry.current, at)) {
      const servesUntil = new Date(entry.current.until)
      if (entry.trouble !== failure.code)
        log?.warn({ code: failure.code, url, servesUntil, err: failure }, 'A signing certificate cannot be renewed: the known one serves.')
    } else {
      entry.refusal = { failure, since: at, until: at + refusalTtlMs }
      log?.warn({ code: failure.code, err: failure }, 'A signing certificate is refused.')
    }
    entry.trouble = failure.code
    throw failure
  }

  /** For a URL whose signer is not known, or whose time is over. */
  function begin(url: string, known: Entry | undefined): Promise<ProvenSigner> {
    if (known?.current === undefined) urls.countTry(url, now().getTime())
    const entry = known ?? {}
    urls.keep(url, entry)
    return load(url, entry)
  }

  /** The try itself, when one is due and the last one long enough ago. */
  async function renewInTime(url: string, entry: Entry, at: number): Promise<void> {
    if (entry.loading !== undefined || isRecent(entry.triedAt, at)) return
    entry.triedAt = at
    await load(url, entry).catch(() => undefined)
  }

  /**
   * What a new download gives, unless it is what was there before. While the store cannot be asked, nobody knows whether the signature is that of a
   * renewed certificate or a forgery: that is said instead, and soon tried again.
   */
  async function askAgain(url: string, entry: Entry): Promise<Signer | undefined> {
    const before = entry.current?.signer.thumbprint
    delete entry.unanswered
    try {
      const { signer } = await load(url, entry)
      return signer.thumbprint === before ? undefined : signer
    } catch (error) {
      const failure = failureFrom(error)
      if (failure.retry !== 'later') return undefined
      const since = now().getTime()
      entry.unanswered = { failure, since, until: since + refusalTtlMs }
      throw failure
    } finally {
      delete entry.asking
    }
  }

  const isRecent = (moment: number | undefined, at: number): boolean => moment !== undefined && Math.abs(at - moment) < renewalMs
  const toBeRepeated = (failure: Failure): Failure =>
    failure.retry === 'later' ? new Failure(failure.code, failure.message, { cause: failure, retryAfterMs: refusalTtlMs }) : failure

  /** Waits for a signer that is not known. */
  async function wait(url: string, entry: Entry | undefined): Promise<Signer> {
    if (waiting >= maxWaiting && serving().length > 0)
      throw new Failure('CERTIFICATE_UNREACHABLE', 'Too many callbacks wait for certificates.', { retryAfterMs: 5000 })
    waiting += 1
    try {
      if (entry?.loading) {
        await entry.loading
        // It may have begun as a renewal before the end that is over by now.
        const signer = known(url)
        if (signer) return signer
      }
      return (await begin(url, entry)).signer
    } finally {
      waiting -= 1
    }
  }

  function known(url: string): Signer | undefined {
    const entry = urls.get(url)
    const at = now().getTime()
    if (!entry?.current || !isWithin(entry.current, at)) return undefined
    if (at >= entry.current.renewAt) void renewInTime(url, entry, at)
    return entry.current.signer
  }

  function serving(): ProvenSigner[] {
    const at = now().getTime()
    return urls.all().flatMap(([, { current }]) => (current && isWithin(current, at) ? [current] : []))
  }

  return {
    known,
    async get(url) {
      const entry = urls.get(url)
      const refusal = entry?.loading ? undefined : entry?.refusal
      const signer = known(url)
      if (signer === undefined && refusal && isWithin(refusal, now().getTime())) throw refusal.failure
      return signer ?? (await wait(url, entry))
    },
    async renewed(url, tried) {
      const entry = urls.get(url)
      if (entry?.current === undefined) return undefined
      // It was renewed since.
      if (entry.current.signer.thumbprint !== tried.thumbprint) return known(url)
      const at = now().getTime()
      if (entry.unanswered && isWithin(entry.unanswered, at)) throw entry.unanswered.failure
      // Callbacks that come meanwhile share one download, a renewal in time included; afterwards its result is the present signer.
      const isDue = entry.loading !== undefined || entry.unanswered !== undefined || !isRecent(entry.askedAt, at)
      if (entry.asking === undefined && isDue) {
        entry.askedAt = at
        entry.asking = askAgain(url, entry)
      }
      const renewed = await entry.asking
      return renewed ?? (entry.before && isWithin(entry.before, at) ? entry.before.signer : undefined)
    },
    async refresh() {
      const at = now().getTime()
      // For a day past its time it is tried; a file that is gone for good is not asked for ever.
      const due = urls.all().filter(([, { current }]) => current && at >= current.renewAt && at < current.until + 24 * hourMs)
      await Promise.all(due.map(([url, entry]) => renewInTime(url, entry, at)))
    },
    figures: () => figures.with(serving().map(({ path }) => path))
  }
}

function namesOf(path: readonly PathStep[]): string[] {
  return path.map(({ certificate }) => nameText(certificate.subject))
}

/** Also false after the clock was set back: what was decided in the future counts for nothing. */
function isWithin({ since, until }: Span, at: number): boolean {
  return at >= since && at < until
}
