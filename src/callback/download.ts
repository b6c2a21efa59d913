import { lookup as systemLookup } from 'node:dns'
import { isIP } from 'node:net'
import { rootCertificates } from 'node:tls'
import { Agent, buildConnector, request } from 'undici'
import { Failure } from '../failure.ts'
import { guardedLookup, isPublicAddress, type Lookup, PrivateAddressError } from '../public-address.ts'

/** Fetches the bytes behind a URL. @throws CERTIFICATE_UNREACHABLE, CERTIFICATE_UNREADABLE */
export type Download = (url: string) => Promise<Buffer>

export interface DownloadOptions {
  /** Where to connect to for a host, as `address:port`, instead of asking the DNS; the only way to a private address. */
  connectTo?: Readonly<Record<string, string>>
  /** Roots to trust for TLS beside the public ones, as PEM. */
  tlsRoots?: readonly string[]
  /** For the whole download, in milliseconds. */
  timeoutMs?: number
  /** The DNS, as in node:dns. */
  lookup?: Lookup
}

/** Public certificates have 0.7 to 6.4 kB as DER, measured over the public web; PEM adds a third. */
const maxBytes = 16 * 1024

/**
 * Downloads of certificates: one deadline over all, a size limit, no redirect, no decompression, and no private address, whatever the DNS
 * says at the moment of connecting.
 */
export function certificateDownload(options: DownloadOptions = {}): Download {
  const { connectTo = {}, tlsRoots = [], timeoutMs = 5000, lookup = systemLookup } = options
  const connect = buildConnector({
    timeout: timeoutMs,
    lookup: guardedLookup(lookup),
    ...(tlsRoots.length > 0 && { ca: [...rootCertificates, ...tlsRoots] })
  })
  const targets = new Map(Object.entries(connectTo))
  const dispatcher = new Agent({
    connections: 4,
    pipelining: 1,
    maxResponseSize: maxBytes,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: 1000,
    connect: (to, callback) => {
      const host = to.hostname.replace(/^\[|\]$/g, '')
      const target = targets.get(host)
      if (target !== undefined) {
        const { hostname, port } = new URL(`http://${target}`)
        return connect({ ...to, hostname: hostname.replace(/^\[|\]$/g, ''), port, servername: to.servername ?? host }, callback)
      }
      // An address in figures is not looked up, and so is judged here.
      if (isIP(host) !== 0 && !isPublicAddress(host)) return callback(new PrivateAddressError(), null)
      connect(to, callback)
    }
  })

  return async url => {
    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher,
        signal: AbortSignal.timeout(timeoutMs),
        headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'referral-connector' }
      })
      const refusal = answerFailure(statusCode, headers['content-encoding'])
      if (refusal !== undefined) {
        body.on('error', () => undefined).destroy()
        throw refusal
      }
      return Buffer.from(await body.arrayBuffer())
    } catch (error) {
      throw downloadFailure(error)
    }
  }
}

function answerFailure(status: number, encoding: string | string[] | undefined): Failure | undefined {
  if (status !== 200) return new Failure('CERTIFICATE_UNREACHABLE', `The address of a certificate answered with status ${status}.`)
  if (encoding === undefined || encoding === 'identity') return undefined
  return new Failure('CERTIFICATE_UNREADABLE', 'The address of a certificate answered in a compressed form.')
}

function downloadFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const { code, name } = error as { code?: unknown; name?: unknown }
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new Failure('CERTIFICATE_UNREADABLE', `The address of a certificate answered with more than ${maxBytes} bytes.`, {
      cause: error
    })
  }
  const isLate = name === 'TimeoutError' || /TIMED?_?OUT$/.test(String(code))
  const why =
    error instanceof PrivateAddressError ? 'leads to a private network' : isLate ? 'did not answer in time' : 'could not be reached'
  return new Failure('CERTIFICATE_UNREACHABLE', `The address of a certificate ${why}.`, { cause: error })
}
