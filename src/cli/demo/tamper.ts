import { Failure } from '../../failure.ts'
import type { SandboxedService } from '../sandboxed-service.ts'
import { countRequests, countsInWords } from './counts.ts'
import type { Act } from './main-job.ts'

export const tamperings = ['body', 'certificate', 'host', 'algorithm'] as const
export type Tampering = (typeof tamperings)[number]

/** A forged callback: it must be refused with its code, and leave nothing behind: no request to anybody, no job, no entry in a timeline. */
export async function runTamper({ sandbox, service }: SandboxedService, { step, draft, tamper }: Act & { tamper: Tampering }) {
  const { partnerCenter } = sandbox
  partnerCenter.register({ webhookUrl: service.callbackUrl ?? '', events: ['referral-created'], signatureInMsHeader: true })
  partnerCenter.tamper(tamper)
  const answered = partnerCenter.nextAttempt()
  const { id } = await step(
    `Forge the callback: ${tamper}`,
    async () => partnerCenter.createReferral(draft),
    created => `for referral ${created.id}`
  )
  const refusal = await step(
    'Deliver it to the service',
    async () => {
      const attempt = await answered
      if (attempt.status < 400) throw new Failure('INTERNAL', 'The forged callback was not refused.')
      const { code, detail, advice } = JSON.parse(attempt.answer) as { code: string; detail: string; advice: string }
      return { status: attempt.status, code, detail, advice }
    },
    ({ status, code, detail }) => `refused with ${status} ${code}: ${detail}`
  )
  const counts = await step(
    'Count what it caused',
    async () => {
      const caused = countRequests(sandbox)
      const stored = {
        jobs: await service.store.jobs.count({ kind: 'referral' }),
        entries: (await service.store.timeline.all({ limit: 1 })).length
      }
      if (Object.values({ ...caused, ...stored }).some(count => count > 0))
        throw new Failure('INTERNAL', `The forged callback caused ${countsInWords(caused)}, or left something in the store.`)
      return caused
    },
    caused => `${countsInWords(caused)}; nothing stored`
  )
  return {
    json: { referralId: id, tamper, refused: refusal, requests: counts },
    lines: ['', `Refused: ${refusal.code}. ${refusal.advice}`]
  }
}
