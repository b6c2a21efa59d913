import { type Certificate, thumbprint } from '../callback/certificate.ts'
import { nameText } from '../callback/distinguished-name.ts'
import { type Cell, table } from './table.ts'

/** What there is to tell of a certificate; the JSON of the commands has it so. */
export interface CertificateFacts {
  subject: string
  issuer: string
  thumbprint: string
  notBefore: Date
  notAfter: Date
  /** Whole days; below zero when it has ended. */
  daysLeft: number
}

export function certificateFacts(certificate: Certificate, now: Date): CertificateFacts {
  const { subject, issuer, notBefore, notAfter } = certificate
  return {
    subject: nameText(subject),
    issuer: nameText(issuer),
    thumbprint: thumbprint(certificate),
    notBefore,
    notAfter,
    daysLeft: Math.floor((notAfter.getTime() - now.getTime()) / 86_400_000)
  }
}

/** Certificates as a table, each with what it is and where it came from. */
export function certificateTable(certificates: readonly (CertificateFacts & { what: string; from: string })[]): string {
  return table(
    ['What', 'From', 'Valid from', 'to', 'Days', 'Certificate'],
    certificates.map(({ what, from, notBefore, notAfter, daysLeft, ...names }): Cell[] => [
      what,
      from,
      day(notBefore),
      day(notAfter),
      String(daysLeft),
      [names.subject, `issued by ${names.issuer}`, `SHA-256 ${names.thumbprint}`]
    ])
  )
}

export function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}
