import type { Certificate } from './certificate.ts'

/** Where a certificate came from: with the package, with the settings, by an operator, or from an address in another certificate. */
export type Origin = 'shipped' | 'configured' | 'added' | 'fetched'

/** A certificate that paths are built from. */
export interface Authority {
  certificate: Certificate
  origin: Origin
}
