import { lookup as resolve } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { rootCertificates } from 'node:tls'
import { Agent, buildConnector, request } from 'undici'
import { Failure } from '../failure.ts'

/** Fetches the bytes behind a URL. @throws CERTIFICATE_UNREACHABLE, CERTIFICATE_UNREADABLE */
export type Download = (url: string) => Promise<Buffer>

export interface DownloadOptions {
  /** Where to connect to for a host, as `address:port`, instead of asking the DNS; the only way to a private address. */
  connectTo?: Readonly<Record<string, string>>
  /** Roots to trust for TLS beside the public ones, as PEM. */
  tlsRoots?: readonly string[]
  /** For the whole download, in milliseconds. */
  timeoutMs?: number
}

/** Public certificates have 0.7 to 6.4 kB as DER, measured over the public web; PEM adds a third. */
const maxBytes = 16 * 1024

/**
 * Downloads of certificates: one deadline over all, a size limit, no redirect, no decompression, and no private address, whatever the DNS says
 * at the moment of connecting.
 */
export function certificateDownload({ connectTo = {}, tlsRoots = [], timeoutMs = 5000 }: DownloadOptions = {}): Download {
  const connect = buildConnector({
    timeout: timeoutMs,
    lookup: publicOnly,
    ...(tlsRoots.length > 0 && { ca: [...rootCertificates, ...tlsRoots] })
  })
  const dispatcher = new Agent({
    connections: 4,
    pipelining: 1,
    maxResponseSize: maxBytes,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: 1000,
    connect: (options, callback) => {
      const target = connectTo[options.hostname]
      if (target === undefined && isPrivate(options.hostname)) return callback(new PrivateAddressError(), null)
      if (target === undefined) return connect(options, callback)
      const { hostname, port } = new URL(`http://${target}`)
      connect({ ...options, hostname, port, servername: options.servername ?? options.hostname }, callback)
    }
  })

  return async url => {
    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher,
        signal: AbortSignal.timeout(timeoutMs),
        headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'referral-connector' }
      })
      if (statusCode !== 200) {
        body.destroy()
        throw new Failure('CERTIFICATE_UNREACHABLE', `The certificate's address answered ${statusCode}.`)
      }
      if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
        body.destroy()
        throw new Failure('CERTIFICATE_UNREADABLE', "The certificate's address answered in a compressed form.")
      }
      return Buffer.from(await body.arrayBuffer())
    } catch (error) {
      throw downloadFailure(error)
    }
  }
}

class PrivateAddressError extends Error {}

const privateAddresses = new BlockList()
for (const [net, bits] of [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12]
  ] as const),
  ...([
    ['192.0.0.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4]
  ] as const)
])
  privateAddresses.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [
  ['::', 128],
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
  ['64:ff9b::', 96],
  ['2002::', 16]
] as const)
  privateAddresses.addSubnet(net, bits, 'ipv6')

/** Addresses that are no public host's (IANA special-purpose registries), IPv4 within IPv6 included. */
function isPrivate(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && privateAddresses.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

/** Looks a name up as node does, and fails when any of its addresses is private: checked here, no second answer of the DNS can slip in. */
const publicOnly: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? []
    if (error || first === undefined) return callback(error ?? new Error('The name has no address.'), '', 4)
    if (addresses.some(({ address }) => isPrivate(address))) return callback(new PrivateAddressError(), '', 4)
    if (options.all) return callback(null, addresses)
    callback(null, first.address, first.family)
  })
}

function downloadFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const { code, name } = error as { code?: string; name?: string }
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE')
    return new Failure('CERTIFICATE_UNREADABLE', `The certificate's address answered more than ${maxBytes} bytes.`, { cause: error })
  const why =
    error instanceof PrivateAddressError
      ? 'leads to a private network'
      : name === 'TimeoutError'
        ? 'did not answer in time'
        : 'could not be reached'
  return new Failure('CERTIFICATE_UNREACHABLE', `The certificate's address ${why}.`, { cause: error })
}
