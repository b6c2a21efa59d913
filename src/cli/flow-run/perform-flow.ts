import { setTimeout } from 'node:timers/promises'
import { property, textAt } from '../../flow/json.ts'
import { dataverseApi } from '../../sandbox/flow/dataverse-connector/dataverse-connection.ts'
import type { InstalledFlow } from '../../sandbox/flow/installed-flow.ts'
import type { FlowRun, ShownTrigger } from '../../sandbox/flow/run/history.ts'
import type { Delivery } from '../../sandbox/partner-center/callback-sender.ts'
import type { SandboxOptions } from '../../sandbox/start-sandbox.ts'
import { UsageError } from '../command.ts'
import { type Counts, difference } from '../demo/counts.ts'
import { type SandboxedService, startSandboxedService } from '../sandboxed-service.ts'
import { connectionsFor } from './connections.ts'
import { leadChange, type Occasion, ownAccord, partnerCenterEvent } from './deliver.ts'
import { fillIn } from './fill-in.ts'
import { type FlowRunGiven, triggerOf } from './given.ts'
import { askedOf, isDifferent, type Outcome, outcomeOf, wasRefused } from './outcome.ts'
import { revealed } from './revealed.ts'

export interface FlowReport extends Outcome {
  ok: boolean
  flow: string
  /** What set the flow off. */
  occasion: string
  notes: string[]
  trigger: Pick<ShownTrigger, 'name' | 'type'>
  runs: FlowRun[]
  /** Of the first run that was one. */
  billableActions: number
  /** What all of it asked of the systems. */
  requests: Counts
  /** What came of the same thing happening again; only with --times. */
  again?: { runs: FlowRun[]; requests: Counts; isChanged: boolean }
  tamper?: string
  refused?: boolean
  durationMs: number
}

/** Starts everything, sets the flow off, waits until nothing is under way any more, and says what came of it. */
export async function performFlow(given: FlowRunGiven, sandboxOptions: SandboxOptions = {}): Promise<FlowReport & { secrets: string[] }> {
  const start = performance.now()
  const stage = await startSandboxedService({
    // With SYNC_BY=flow the service leaves the callbacks to flows.
    env: { LOG_LEVEL: 'silent', PORT: '0', SYNC_BY: 'flow' },
    prepareCrm: true,
    // What is refused is tried again, and nobody wants to wait for that.
    sandbox: { ...sandboxOptions, pause: (_attempt, signal) => setTimeout(10, undefined, { signal }) }
  })
  try {
    const { sandbox, settled } = stage
    const shown = given.isRevealed ? revealed(given.flow.definition) : given.flow.definition
    const { definition, notes, secrets } = await fillIn(shown, given.fill, stage)
    const { displayName } = given.flow
    const flow = sandbox.flows.install({ displayName, definition }, connectionsFor({ ...given.flow, definition }, stage))
    const occasion = occasionFor(stage, flow, given)
    await occasion.prepare()
    await settled()

    const before = askedOf(sandbox)
    await occasion.happen()
    await settled()
    const requests = difference(askedOf(sandbox), before)
    const runs = [...flow.runs]
    const outcome = outcomeOf(sandbox, occasion.referralId())
    const again = given.times > 1 ? await repeated(given.times - 1, outcome) : undefined
    await flow.turnOff()

    const refused = given.tamper ? wasRefused(runs, requests, outcome) : undefined
    const undelivered = given.tamper ? [] : sandbox.partnerCenter.deliveries().filter(({ state }) => state !== 'delivered')
    const succeeded = [...runs, ...(again?.runs ?? [])].every(({ status }) => status === 'Succeeded' || status === 'Skipped')
    return {
      ok: refused ?? (undelivered.length === 0 && succeeded && again?.isChanged !== true),
      flow: displayName,
      occasion: occasion.what,
      notes: [...notes, ...undelivered.slice(0, 1).map(refusalText)],
      trigger: { name: flow.trigger.name, type: flow.trigger.type },
      runs,
      billableActions: runs.find(({ status }) => status !== 'Skipped')?.billableActions ?? 0,
      requests,
      ...outcomeOf(sandbox, occasion.referralId()),
      ...(again && { again }),
      ...(given.tamper && { tamper: given.tamper, refused: refused ?? false }),
      durationMs: Math.round(performance.now() - start),
      secrets: [...secrets, sandbox.entra.clientSecret]
    }

    async function repeated(times: number, before: Outcome): Promise<FlowReport['again']> {
      const [seen, counted] = [flow.runs.length, askedOf(sandbox)]
      for (let time = 0; time < times; time++) {
        await occasion.again()
        await settled()
      }
      const more = difference(askedOf(sandbox), counted)
      return { runs: flow.runs.slice(seen), requests: more, isChanged: isDifferent(before, outcomeOf(sandbox, occasion.referralId())) }
    }
  } finally {
    await stage.close()
  }
}

/** Why an event never arrived, by the first answer to it. */
function refusalText({ attempts: [first] }: Delivery): string {
  const { status = 0, answer = '' } = first ?? {}
  return `The event was not taken: it was answered ${status}. ${messageOf(answer)}`
}

function messageOf(answer: string): string {
  try {
    const body: unknown = JSON.parse(answer)
    return textAt(property(body, 'error'), 'message') ?? textAt(body, 'detail') ?? ''
  } catch {
    return ''
  }
}

function occasionFor(stage: SandboxedService, flow: InstalledFlow, given: FlowRunGiven): Occasion {
  const { type, operationId } = triggerOf(given.flow.definition)
  const isByCallback = type === 'Request' || operationId === 'WhenReferralChanges'
  if (!isByCallback && given.tamper)
    throw new UsageError('Only events of Partner Center can be forged, and this flow is not set off by them.')
  if (isByCallback) return partnerCenterEvent(stage, flow, given)
  if (type === 'OpenApiConnectionWebhook' && given.flow.connectionReferences) {
    const isDataverse = Object.values(given.flow.connectionReferences).some(({ apiName }) => apiName === dataverseApi)
    if (isDataverse && operationId === 'SubscribeWebhookTrigger') return leadChange(stage, flow, given)
  }
  return ownAccord(flow)
}
