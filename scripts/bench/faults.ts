import { randomInt } from 'node:crypto'
import type { WrongAnswer } from '../../src/sandbox/next-answer.ts'
import type { Sandbox } from '../../src/sandbox/start-sandbox.ts'

type Request = { method: string; url: string }
interface Fault {
  system: 'partnerCenter' | 'dataverse'
  answer: WrongAnswer
  when: (request: Request) => boolean
}

const isReferral = ({ url }: Request): boolean => url.includes('/engagements/referrals')
const isPatch = (request: Request): boolean => isReferral(request) && request.method === 'PATCH'
const isLead = ({ url }: Request): boolean => url.includes('/leads(')
const changed = { status: 412, body: { error: { code: 'preconditionFailed', message: 'The precondition does not match.' } } }

/** What the facts say the real systems do on bad days. A stall is as long as our own deadline, so there are few. */
const faults: Fault[] = [
  { system: 'partnerCenter', answer: { status: 429, headers: { 'retry-after': '1' }, body: { statusCode: 429 } }, when: isReferral },
  { system: 'partnerCenter', answer: { status: 503, body: 'down' }, when: isReferral },
  { system: 'partnerCenter', answer: { status: 500, body: '<html>error</html>' }, when: isReferral },
  { system: 'partnerCenter', answer: { reset: true }, when: isReferral },
  { system: 'partnerCenter', answer: { reset: 'mid-body' }, when: isReferral },
  { system: 'partnerCenter', answer: { truncate: true }, when: isReferral },
  { system: 'partnerCenter', answer: changed, when: isPatch },
  { system: 'dataverse', answer: { status: 429, headers: { 'retry-after': '1' }, body: { error: { code: '0x80072322' } } }, when: isLead },
  { system: 'dataverse', answer: { status: 503, body: '<html>down</html>' }, when: isLead },
  { system: 'dataverse', answer: { reset: true }, when: isLead },
  { system: 'dataverse', answer: { reset: 'mid-body' }, when: isLead },
  { system: 'dataverse', answer: { truncate: true }, when: isLead }
]
const stall: Fault = { system: 'dataverse', answer: { stall: true }, when: isLead }

/** The referrals whose write to the CRM took effect while its answer was lost, so that it has to be written once more. */
export type LostAnswers = Map<string, number>

/** Makes one of the next answers wrong. */
export function causeFault(sandbox: Sandbox, lost: LostAnswers, isStall: boolean): void {
  const fault = isStall ? stall : faults[randomInt(faults.length)]
  if (!fault) return
  const { system, answer, when } = fault
  const takesEffect = 'truncate' in answer || ('reset' in answer && answer.reset === 'mid-body')
  sandbox[system].nextAnswers.next(answer, request => {
    if (!when(request)) return false
    const referralId = /new_referralid='([0-9a-f-]{36})'/i.exec(decodeURIComponent(request.url))?.[1]?.toLowerCase()
    if (takesEffect && referralId !== undefined) lost.set(referralId, (lost.get(referralId) ?? 0) + 1)
    return true
  })
}

export function forgetFaults({ partnerCenter, dataverse }: Sandbox): void {
  partnerCenter.nextAnswers.clear()
  dataverse.nextAnswers.clear()
}
