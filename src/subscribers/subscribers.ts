import { lookup as systemLookup } from 'node:dns'
import { rootCertificates } from 'node:tls'
import { Agent, buildConnector, request } from 'undici'
import { type AllowedHosts, addressOf, allowedHosts } from '../allowed-hosts.ts'
import { Failure } from '../failure.ts'
import type { Log, Subscribers } from '../ports.ts'
import { guardedLookup, isPublicAddress, type Lookup, PrivateAddressError } from '../public-address.ts'
import { sign } from './sign.ts'
import { readSubscriberUrl, type Target } from './subscriber-url.ts'
import { failureFromAnswer, failureFromError } from './to-failure.ts'

export interface SubscriberOptions {
  /** Entries of SUBSCRIBER_HOSTS. */
  hosts: readonly string[]
  now: () => Date
  log: Log
  /** The DNS, as in node:dns. */
  lookup?: Lookup
  /** In milliseconds: for one message as a whole, 10 seconds, and for a connection alone, 5. */
  timeouts?: { total?: number; connect?: number }
  /** Roots to trust for TLS beside the public ones, as PEM. */
  tlsRoots?: readonly string[]
}

/** Of one region of the flows many may be told at once, and none may take all sockets. */
const socketsPerHost = 8
/** Nobody reads what a subscriber answers; so much is taken from the line to keep the connection. */
const maxAnswerBytes = 4096

/**
 * Sends messages signed as Standard Webhooks has it: one deadline over all, no redirect, no answer read, and no private address, whatever the
 * DNS says at the moment of connecting, unless the very host and port are in the list.
 * @throws CONFIG_INVALID for a list that cannot be read
 */
export function webhookSubscribers({ now, log, lookup = systemLookup, timeouts = {}, ...options }: SubscriberOptions): Subscribers {
  const { total = 10_000, connect = 5000 } = timeouts
  const hosts = allowedHosts(options.hosts)
  const dispatcher = new Agent({
    connections: socketsPerHost,
    pipelining: 1,
    headersTimeout: total,
    bodyTimeout: total,
    connect: guarded(hosts, { lookup, timeout: connect, tlsRoots: options.tlsRoots ?? [] })
  })

  return {
    check(url) {
      readSubscriberUrl(url, hosts)
    },
    async send({ url, secret }, message) {
      const target = targetOf(url, hosts)
      const headers = {
        ...sign(message, secret),
        'content-type': 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'referral-connector'
      }
      const { status, retryAfter } = await post(target, { headers, body: message.body })
      log.debug({ host: target.host, messageId: message.id, status }, 'A subscriber has answered.')
      if (status < 200 || status > 299) throw failureFromAnswer(status, { host: target.host, retryAfter, now: now() })
    }
  }

  async function post(
    { url, host }: Target,
    message: { headers: Record<string, string>; body: string }
  ): Promise<{ status: number; retryAfter: string | undefined }> {
    const signal = AbortSignal.timeout(total)
    try {
      const { statusCode, headers, body } = await request(url, { ...message, method: 'POST', dispatcher, signal })
      // The status decides. What follows it is nobody's concern, and must neither hold up the next message nor fail this one.
      void body.dump({ limit: maxAnswerBytes, signal }).catch(() => undefined)
      return { status: statusCode, retryAfter: [headers['retry-after']].flat()[0] }
    } catch (error) {
      throw failureFromError(error, host)
    }
  }
}

/** The list may have become narrower since the subscription was made. */
function targetOf(url: string, hosts: AllowedHosts): Target {
  try {
    return readSubscriberUrl(url, hosts)
  } catch (error) {
    const { message } = error as Failure
    throw new Failure('SUBSCRIBER_REFUSED', `Nothing is sent there any more. ${message}`, { cause: error })
  }
}

/** Connects to public addresses only, but for a host and port that are in the list to the letter. */
function guarded(
  hosts: AllowedHosts,
  { lookup, timeout, tlsRoots }: { lookup: Lookup; timeout: number; tlsRoots: readonly string[] }
): buildConnector.connector {
  const tls = tlsRoots.length > 0 ? { ca: [...rootCertificates, ...tlsRoots] } : {}
  const anywhere = buildConnector({ timeout, lookup: guardedLookup(lookup, () => true), ...tls })
  const publicly = buildConnector({ timeout, lookup: guardedLookup(lookup), ...tls })
  return (to, callback) => {
    const { hostname, port, protocol } = to
    const address = addressOf(hostname)
    const host = address?.includes(':') ? `[${address}]` : hostname
    if (hosts.isNamed(host, port || (protocol === 'https:' ? '443' : '80'))) return anywhere(to, callback)
    // An address in figures is not looked up, and so is judged here.
    if (address !== undefined && !isPublicAddress(address)) return callback(new PrivateAddressError(), null)
    publicly(to, callback)
  }
}
