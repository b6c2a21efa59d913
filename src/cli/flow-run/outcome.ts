import type { FlowRun } from '../../sandbox/flow/run/history.ts'
import type { Sandbox } from '../../sandbox/start-sandbox.ts'
import { type Counts, countRequests } from '../demo/counts.ts'

/** What there is in the systems afterwards. */
export interface Outcome {
  /** The columns of the lead that have a value. */
  lead: Record<string, unknown> | undefined
  leads: number
  referral: Record<string, unknown> | undefined
}

export function outcomeOf({ dataverse, partnerCenter }: Sandbox, referralId: string | undefined): Outcome {
  const [lead] = dataverse.leads()
  const referral = referralId === undefined ? undefined : partnerCenter.referral(referralId)
  return {
    lead: lead && Object.fromEntries(Object.entries(lead).filter(([, value]) => value !== null)),
    leads: dataverse.leads().length,
    referral: referral && {
      id: referral.id,
      name: referral.name,
      status: referral.status,
      substatus: referral.substatus,
      externalReferenceId: referral.externalReferenceId,
      dealValue: referral.details?.dealValue ?? null,
      currency: referral.details?.currency ?? null,
      closingDateTime: referral.details?.closingDateTime ?? null
    }
  }
}

/** Whether a forged event came to nothing: no run succeeded, nobody signed in, and nothing was written. */
export function wasRefused(runs: readonly FlowRun[], counts: Counts, { lead, referral }: Outcome): boolean {
  return (
    runs.every(({ status }) => status !== 'Succeeded') &&
    counts.tokenRequests + counts.crmWrites + counts.referralWrites === 0 &&
    lead === undefined &&
    (referral?.externalReferenceId ?? null) === null
  )
}

/** Whether the systems hold something else than before; that a row was written once more with the same values is no difference. */
export function isDifferent(before: Outcome, after: Outcome): boolean {
  const values = ({ lead = {}, leads, referral }: Outcome): string => {
    const { modifiedon: _at, ...columns } = lead
    return JSON.stringify([columns, leads, referral])
  }
  return values(before) !== values(after)
}

/** What was asked of the systems, at the addresses of today and of 2019. */
export function askedOf(sandbox: Sandbox): Counts {
  const counts = countRequests(sandbox)
  const old = (method: RegExp): number =>
    sandbox.requests.count(request => method.test(request.method) && /^\/engagements\/v1\/referrals\//.test(request.path))
  return { ...counts, referralReads: counts.referralReads + old(/GET/), referralWrites: counts.referralWrites + old(/PUT/) }
}
