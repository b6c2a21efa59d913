import { referralClient } from '../../client/client.ts'
import { Failure } from '../../failure.ts'
import type { SandboxedService } from '../sandboxed-service.ts'
import { table } from '../table.ts'
import { countRequests, countsInWords, difference } from './counts.ts'
import type { Journal } from './journal.ts'

export interface Act extends Pick<Journal, 'step' | 'write'> {
  draft: object | undefined
}

/** The main job: a referral is created, its signed callback starts the flow, and the typed actions make a lead of it. */
export async function runMainJob({ sandbox, url, apiKey, flow }: SandboxedService, { step, write, draft }: Act) {
  const { partnerCenter, dataverse } = sandbox

  const referral = await step(
    'Create a referral in Partner Center',
    async () => partnerCenter.createReferral(draft),
    created => `${created.id} «${created.name}», ${created.status}/${created.substatus}`
  )
  const referralId = String(referral.id)

  const run = await step(
    'Deliver the signed callback to the flow',
    async () => {
      await partnerCenter.idle()
      await flow.idle()
      return flow.runs[0] ?? failed('The flow was not started.')
    },
    started =>
      `${started.trigger.eventName}, x-ms-signature over ${started.trigger.bytes} bytes, certificate ${started.trigger.certificateUrl}`
  )

  for (const action of run.actions) {
    const ok = action.status === 200
    write({ name: action.operationId, ok, detail: ok ? proofOf(action) : problemOf(action), ms: action.durationMs })
    if (!ok) failed(`The flow stopped at ${action.operationId}.`)
  }

  const lead = await step(
    'Read the lead in Dataverse',
    async () => dataverse.leads()[0] ?? failed('There is no lead in Dataverse.'),
    found => `lead ${found.leadid}, the only one`
  )
  const leadId = String(lead.leadid)

  await step(
    'Read the write-back in Partner Center',
    async () => {
      const written = partnerCenter.referral(referralId)?.externalReferenceId
      return written === leadId ? written : failed('The referral does not carry the id of the lead.')
    },
    written => `externalReferenceId is ${written}`
  )

  await step(
    'See the echo of the write-back change nothing',
    async () => {
      const echo = flow.runs[1] ?? failed('The write-back raised no event.')
      return echo.actions.find(action => action.operationId === 'UpsertLead')?.outputs ?? failed('The echo did not get to the lead.')
    },
    outputs => `referral-updated came back to the flow; lead ${(outputs as { outcome: string }).outcome}, ${flow.runs.length} runs in all`
  )

  const before = countRequests(sandbox)
  const client = referralClient({ baseUrl: url, apiKey })
  await step(
    'Sync the same referral again',
    async () => {
      const { data } = await client.POST('/v1/referrals/{referralId}/sync', { params: { path: { referralId } } })
      const counts = difference(countRequests(sandbox), before)
      if (data?.outcome !== 'nothingToDo' || counts.crmWrites > 0) failed('The second sync wrote something.')
      return counts
    },
    counts => `nothing to do: ${countsInWords(counts)}`
  )

  const total = countRequests(sandbox)
  const columns = Object.entries(lead).filter(([, value]) => value !== null && value !== undefined)
  return {
    json: { referralId, leadId, lead, requests: total },
    lines: [
      '',
      table(
        ['Column', 'Value'],
        columns.map(([column, value]) => [column, String(value)])
      ),
      '',
      `In all: ${countsInWords(total)}.`
    ]
  }
}

function proofOf({ operationId, outputs }: { operationId: string; outputs: unknown }): string {
  const answer = outputs as Record<string, Record<string, unknown> & unknown>
  const proofs: Record<string, () => string> = {
    ValidateCallback: () =>
      `signed by ${answer.signer?.subject}, thumbprint ${String(answer.signer?.thumbprint).slice(0, 16)}…, bytes ${answer.matched}`,
    GetReferral: () => `${answer.id}, ETag ${answer.eTag}`,
    UpsertLead: () => `lead ${answer.leadId} ${answer.outcome}${notices(answer.notices)}`,
    UpdateReferral: () => `changed ${(answer.changed as unknown as string[]).join(', ') || 'nothing'}`
  }
  return proofs[operationId]?.() ?? 'done'
}

function problemOf({ status, outputs }: { status: number; outputs: unknown }): string {
  const { code, detail, advice } = (outputs ?? {}) as Partial<Record<string, string>>
  return `answered ${status} ${code ?? ''}: ${detail ?? ''} ${advice ?? ''}`
}

function notices(list: unknown): string {
  return Array.isArray(list) && list.length > 0 ? ` (${list.join(' ')})` : ''
}

function failed(what: string): never {
  throw new Failure('INTERNAL', what)
}
