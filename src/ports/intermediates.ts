/** An intermediate certificate that is kept for the building of paths. It is trusted by its signature, never for being here. */
export interface KeptIntermediate extends NewIntermediate {
  /** By an operator, or by the service itself from the address that a certificate names for its issuer. */
  source: 'added' | 'fetched'
  /** When it was added; when it was last of use, to a day, for a fetched one. */
  keptAt: Date
}

export interface NewIntermediate {
  /** SHA-256 of the certificate, in lower-case hex. */
  thumbprint: string
  der: Buffer
  notAfter: Date
}

/** Intermediates that outlive a process, and serve all of them. */
export interface Intermediates {
  /** The added ones first, and the latest first in each group. */
  list(): Promise<KeptIntermediate[]>
  /** Keeps what was fetched and was of use. The 64 that were so last stay; what an operator has added stays as it is. */
  keep(...fetched: NewIntermediate[]): Promise<void>
  /** Adds for an operator, also what was fetched before: all or, when there would be more than 200, none. Tells whether it did. */
  add(...certificates: NewIntermediate[]): Promise<boolean>
  /** False when there is none with this thumbprint. */
  remove(thumbprint: string): Promise<boolean>
}
