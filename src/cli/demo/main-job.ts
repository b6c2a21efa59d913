import { referralClient } from '../../client/client.ts'
import { flows } from '../../connector/flows/flows.ts'
import { legacyPackage } from '../../connector/package/legacy-package.ts'
import { zip } from '../../connector/package/zip.ts'
import { Failure } from '../../failure.ts'
import { type Flow, readFlowPackage } from '../../flow/read-package.ts'
import type { TimelineEntry } from '../../schemas/timeline.ts'
import { connectionsFor } from '../flow-run/connections.ts'
import type { SandboxedService } from '../sandboxed-service.ts'
import { entryText } from '../story.ts'
import { table } from '../table.ts'
import { countRequests, countsInWords, difference } from './counts.ts'
import type { Journal } from './journal.ts'

export interface Act extends Pick<Journal, 'step'> {
  draft: object | undefined
}

/**
 * The main job: a flow from its package is turned on, a referral is created, its signed callback is received and stored, the flow is told and
 * makes a lead of it, and its story can be read. Every step is judged by what the systems of the sandbox hold, or by what the service's own
 * API says.
 */
export async function runMainJob(stage: SandboxedService, { step, draft }: Act) {
  const { sandbox, service, url, apiKey, settled } = stage
  const { partnerCenter, dataverse } = sandbox
  const client = referralClient({ baseUrl: url, apiKey })
  const timelineOf = async (referralId: string): Promise<TimelineEntry[]> => {
    const { data } = await client.GET('/v1/referrals/{referralId}/timeline', { params: { path: { referralId } } })
    return (data?.entries as TimelineEntry[] | undefined) ?? failed('The timeline could not be read.')
  }

  await step(
    'RegisterWebhook: ask Partner Center for its events',
    async () => (await client.PUT('/v1/webhook-registration', { body: {} })).data ?? failed('The registration was refused.'),
    () => `${partnerCenter.registration()?.events.join(', ')} → ${partnerCenter.registration()?.webhookUrl}`
  )

  const flow = await step(
    'Import the package of the flow, make its connection, turn it on',
    async () => {
      const packaged = packagedFlow()
      const installed = sandbox.flows.install(packaged, connectionsFor(packaged, stage))
      await installed.turnOn()
      return installed
    },
    ({ displayName, trigger }) => `«${displayName}» subscribed by itself: ${trigger.name}`
  )

  const referral = await step(
    'Create a referral in Partner Center',
    async () => partnerCenter.createReferral(draft),
    created => `${created.id} «${created.name}», ${created.status}/${created.substatus}`
  )
  const referralId = String(referral.id)

  await step(
    'Receive its signed callback, prove it, store it, answer 200',
    async () => {
      await settled()
      const [delivery] = partnerCenter.deliveries()
      if (delivery?.attempts[0]?.status !== 200) failed(`The callback was answered with ${delivery?.attempts[0]?.answer ?? 'nothing'}.`)
      return (await timelineOf(referralId)).find(({ kind }) => kind === 'verified') ?? failed('The callback was not verified.')
    },
    ({ facts }) => `signed by ${facts?.signer?.replaceAll('\n', ', ')}, thumbprint ${facts?.thumbprint?.slice(0, 16)}…`
  )

  await step(
    'Tell the flow: its typed actions run',
    async () => {
      const [run] = flow.runs
      if (run?.status !== 'Succeeded') failed(`The run of the flow ended as ${run?.status ?? 'none'}: ${run?.error?.message ?? ''}`)
      return run
    },
    ({ actions, billableActions }) => `${executed(actions)}; ${billableActions} billable actions`
  )

  const lead = await step(
    'UpsertLead: the lead in Dataverse',
    async () => dataverse.leads()[0] ?? failed('There is no lead in Dataverse.'),
    found => `lead ${found.leadid}, the only one of ${dataverse.leads().length}`
  )
  const leadId = String(lead.leadid)

  await step(
    'UpdateReferral: the write-back in Partner Center',
    async () => {
      const written = partnerCenter.referral(referralId)?.externalReferenceId
      return written === leadId ? written : failed('The referral does not carry the id of the lead.')
    },
    written => `externalReferenceId is ${written}`
  )

  await step(
    'See the echo of the write-back change nothing',
    async () => {
      const [, echo, ...more] = flow.runs
      const counts = countRequests(sandbox)
      if (echo?.status !== 'Succeeded' || more.length > 0 || counts.crmWrites !== 1 || counts.referralWrites !== 1)
        failed('The echo did not end after one run that writes nothing.')
      return counts
    },
    counts => `referral-updated came back, the flow ran once more and wrote nothing: ${countsInWords(counts)} in all`
  )

  await step(
    'Deliver the first callback once more, byte for byte',
    async () => {
      const before = countRequests(sandbox)
      const [first] = partnerCenter.deliveries()
      const { status } = await fetch(`${url}/callbacks`, { method: 'POST', headers: first?.headers ?? {}, body: first?.body ?? '' })
      await settled()
      const counts = difference(countRequests(sandbox), before)
      if (status !== 200 || flow.runs.length > 2 || Object.values(counts).some(count => count > 0))
        failed('The repeated callback had an effect.')
      return counts
    },
    counts => `answered 200, no run, and nothing done: ${countsInWords(counts)}`
  )

  await step(
    'SyncReferral: sync the same referral again',
    async () => {
      const before = countRequests(sandbox)
      const { data } = await client.POST('/v1/referrals/{referralId}/sync', { params: { path: { referralId } } })
      const counts = difference(countRequests(sandbox), before)
      if (data?.outcome !== 'nothingToDo' || counts.crmWrites > 0) failed('The second sync wrote something.')
      return counts
    },
    counts => `nothing to do: ${countsInWords(counts)}`
  )
  await flow.turnOff()

  const timeline = await timelineOf(referralId)
  const total = countRequests(sandbox)
  const columns = Object.entries(lead).filter(([, value]) => value !== null && value !== undefined)
  return {
    json: {
      referralId,
      leadId,
      lead,
      requests: total,
      flow: { name: flow.displayName, runs: flow.runs.map(({ status, billableActions }) => ({ status, billableActions })) },
      callbackToLeadMs: callbackToLead(timeline),
      timeline,
      jobs: await service.store.jobs.count({ kind: 'referral' })
    },
    lines: [
      '',
      table(
        ['Column', 'Value'],
        columns.map(([column, value]) => [column, String(value).split('\n')])
      ),
      '',
      `The timeline of ${referralId}:`,
      ...timeline.map(entryText),
      '',
      `In all: ${countsInWords(total)}. From callback to lead: ${callbackToLead(timeline)} ms.`
    ]
  }
}

/** The flow as whoever imports it gets it: from the zip. */
function packagedFlow(): Flow {
  const flow = flows().find(({ name }) => name === 'referral-to-lead') ?? failed('There is no such flow.')
  return readFlowPackage(zip(legacyPackage(flow))).flows[0] ?? failed('The package has no flow.')
}

function executed(actions: readonly { name: string; type: string; status: string }[]): string {
  return actions
    .filter(({ type, status }) => type !== 'Scope' && status !== 'Skipped')
    .map(({ name, status }) => `${name.replaceAll('_', ' ')} (${status})`)
    .join(', ')
}

function callbackToLead(timeline: readonly TimelineEntry[]): number {
  const at = (kind: TimelineEntry['kind']): number => Date.parse(timeline.find(entry => entry.kind === kind)?.at ?? '')
  return at('written') - at('received')
}

function failed(what: string): never {
  throw new Failure('INTERNAL', what)
}
