import type { Authority } from '../callback/authority.ts'
import type { PathStep } from '../callback/prove-signer.ts'
import { certificateFacts, day } from './certificate-text.ts'

/** Before these many days a successor should be there: Microsoft renews its leaves a month ahead, authorities take longer to spread. */
const leafDays = 21
const authorityDays = 42

/** What somebody should do about a path that holds, before it does not, a sentence each. */
export function pathWarnings(path: readonly PathStep[], pool: readonly Authority[], now: Date): string[] {
  return [
    ...path.flatMap(step => endingSoon(step, now)),
    ...path
      .flatMap(({ certificate, position }) =>
        position === 'intermediate' ? pool.filter(other => isEndedCopy(other, certificate, now)) : []
      )
      .map(({ certificate, origin }) => endedText(certificate, origin, now))
  ]
}

/** Those that somebody gave on purpose and that have ended: the likely cause when there is no path. */
export function endedAuthorities(pool: readonly Authority[], now: Date): string[] {
  return pool
    .filter(({ certificate, origin }) => isByHand(origin) && certificate.notAfter < now)
    .map(({ certificate, origin }) => endedText(certificate, origin, now))
}

function endingSoon({ position, certificate }: PathStep, now: Date): string[] {
  const { daysLeft, notAfter, subject } = certificateFacts(certificate, now)
  if (daysLeft >= (position === 'signer' ? leafDays : authorityDays)) return []
  const end = `The ${position} ${subject} ends on ${day(notAfter)}, in ${daysLeft} days.`
  const advice = {
    signer:
      'Microsoft renews it under the same address; if it is still this one a week before, ask Microsoft, and look at CALLBACK_SIGNER_NAMES.',
    intermediate: 'Give its successor with «trust add FILE», or let the service fetch it from CALLBACK_ISSUER_HOSTS when it is needed.',
    root: 'Update this package, or set CALLBACK_ROOTS, before then.'
  }[position]
  return [`${end} ${advice}`]
}

function isEndedCopy({ certificate, origin }: Authority, used: PathStep['certificate'], now: Date): boolean {
  return (
    isByHand(origin) && certificate.notAfter < now && certificate.subject.key === used.subject.key && certificate.spki.equals(used.spki)
  )
}

function isByHand(origin: Authority['origin']): boolean {
  return origin === 'configured' || origin === 'added'
}

function endedText(certificate: Authority['certificate'], origin: Authority['origin'], now: Date): string {
  const { subject, notAfter, thumbprint } = certificateFacts(certificate, now)
  const advice =
    origin === 'added' ? `«trust add» a newer one, then «trust remove ${thumbprint}».` : 'Put a newer one into CALLBACK_INTERMEDIATES.'
  return `The ${origin} intermediate ${subject} ended on ${day(notAfter)}. ${advice}`
}
