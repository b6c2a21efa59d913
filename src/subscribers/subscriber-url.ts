import { BlockList } from 'node:net'
import { type AllowedHosts, addressOf, isHostName, plainHost } from '../allowed-hosts.ts'
import { Failure } from '../failure.ts'

/** Longer than any trigger URL of a flow, which has about 300 characters. */
const maxLength = 4000

/** Where a message goes; the host is in one form, whatever form the URL had it in. */
export interface Target {
  url: URL
  /** For people: the host, with the port when it is not the usual one. */
  host: string
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/**
 * Reads a subscriber's URL and checks that something may be sent there: https, an allowed host and port, no user, no fragment. Plain http is
 * for a loopback address that is allowed with its port. Only the parsed URL is used from here on, so that no second reader can understand the
 * text in another way.
 *
 * @throws SUBSCRIBER_URL_REFUSED, whose message names nothing of the URL but its host
 */
export function readSubscriberUrl(text: string, hosts: AllowedHosts): Target {
  if (text.length > maxLength) throw refused(`is longer than ${maxLength} characters`)
  // The URL standard takes blanks and control characters out and reads a backslash as a slash: nothing that is honest has any of them.
  if (/[\s\\\p{Cc}]/u.test(text) || !/^https?:\/\/[^/?#]/i.test(text) || !URL.canParse(text)) throw refused('is not an https URL')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || /^[^/]*\/\/[^/?#]*@/.test(text)) throw refused('names a user')
  if (text.includes('#')) throw refused('has a fragment')
  url.hostname = plainHost(url)
  const { hostname } = url
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  if (addressOf(hostname) === undefined && !isHostName(hostname)) throw refused('has no proper host name')
  if (url.protocol !== 'https:' && !isLoopback(hostname)) throw refused('is not an https URL')
  if (!hosts.allows(hostname, port)) throw refused(`points to ${url.host}, which is not in SUBSCRIBER_HOSTS`)
  return { url, host: url.host }
}

function isLoopback(host: string): boolean {
  const address = addressOf(host)
  return address !== undefined && loopback.check(address, address.includes(':') ? 'ipv6' : 'ipv4')
}

function refused(what: string): Failure {
  return new Failure('SUBSCRIBER_URL_REFUSED', `The callback URL ${what}.`)
}
