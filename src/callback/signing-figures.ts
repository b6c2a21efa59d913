import { failureFrom } from '../failure.ts'
import type { Download } from './download.ts'
import type { PathStep } from './prove-signer.ts'

export type DownloadKind = 'signer' | 'issuer'
export type RenewalOutcome = 'renewed' | 'unchanged' | 'failed'

/** What there is to say of the signing certificates, for whoever watches the service. */
export interface SigningFigures {
  /** The paths of the signers that serve at the moment. */
  paths: readonly (readonly PathStep[])[]
  /** How many downloads came to what: `ok`, or the code of a Failure. */
  downloads: readonly { kind: DownloadKind; outcome: string; count: number }[]
  renewals: Readonly<Record<RenewalOutcome, number>>
}

/** Counts for as long as the process lives. */
export function signingFigures() {
  const downloads = new Map<string, { kind: DownloadKind; outcome: string; count: number }>()
  const renewals: Record<RenewalOutcome, number> = { renewed: 0, unchanged: 0, failed: 0 }

  function count(kind: DownloadKind, outcome: string): void {
    const key = `${kind} ${outcome}`
    downloads.set(key, { kind, outcome, count: (downloads.get(key)?.count ?? 0) + 1 })
  }

  return {
    counted:
      (kind: DownloadKind, download: Download): Download =>
      async url => {
        try {
          const answer = await download(url)
          count(kind, 'ok')
          return answer
        } catch (error) {
          count(kind, failureFrom(error).code)
          throw error
        }
      },
    renewal(outcome: RenewalOutcome): void {
      renewals[outcome] += 1
    },
    with: (paths: SigningFigures['paths']): SigningFigures => ({ paths, downloads: [...downloads.values()], renewals: { ...renewals } })
  }
}
