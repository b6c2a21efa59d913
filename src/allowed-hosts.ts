import { isIP } from 'node:net'
import { Failure } from './failure.ts'

/** One entry of SUBSCRIBER_HOSTS, read. */
interface Entry {
  host: string
  /** Any name below `host`, and not `host` itself. */
  isBelow: boolean
  /** As it was written; 443 is meant when there is none. */
  port: string | undefined
}

/** Where messages may go. Host names are those of a parsed URL; ports are in figures, never empty. */
export interface AllowedHosts {
  allows(host: string, port: string): boolean
  /** Whether the very host and port were written down: the operator means this one, even when it is an address of the own network. */
  isNamed(host: string, port: string): boolean
}

/**
 * Reads the entries of SUBSCRIBER_HOSTS: `name`, `*.name`, each with `:port` if need be, and addresses in figures, always with their port.
 * @throws CONFIG_INVALID for an entry that is none of these
 */
export function allowedHosts(written: readonly string[]): AllowedHosts {
  const entries = written.map(readEntry)
  return {
    allows: (host, port) =>
      entries.some(entry => (entry.isBelow ? isNameBelow(host, entry.host) : host === entry.host) && port === (entry.port ?? '443')),
    isNamed: (host, port) => entries.some(entry => !entry.isBelow && host === entry.host && port === entry.port)
  }
}

/** Whether it is an entry that `allowedHosts` reads. */
export function isHostEntry(written: string): boolean {
  try {
    readEntry(written)
    return true
  } catch {
    return false
  }
}

/** The host of a parsed URL, without the dot that ends a fully qualified name. */
export function plainHost(url: URL): string {
  return url.hostname.replace(/\.$/, '')
}

/** The address in figures that a host of a URL is; undefined for a name. */
export function addressOf(host: string): string | undefined {
  const bare = host.replace(/^\[|\]$/g, '')
  return isIP(bare) === 0 ? undefined : bare
}

/** Whether it is a name in the form that URLs have it in: labels of ASCII, none of them empty. */
export function isHostName(host: string): boolean {
  return addressOf(host) === undefined && /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host)
}

function isNameBelow(host: string, name: string): boolean {
  return host.length > name.length + 1 && host.endsWith(`.${name}`) && addressOf(host) === undefined
}

function readEntry(written: string): Entry {
  const [, star, name = '', port] = /^(\*\.)?(\[[0-9a-f:.]+\]|[^\s:/?#@*[\]\\]+)(?::(\d{1,5}))?$/i.exec(written) ?? []
  const isBelow = star !== undefined
  // Read as a URL is read, so that both sides come out in one form: lower case, Punycode, figures in their usual form.
  if (name === '' || !URL.canParse(`https://${name}`) || Number(port ?? 443) > 65_535) throw invalid(written, 'is no host name')
  const host = plainHost(new URL(`https://${name}`))
  if (addressOf(host) === undefined && !isHostName(host)) throw invalid(written, 'is no host name')
  if (isBelow && !host.includes('.')) throw invalid(written, 'would let in a whole top-level domain')
  if (addressOf(host) !== undefined && (isBelow || port === undefined)) throw invalid(written, 'is an address and needs its port')
  return { host, isBelow, port: port === undefined ? undefined : String(Number(port)) }
}

function invalid(written: string, what: string): Failure {
  return new Failure('CONFIG_INVALID', `SUBSCRIBER_HOSTS: «${written.slice(0, 100)}» ${what}.`)
}
