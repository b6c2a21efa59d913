/** Whether a name lies within the base of a name constraint. Source: RFC 5280 section 4.2.1.10. */
import type { GeneralName } from './general-names.ts'

/** How to answer when a name could lie on either side: a permitted subtree must hold all of it, an excluded one nothing of it. */
export type Reading = 'permitted' | 'excluded'

/** Whether the base is written as it has to be; one that is not makes the whole constraint worthless, and so the certificate. */
export function isBase(base: GeneralName): boolean {
  switch (base.kind) {
    case 'dns':
      return base.text === '' || isHost(base.text)
    case 'email':
      return isMailbox(base.text) || isHost(withoutDot(base.text))
    case 'uri':
      return isHost(withoutDot(base.text))
    case 'ip':
      return (base.bytes.length === 8 || base.bytes.length === 32) && isMask(base.bytes.subarray(base.bytes.length / 2))
    default:
      return true
  }
}

/** Whether the name is one that can be judged; where names of its kind are constrained, one that cannot be is refused. */
export function isJudgeable(name: GeneralName): boolean {
  switch (name.kind) {
    case 'dns':
      return isHost(name.text.startsWith('*.') ? name.text.slice(2) : name.text)
    case 'email':
      return isMailbox(name.text)
    case 'uri':
      return hostOf(name.text) !== undefined
    case 'ip':
      return name.bytes.length === 4 || name.bytes.length === 16
    case 'directory':
      return true
    case 'other':
      return false
  }
}

/** For a base and a judgeable name of one kind. */
export function isWithin(name: GeneralName, base: GeneralName, reading: Reading): boolean {
  if (name.kind === 'dns' && base.kind === 'dns') return isDnsWithin(lower(name.text), lower(base.text), reading)
  if (name.kind === 'email' && base.kind === 'email') return isMailWithin(name.text, base.text, reading)
  if (name.kind === 'uri' && base.kind === 'uri') return isHostWithin(hostOf(name.text) ?? '', lower(base.text))
  if (name.kind === 'ip' && base.kind === 'ip') return isAddressWithin(name.bytes, base.bytes)
  if (name.kind === 'directory' && base.kind === 'directory') {
    return base.name.rdns.every((rdn, index) => name.name.rdns[index] === rdn)
  }
  return false
}

function isDnsWithin(name: string, base: string, reading: Reading): boolean {
  if (base === '') return true
  if (isSubdomain(name, base)) return true
  // A wildcard stands for names one label longer, and so may touch an excluded name that is not above it (CVE-2025-61727).
  return reading === 'excluded' && name.startsWith('*.') && base.slice(base.indexOf('.') + 1) === name.slice(2)
}

function isSubdomain(name: string, base: string): boolean {
  return name === base || name.endsWith(`.${base}`)
}

/** A base with a dot in front stands for all hosts below it, one without for that host only. */
function isHostWithin(host: string, base: string): boolean {
  return base.startsWith('.') ? host.endsWith(base) : host === base
}

function isMailWithin(mailbox: string, base: string, reading: Reading): boolean {
  const [local, host] = splitMailbox(mailbox)
  if (!base.includes('@')) return isHostWithin(lower(host), lower(base))
  const [baseLocal, baseHost] = splitMailbox(base)
  const isLocal = reading === 'excluded' ? lower(local) === lower(baseLocal) : local === baseLocal
  return isLocal && lower(host) === lower(baseHost)
}

function isAddressWithin(address: Buffer, base: Buffer): boolean {
  const size = base.length / 2
  return address.length === size && address.every((byte, i) => ((byte ^ (base[i] ?? 0)) & (base[size + i] ?? 0)) === 0)
}

function isMask(mask: Buffer): boolean {
  return /^1*0*$/.test([...mask].map(byte => byte.toString(2).padStart(8, '0')).join(''))
}

function isHost(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/i.test(text)
}

function isMailbox(text: string): boolean {
  const [local, host, ...more] = text.split('@')
  return local !== undefined && /^[^\s"(),:;<>[\\\]]+$/.test(local) && host !== undefined && isHost(host) && more.length === 0
}

function splitMailbox(text: string): [string, string] {
  const at = text.indexOf('@')
  return [text.slice(0, at), text.slice(at + 1)]
}

/** The host of an absolute URI with an authority; none for an address in figures, which no constraint can hold. */
function hostOf(uri: string): string | undefined {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@[\]]+)(?::\d*)?(?:[/?#]|$)/i.exec(uri)?.[1]
  return host !== undefined && isHost(host) && !/^[\d.]+$/.test(host) ? lower(host) : undefined
}

function withoutDot(text: string): string {
  return text.startsWith('.') ? text.slice(1) : text
}

/** ASCII only, so that no other letter becomes one. */
function lower(text: string): string {
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase())
}
