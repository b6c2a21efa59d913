import type { Intermediates, Log } from '../ports.ts'
import type { Authority, Origin } from './authority.ts'
import { readCertificate } from './certificate.ts'
import { type CertificateIndex, certificateIndex } from './find-path.ts'
import { type IntermediatePool, intermediatePool } from './intermediate-pool.ts'
import { configuredCertificates } from './read-certificates.ts'

/** What paths are built from. */
export interface Authorities {
  /** The trusted roots. */
  roots: readonly Authority[]
  /** The same, by name. */
  anchors: CertificateIndex
  pool: IntermediatePool
}

export interface AuthorityOptions {
  /** What a path may end at, PEM or DER. */
  roots: readonly (string | Uint8Array)[]
  /** Whether the roots come from the settings, or with the package. */
  rootOrigin?: 'configured' | 'shipped'
  /** Intermediates of the settings, PEM or DER, and those that come with the package. */
  intermediates: readonly (string | Uint8Array)[]
  shippedIntermediates?: readonly (string | Uint8Array)[]
  /** Intermediates that outlive the process; without it only what this process has fetched is kept. */
  kept?: Intermediates
  log?: Log
}

/** @throws CONFIG_INVALID, CERTIFICATE_MALFORMED for a root or an intermediate that is none */
export function authorities(options: AuthorityOptions): Authorities {
  const { rootOrigin = 'configured', shippedIntermediates = [], kept, log } = options
  const read = (certificates: readonly (string | Uint8Array)[], origin: Origin): Authority[] =>
    configuredCertificates(certificates).map(der => ({ certificate: readCertificate(der), origin }))
  const roots = read(options.roots, rootOrigin)
  const given = [...read(shippedIntermediates, 'shipped'), ...read(options.intermediates, 'configured')]
  return {
    roots,
    anchors: certificateIndex(roots.map(({ certificate }) => certificate)),
    pool: intermediatePool({ given, ...(kept && { kept }), ...(log && { log }) })
  }
}
