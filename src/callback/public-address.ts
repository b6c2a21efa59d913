import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** Networks that are no public host's. Source: the IANA special-purpose address registries (RFC 6890), multicast and class E. */
const special = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
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

function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [address = '', bits] = subnet.split('/')
    list.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4')
  }
  return list
}
