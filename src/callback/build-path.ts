import { Failure } from '../failure.ts'
import { type Certificate, readableCertificates } from './certificate.ts'
import { chainFailure } from './check-chain.ts'
import type { Download } from './download.ts'
import { type CertificateIndex, certificateIndex, findPath } from './find-path.ts'
import { issuerCertificates } from './read-certificates.ts'
import { isSignedBy } from './signature-algorithm.ts'

/** Microsoft's chain of today needs two hops; three leave room for one more authority. */
const maxHops = 3
const maxFetches = 4

export interface PathSearch {
  anchors: CertificateIndex
  /** Intermediates at hand. */
  pool: readonly Certificate[]
  /** Hosts that issuers' addresses may name, exactly. */
  issuerHosts: readonly string[]
  download: Download
  at: Date
}

export interface BuiltPath {
  /** Leaf first, root last. */
  path: readonly Certificate[]
  /** What was fetched on the way: each has signed a certificate that was there before it. */
  fetched: readonly Certificate[]
}

/**
 * A path from the leaf to an anchor. When the intermediates at hand do not suffice, the missing issuers are fetched from the addresses that
 * the certificates themselves name (authority information access, RFC 5280 section 4.2.2.1). The leaf must have been checked by itself
 * before, so that nobody can make us fetch with a certificate of his own.
 *
 * @throws CERTIFICATE_CHAIN_UNTRUSTED, CERTIFICATE_CHAIN_REFUSED, CERTIFICATE_ISSUER_UNREACHABLE when an address that might have led on
 * gave no certificate
 */
export async function buildPath(leaf: Certificate, search: PathSearch): Promise<BuiltPath> {
  const { anchors, pool, at } = search
  const fetched: Certificate[] = []
  const asked = new Set<string>()
  /** What came of the last address that gave nothing; its host is one of the list. */
  let trouble: { host: string; error: unknown } | undefined
  for (let hop = 0; ; hop++) {
    const found = findPath({ leaf, pool: certificateIndex([...pool, ...fetched]), anchors, at, purpose: 'serverAuth' })
    if (found.path !== undefined) return { path: found.path, fetched }
    const issuers = hop < maxHops ? await fetchIssuers(found.ends) : []
    if (issuers.length === 0) {
      if (trouble === undefined) throw chainFailure(found.refusal)
      const { host, error } = trouble
      const why = error instanceof Failure ? ` ${error.message}` : ''
      throw new Failure('CERTIFICATE_ISSUER_UNREACHABLE', `The certificate of an issuer could not be fetched from ${host}.${why}`, {
        cause: error
      })
    }
    fetched.push(...issuers)
  }

  /** The issuers that the first useful address of an end gives, and that are not at hand yet. */
  async function fetchIssuers(ends: readonly Certificate[]): Promise<Certificate[]> {
    for (const end of ends) {
      for (const url of end.extensions.issuerUrls ?? []) {
        if (asked.has(url) || asked.size >= maxFetches || !isIssuerUrl(url, search.issuerHosts)) continue
        asked.add(url)
        const issuers = leadingOn(end, await fetchCertificates(url))
        const news = issuers.filter(issuer => ![...pool, ...fetched].some(({ der }) => der.equals(issuer.der)))
        if (news.length > 0) return news
      }
    }
    return []
  }

  async function fetchCertificates(url: string): Promise<Certificate[]> {
    try {
      const certificates = readableCertificates(issuerCertificates(await search.download(url)))
      if (certificates.length === 0) throw new Failure('CERTIFICATE_UNREADABLE', 'What it answered is no certificate.')
      return certificates
    } catch (error) {
      trouble = { host: new URL(url).hostname, error }
      return []
    }
  }
}

/** The issuers of `end`, and theirs as far as they came along with them: an answer may hold a whole chain. */
function leadingOn(end: Certificate, certificates: readonly Certificate[]): Certificate[] {
  const found: Certificate[] = []
  for (let below: readonly Certificate[] = [end]; below.length > 0; ) {
    const issuers = certificates.filter(issuer => !found.includes(issuer) && below.some(certificate => isIssuedBy(certificate, issuer)))
    found.push(...issuers)
    below = issuers
  }
  return found
}

function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  return certificate.issuer.key === issuer.subject.key && isSignedBy(certificate, issuer)
}

/** Whether issuers may be fetched from there. Plain http is usual here: what comes is checked by its signature. */
export function isIssuerUrl(text: string, hosts: readonly string[]): boolean {
  if (text.length > 1024 || !URL.canParse(text)) return false
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return false
  return hosts.includes(url.hostname) && url.port === '' && `${url.username}${url.password}${url.search}${url.hash}` === ''
}
