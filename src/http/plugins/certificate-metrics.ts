import { Counter, Gauge, type Registry } from 'prom-client'
import { thumbprint } from '../../callback/certificate.ts'
import { nameText } from '../../callback/distinguished-name.ts'
import type { SigningFigures } from '../../callback/signing-figures.ts'

/**
 * When the certificates that callbacks rest on end, and how their downloads and renewals went. Only proven paths are shown, of which there are a
 * few: nobody who makes up certificate URLs adds a label.
 */
export function showCertificates(registry: Registry, figures: () => SigningFigures): void {
  const ends = new Gauge({
    name: 'referral_connector_certificate_end_seconds',
    help: 'When each certificate of the paths in use ends, in seconds since 1970.',
    labelNames: ['position', 'subject', 'thumbprint'],
    registers: [registry],
    collect() {
      ends.reset()
      for (const { position, certificate } of figures().paths.flat())
        ends.set(
          { position, subject: nameText(certificate.subject), thumbprint: thumbprint(certificate) },
          certificate.notAfter.getTime() / 1000
        )
    }
  })
  const downloads: Counter = new Counter({
    name: 'referral_connector_certificate_downloads_total',
    help: 'Downloads of signing certificates and of their issuers, by outcome: ok, or the code of the failure.',
    labelNames: ['kind', 'outcome'],
    registers: [registry],
    collect() {
      downloads.reset()
      for (const { kind, outcome, count } of figures().downloads) downloads.inc({ kind, outcome }, count)
    }
  })
  const renewals: Counter = new Counter({
    name: 'referral_connector_certificate_renewals_total',
    help: 'Renewals of known signing certificates, by outcome: renewed, unchanged or failed.',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      renewals.reset()
      for (const [outcome, count] of Object.entries(figures().renewals)) renewals.inc({ outcome }, count)
    }
  })
}
