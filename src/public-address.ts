/** Only hosts on the internet are connected to on behalf of somebody else: what is in figures, and what the DNS says. */
import type { LookupOptions } from 'node:dns'
import { BlockList, isIPv4, isIPv6, type LookupFunction } from 'node:net'

/**
 * Networks that are no public host's. Sources: the IANA special-purpose address registries (RFC 6890), multicast and class E; the platform's own
 * address in every virtual machine of Azure (learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16).
 */
const special = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20'
]

const networks = blockList(special)
/** All that is handed out of IPv6; outside are loopback, link-local, unique local and multicast addresses, and IPv4 within IPv6. */
const globalUnicast = blockList(['2000::/3'])

/** Whether an address in figures may be that of a host on the internet. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !networks.check(address, 'ipv4')
  return isIPv6(address) && globalUnicast.check(address, 'ipv6') && !networks.check(address, 'ipv6')
}

/** The DNS, as in node:dns. */
export type Lookup = (
  name: string,
  options: LookupOptions & { all: true },
  done: (error: Error | null, addresses: { address: string; family: number }[]) => void
) => void

/** An address that may not be connected to. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError'
}

/**
 * Looks a name up and fails when any of its addresses is not allowed, as private ones are not: the answer is the one that is connected to, no
 * second one can slip in.
 */
export function guardedLookup(lookup: Lookup, isAllowed: (address: string) => boolean = isPublicAddress): LookupFunction {
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error || first === undefined) return callback(error ?? new Error('The name has no address.'), '', 4)
      if (!addresses.every(({ address }) => isAllowed(address))) return callback(new PrivateAddressError(), '', 4)
      if (options.all) return callback(null, addresses)
      callback(null, first.address, first.family)
    })
  }
}

function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [address = '', bits] = subnet.split('/')
    list.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4')
  }
  return list
}
