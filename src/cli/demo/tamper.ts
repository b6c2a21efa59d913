import { Failure } from '../../failure.ts'
import type { SandboxedService } from '../sandboxed-service.ts'
import { countRequests, countsInWords } from './counts.ts'
import type { Act } from './main-job.ts'

export const tamperings = ['body', 'certificate', 'host', 'algorithm'] as const
export type Tampering = (typeof tamperings)[number]

/** A forged callback: it must be refused with its code before anything is asked of Entra ID, Partner Center or the CRM. */
export async function runTamper({ sandbox, flow }: SandboxedService, { step, draft, tamper }: Act & { tamper: Tampering }) {
  const { partnerCenter } = sandbox
  partnerCenter.tamper(tamper)
  const { id } = await step(
    `Forge the callback: ${tamper}`,
    async () => partnerCenter.createReferral(draft),
    created => `for referral ${created.id}`
  )
  const refusal = await step(
    'Deliver it to the flow',
    async () => {
      await partnerCenter.idle()
      await flow.idle()
      const [run] = flow.runs
      const [action, ...others] = run?.actions ?? []
      if (action?.operationId !== 'ValidateCallback' || action.status < 400 || others.length > 0)
        throw new Failure('INTERNAL', 'The forged callback was not refused.')
      const { code, detail, advice } = action.outputs as { code: string; detail: string; advice: string }
      return { status: action.status, code, detail, advice }
    },
    ({ status, code, detail }) => `ValidateCallback refused it: ${status} ${code}: ${detail}`
  )
  const counts = await step(
    'Count what it caused',
    async () => {
      const caused = countRequests(sandbox)
      if (Object.values(caused).some(count => count > 0))
        throw new Failure('INTERNAL', `The forged callback caused ${countsInWords(caused)}.`)
      return caused
    },
    countsInWords
  )
  return {
    json: { referralId: id, tamper, refused: refusal, requests: counts },
    lines: ['', `Refused: ${refusal.code}. ${refusal.advice}`]
  }
}
