import type { PathStep, ProvenSigner } from '../callback/prove-signer.ts'
import type { Config } from '../config.ts'
import { Failure, failureFrom } from '../failure.ts'
import type { Intermediates } from '../ports.ts'
import { certificateFacts, day } from './certificate-text.ts'
import { endedAuthorities, pathWarnings } from './path-warnings.ts'
import { trustDesk } from './trust-desk.ts'

export type SignerFinding = { ok: true; detail: string } | { ok: false; warning: true; detail: string; advice: string }

/**
 * Downloads and checks the certificate that callbacks are signed with, as the next callback would, and tells its path. It is a warning when a
 * part of the path ends soon. @throws CERTIFICATE_… Failures
 */
export async function inspectSigner(callback: Config['callback'], intermediates?: Intermediates): Promise<SignerFinding> {
  const { options, authorities, signerUrl, now, prove } = trustDesk(callback, intermediates)
  let proven: ProvenSigner
  try {
    proven = await prove(await options.download(signerUrl))
  } catch (error) {
    const failure = failureFrom(error)
    const ended = endedAuthorities(await authorities.pool.all(), now())
    throw ended.length === 0 ? failure : new Failure(failure.code, [failure.message, ...ended].join(' '), { cause: failure })
  }
  const warnings = pathWarnings(proven.path, await authorities.pool.all(), now())
  const detail = describedPath(proven.path, now())
  return warnings.length === 0 ? { ok: true, detail } : { ok: false, warning: true, detail, advice: warnings.join('\n') }
}

function describedPath(path: readonly PathStep[], now: Date): string {
  const lines = path.map(({ position, origin, certificate }) => {
    const { subject, notAfter, daysLeft } = certificateFacts(certificate, now)
    return position === 'signer' ? `${subject}, valid for ${daysLeft} more days` : `← ${subject} (${origin}, until ${day(notAfter)})`
  })
  const isFetched = path.some(({ origin }) => origin === 'fetched')
  return [...lines, ...(isFetched ? ['The path rests on certificates that were fetched; «trust fetch» adds them for good.'] : [])].join(
    '\n'
  )
}
