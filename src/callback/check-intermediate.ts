import type { Certificate } from './certificate.ts'
import { type CertificateIndex, findPath } from './find-path.ts'
import { pathFault } from './path-rules.ts'

export interface IntermediateQuestion {
  anchors: CertificateIndex
  /** What its path may go over. */
  pool: CertificateIndex
  at: Date
}

/**
 * Why a certificate would be of no use among the intermediates, as a sentence without its end, or nothing: it has to be an authority for TLS servers
 * that may have a signer below it, valid at the moment, and lead to a trusted root by the rules that hold for a signer's path.
 */
export function intermediateFault(certificate: Certificate, { anchors, pool, at }: IntermediateQuestion): string | undefined {
  const context = { at, purpose: 'serverAuth', isAnchor: false, budget: { comparisons: 100_000 } } as const
  const own = pathFault([], certificate, context)
  if (own !== undefined) return own
  const found = findPath({ leaf: certificate, pool, anchors, at, purpose: 'serverAuth' })
  if (found.path === undefined) return found.refusal ?? 'No path leads from it to a trusted root'
  for (const [index, issuer] of found.path.entries()) {
    // As if a signer stood below it: the first one counts for no length of a path.
    const fault =
      index > 0 &&
      pathFault([certificate, ...found.path.slice(0, index)], issuer, { ...context, isAnchor: index === found.path.length - 1 })
    if (fault) return fault
  }
  return undefined
}
