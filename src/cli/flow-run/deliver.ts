import { randomUUID } from 'node:crypto'
import { Failure } from '../../failure.ts'
import type { InstalledFlow } from '../../sandbox/flow/installed-flow.ts'
import type { SandboxedService } from '../sandboxed-service.ts'
import type { FlowRunGiven, RunEvent } from './given.ts'

/** How a flow is set off, and set off again. */
export interface Occasion {
  /** What is told of it. */
  what: string
  /** Prepares the systems, before anything is counted; turns the flow on. */
  prepare(): Promise<void>
  happen(): Promise<void>
  again(): Promise<void>
  referralId(): string | undefined
}

const allEvents = ['referral-created', 'referral-updated', 'related-referral-created', 'related-referral-updated', 'test-created']

/** An event of Partner Center: at the service for a flow that subscribes there, at the flow itself for one that has an address. */
export function partnerCenterEvent(stage: SandboxedService, flow: InstalledFlow, { event, tamper, draft }: FlowRunGiven): Occasion {
  const { sandbox, service } = stage
  const { partnerCenter } = sandbox
  let referralId: string | undefined
  let first = 0
  const create = (): string => {
    referralId = partnerCenter.createReferral(draft).id
    return referralId
  }
  const webhookUrl = flow.trigger.type === 'Request' ? flow.url : (service.callbackUrl ?? '')

  return {
    what: `${event} from Partner Center${tamper ? `, forged: ${tamper}` : ''}`,
    async prepare() {
      if (event !== 'referral-created') create()
      await flow.turnOn()
      partnerCenter.register({ webhookUrl, events: allEvents, signatureInMsHeader: true })
      partnerCenter.tamper(tamper)
      first = partnerCenter.deliveries().length
    },
    async happen() {
      if (event === 'referral-created') create()
      else if (event === 'referral-updated') partnerCenter.updateReferral(referralId ?? '', { salesStage: '20' })
      else partnerCenter.raise(raised(event, referralId ?? ''))
      if (tamper) await partnerCenter.nextAttempt()
    },
    async again() {
      const delivery = partnerCenter.deliveries()[first]
      if (!delivery) return
      await fetch(delivery.url, { method: 'POST', headers: delivery.headers, body: delivery.body })
    },
    referralId: () => referralId
  }
}

function raised(event: RunEvent, referralId: string) {
  const isTest = event === 'test-created'
  return {
    EventName: event,
    ResourceUri: isTest
      ? `http://api.partnercenter.microsoft.com/webhooks/v1/registration/validationEvents/${randomUUID()}`
      : `https://api.partnercenter.microsoft.com/engagements/v1/referrals/${referralId}`,
    ResourceName: isTest ? 'test' : 'referral',
    AuditUri: null,
    ResourceChangeUtcDate: new Date().toISOString().replace('Z', '0000+00:00')
  }
}

/** A change of a lead that was made from a referral before the flow was turned on. */
export function leadChange(stage: SandboxedService, flow: InstalledFlow, { draft }: FlowRunGiven): Occasion {
  const { sandbox, url, apiKey, settled } = stage
  const { partnerCenter, dataverse } = sandbox
  let referralId: string | undefined
  const change = (): void => {
    const [lead] = dataverse.leads()
    dataverse.updateLead(String(lead?.leadid), { estimatedamount: 91_250, estimatedclosedate: '2027-09-30' })
  }
  return {
    what: 'a user changes the amount and the close date of the lead',
    async prepare() {
      referralId = partnerCenter.createReferral(draft).id
      // Accepted: what is new can be answered, and not edited.
      partnerCenter.updateReferral(referralId, { status: 'Active', substatus: 'Accepted' })
      const synced = await fetch(`${url}/v1/referrals/${referralId}/sync`, { method: 'POST', headers: { 'x-api-key': apiKey } })
      if (synced.status !== 200)
        throw new Failure('INTERNAL', `The referral could not be made a lead: the service answered ${synced.status}.`)
      await settled()
      await flow.turnOn()
    },
    happen: async () => change(),
    again: async () => change(),
    referralId: () => referralId
  }
}

/** The clock strikes, or the trigger asks for what is new. */
export function ownAccord(flow: InstalledFlow): Occasion {
  return {
    what: flow.trigger.type === 'Recurrence' ? 'the clock strikes' : 'the trigger asks for what is new',
    prepare: flow.turnOn,
    happen: async () => void (await flow.fire()),
    again: async () => void (await flow.fire()),
    referralId: () => undefined
  }
}
