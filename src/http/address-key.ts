import { isIP, isIPv4, isIPv6 } from 'node:net'
import { normalizeIP } from '@fastify/rate-limit'

/**
 * One key for everybody who can send from an address. Some proxies write the port behind it (Azure Application Gateway, App Service), IPv4 may
 * come in the form of IPv6, and of IPv6 a whole /64 belongs to one customer. What is no address has one key for all.
 */
export function addressKey(text: string | undefined): string {
  // Asked several times for each request, and nearly always this.
  if (text !== undefined && isIPv4(text)) return text
  const address = [text, textInBrackets(text), text?.replace(/:\d{1,5}$/, '')].find(form => isIP(form ?? '') !== 0)
  if (address === undefined) return 'unknown'
  return isIPv6(address) ? normalizeIP(address.replace(/%.*$/, ''), 64) : address
}

function textInBrackets(text: string | undefined): string | undefined {
  return /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text ?? '')?.[1]
}
