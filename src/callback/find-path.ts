import type { Certificate } from './certificate.ts'
import { type Purpose, pathFault } from './path-rules.ts'
import { isSignedBy } from './signature-algorithm.ts'

/** Certificates by the name of their subject. */
export type CertificateIndex = ReadonlyMap<string, readonly Certificate[]>

export function certificateIndex(certificates: Iterable<Certificate>): CertificateIndex {
  const index = new Map<string, Certificate[]>()
  const seen = new Set<string>()
  for (const certificate of certificates) {
    const bytes = certificate.der.toString('latin1')
    if (seen.has(bytes)) continue
    seen.add(bytes)
    const same = index.get(certificate.subject.key)
    if (same === undefined) index.set(certificate.subject.key, [certificate])
    else same.push(certificate)
  }
  return index
}

export interface Query {
  leaf: Certificate
  /** Intermediates that may be used. */
  pool: CertificateIndex
  /** Certificates that are trusted as they are; a path ends at the first of them. */
  anchors: CertificateIndex
  at: Date
  purpose: Purpose
}

export type Found =
  | { path: readonly Certificate[] }
  | {
      path?: never
      /** Why the paths that reach an anchor are refused; absent when none reaches one. */
      refusal?: string
      /** The last certificates of the good part of each path that came to an end, deepest first: what their issuers sign is missing. */
      ends: readonly Certificate[]
    }

/** The longest path, anchor included. The public web has four; the longest of NIST's PKITS has seven. */
const maxLength = 10

/**
 * Builds a path from the leaf to an anchor, trying all issuers that have the right name and the signing key, the most promising first.
 * A budget ends the search early in pools made to keep it busy. A second search, that goes on after a broken rule, tells
 * «no path» from «a path that is refused».
 */
export function findPath(query: Query): Found {
  const strict = search(query, { isTolerant: false })
  if (strict.path !== undefined) return { path: strict.path }
  const refusal = search(query, { isTolerant: true }).refusal ?? strict.refusal
  return { ...(refusal !== undefined && { refusal }), ends: strict.ends }
}

interface Outcome {
  path?: readonly Certificate[]
  refusal?: string
  ends: readonly Certificate[]
}

function search({ leaf, pool, anchors, at, purpose }: Query, { isTolerant }: { isTolerant: boolean }): Outcome {
  const budget = { steps: 2_000, signatures: 64, comparisons: 100_000 }
  const isSigned = remembered2((certificate, issuer) => {
    budget.signatures -= 1
    return budget.signatures >= 0 && isSignedBy(certificate, issuer)
  })
  const issuersOf = remembered(certificate => rankedIssuers(certificate, { pool, anchors, at }))
  const isAnchor = (certificate: Certificate) => anchors.get(certificate.subject.key)?.includes(certificate) ?? false
  const ends = new Map<Certificate, number>()
  let refusal: string | undefined

  const path = visit([leaf], leaf, undefined)
  if (budget.steps < 0 || budget.signatures < 0) refusal ??= 'The search for a path was given up: there are too many candidates'
  return {
    ...(path !== undefined && { path }),
    ...(refusal !== undefined && { refusal }),
    ends: [...ends].sort(([, a], [, b]) => b - a).map(([certificate]) => certificate)
  }

  function visit(below: readonly Certificate[], last: Certificate, earlierFault: string | undefined): readonly Certificate[] | undefined {
    let isEnd = true
    for (const issuer of issuersOf(last)) {
      if (below.some(certificate => isSameAuthority(certificate, issuer))) continue
      budget.steps -= 1
      if (budget.steps < 0) return undefined
      const fault = earlierFault ?? pathFault(below, issuer, { at, purpose, isAnchor: isAnchor(issuer), budget })
      if ((fault !== undefined && !isTolerant) || !isSigned(last, issuer)) continue
      isEnd = false
      if (isAnchor(issuer)) {
        if (fault === undefined) return [...below, issuer]
        refusal ??= fault
      } else if (below.length + 1 < maxLength) {
        const found = visit([...below, issuer], issuer, fault)
        if (found !== undefined) return found
      }
    }
    if (isEnd) ends.set(last, below.length)
    return undefined
  }
}

/** A certificate of the same name and key adds nothing to a path: it would be a circle (RFC 4158 section 5.2). */
function isSameAuthority(a: Certificate, b: Certificate): boolean {
  return a.subject.key === b.subject.key && a.spki.equals(b.spki)
}

/**
 * All certificates that name themselves as the issuer, the likely ones first: those with the key that is pointed to, anchors, valid ones,
 * those that last longest. A key identifier only ranks; the signature decides. Source: RFC 4158 section 3.5.
 */
function rankedIssuers(certificate: Certificate, { pool, anchors, at }: Pick<Query, 'pool' | 'anchors' | 'at'>): Certificate[] {
  const keyId = certificate.extensions.authorityKeyId
  const name = certificate.issuer.key
  const trusted = anchors.get(name) ?? []
  const others = (pool.get(name) ?? []).filter(({ der }) => !trusted.some(anchor => anchor.der.equals(der)))
  const rank = (issuer: Certificate, isTrusted: boolean): number => {
    const { subjectKeyId } = issuer.extensions
    const key = subjectKeyId === keyId ? 0 : subjectKeyId === undefined || keyId === undefined ? 1 : 2
    const isValid = at >= issuer.notBefore && at <= issuer.notAfter
    return key * 4 + (isTrusted ? 0 : 2) + (isValid ? 0 : 1)
  }
  return [
    ...trusted.map(issuer => ({ issuer, rank: rank(issuer, true) })),
    ...others.map(issuer => ({ issuer, rank: rank(issuer, false) }))
  ]
    .sort((a, b) => a.rank - b.rank || b.issuer.notAfter.getTime() - a.issuer.notAfter.getTime())
    .map(({ issuer }) => issuer)
}

function remembered<V>(of: (certificate: Certificate) => V): (certificate: Certificate) => V {
  const known = new Map<Certificate, V>()
  return certificate => {
    const value = known.get(certificate) ?? of(certificate)
    known.set(certificate, value)
    return value
  }
}

function remembered2(of: (a: Certificate, b: Certificate) => boolean): (a: Certificate, b: Certificate) => boolean {
  const row = remembered(() => new Map<Certificate, boolean>())
  return (a, b) => {
    const known = row(a)
    const value = known.get(b) ?? of(a, b)
    known.set(b, value)
    return value
  }
}
