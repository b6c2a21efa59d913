import { Failure } from '../failure.ts'
import type { Certificate } from './certificate.ts'
import { readCertificate } from './certificate.ts'
import { chainFailure } from './check-chain.ts'
import type { Download } from './download.ts'
import { type CertificateIndex, certificateIndex, findPath } from './find-path.ts'
import { issuerCertificates } from './read-certificates.ts'

/** Microsoft's chain of today needs two hops; three leave room for one more authority. */
const maxHops = 3
const maxFetches = 4
const maxPool = 200

export interface PathSearch {
  anchors: CertificateIndex
  /** Intermediates at hand; those that are fetched join them. */
  pool: Certificate[]
  /** Hosts that issuers' addresses may name, exactly. */
  issuerHosts: readonly string[]
  download: Download
  at: Date
}

/**
 * A path from the leaf to an anchor. When the pool does not suffice, the issuers' certificates are fetched from the addresses that the
 * certificates themselves name (authority information access, RFC 5280 4.2.2.1). The leaf must have been checked by itself before, so
 * that nobody can make us fetch with a certificate of his own.
 *
 * @throws CERTIFICATE_CHAIN_UNTRUSTED, CERTIFICATE_CHAIN_REFUSED, CERTIFICATE_ISSUER_UNREACHABLE when an address that might have led on did not answer
 */
export async function buildPath(
  leaf: Certificate,
  { anchors, pool, issuerHosts, download, at }: PathSearch
): Promise<readonly Certificate[]> {
  const asked = new Set<string>()
  let unreachable: unknown
  for (let hop = 0; ; hop++) {
    const found = findPath({ leaf, pool: certificateIndex(pool), anchors, at, purpose: 'serverAuth' })
    if (found.path !== undefined) return found.path
    const urls = hop < maxHops ? nextUrls(found.ends, issuerHosts, asked).slice(0, maxFetches - asked.size) : []
    const fetched = await Promise.all(
      urls.map(async url => {
        asked.add(url)
        try {
          return issuerCertificates(await download(url))
        } catch (error) {
          unreachable = error
          return []
        }
      })
    )
    const news = fetched
      .flat()
      .flatMap(readable)
      .filter(certificate => !pool.some(({ der }) => der.equals(certificate.der)))
    if (news.length === 0) {
      if (unreachable !== undefined)
        throw new Failure('CERTIFICATE_ISSUER_UNREACHABLE', 'The certificate of an issuer could not be fetched.', { cause: unreachable })
      throw chainFailure(found.refusal)
    }
    pool.push(...news)
    pool.splice(0, Math.max(0, pool.length - maxPool))
  }
}

/** The addresses of missing issuers that may be asked and have not been yet, in the order of the ends. */
function nextUrls(ends: readonly Certificate[], hosts: readonly string[], asked: ReadonlySet<string>): string[] {
  const urls = ends.flatMap(({ extensions }) => extensions.issuerUrls ?? []).filter(url => isAllowed(url, hosts) && !asked.has(url))
  return [...new Set(urls)]
}

/** Plain http is usual here: what comes is checked by its signature. */
function isAllowed(text: string, hosts: readonly string[]): boolean {
  if (text.length > 2048 || !URL.canParse(text)) return false
  const url = new URL(text)
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:'
  return (
    isWeb &&
    hosts.includes(url.hostname) &&
    url.port === '' &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  )
}

function readable(der: Buffer): Certificate[] {
  try {
    return [readCertificate(der)]
  } catch {
    return []
  }
}
