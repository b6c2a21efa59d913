import type { Authorities } from '../callback/authorities.ts'
import { type Certificate, readCertificate, thumbprint } from '../callback/certificate.ts'
import { intermediateFault } from '../callback/check-intermediate.ts'
import { certificateIndex } from '../callback/find-path.ts'
import { Failure, failureFrom } from '../failure.ts'
import type { Intermediates } from '../ports.ts'
import { type CertificateFacts, certificateFacts } from './certificate-text.ts'
import type { Terminal } from './command.ts'
import type { TrustDesk } from './trust-desk.ts'

export interface Added {
  added: CertificateFacts[]
  /** At hand before, with where from. */
  known: (CertificateFacts & { from: string })[]
  refused: { subject?: string; thumbprint?: string; reason: string }[]
}

/**
 * Adds the certificates that are authorities and lead to a trusted root, each over what is at hand and over the others. What was only fetched so
 * far is added, too: from then on it stays.
 * @throws CONFIG_INVALID when there would be too many
 */
export async function addIntermediates(ders: readonly Buffer[], { authorities, now }: TrustDesk, store: Intermediates): Promise<Added> {
  const result: Added = { added: [], known: [], refused: [] }
  const at = now()
  const atHand = await authorities.pool.all()
  const given = distinct(ders.flatMap(der => read(der, result)))
  const pool = certificateIndex([...atHand.map(({ certificate }) => certificate), ...given])
  const good: Certificate[] = []
  for (const certificate of given) {
    const facts = certificateFacts(certificate, at)
    const known = knownAs(certificate, authorities, atHand)
    const reason = known === undefined ? intermediateFault(certificate, { anchors: authorities.anchors, pool, at }) : undefined
    if (known !== undefined) result.known.push({ ...facts, from: known })
    else if (reason !== undefined) result.refused.push({ subject: facts.subject, thumbprint: facts.thumbprint, reason: `${reason}.` })
    else {
      good.push(certificate)
      result.added.push(facts)
    }
  }
  const rows = good.map(certificate => ({ thumbprint: thumbprint(certificate), der: certificate.der, notAfter: certificate.notAfter }))
  if (rows.length > 0 && !(await store.add(...rows)))
    throw new Failure('CONFIG_INVALID', 'No more than 200 intermediates can be added: remove some with «trust remove». Nothing was added.')
  return result
}

export function tellAdded({ added, known, refused }: Added, terminal: Terminal): void {
  for (const { subject, thumbprint, notAfter } of added) terminal.note(`Added ${subject}, until ${notAfter.toISOString()} (${thumbprint})`)
  for (const { subject, from } of known) terminal.note(`At hand already (${from}): ${subject}`)
  for (const { subject, reason } of refused) terminal.note(`Refused${subject === undefined ? '' : ` ${subject}`}: ${reason}`)
}

function read(der: Buffer, { refused }: Added): Certificate[] {
  try {
    return [readCertificate(der)]
  } catch (error) {
    refused.push({ reason: failureFrom(error).message })
    return []
  }
}

function distinct(certificates: readonly Certificate[]): Certificate[] {
  return [...new Map(certificates.map(certificate => [thumbprint(certificate), certificate])).values()]
}

/** Where it is at hand from, unless it was only fetched. */
function knownAs(
  { der }: Certificate,
  { roots }: Authorities,
  atHand: Awaited<ReturnType<Authorities['pool']['all']>>
): string | undefined {
  if (roots.some(({ certificate }) => certificate.der.equals(der))) return 'a trusted root'
  const origin = atHand.find(({ certificate }) => certificate.der.equals(der))?.origin
  return origin === 'fetched' ? undefined : origin
}
