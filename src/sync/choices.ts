import { Failure } from '../failure.ts'
import type { Call, Referrals } from '../ports.ts'
import type { Choice, ChoiceList } from '../schemas/choice.ts'
import { documentedSubstatuses, type ReferralStatus, statusFrom, statusMachine } from '../schemas/status-machine.ts'
import type { SubscribableEvent } from '../schemas/subscription.ts'
import { type RequirementKind, usedRequirements } from './used-requirements.ts'

export interface ChoiceOptions {
  /** Narrows the substatuses to those that go with this status. */
  status?: string
}

const eventNames: Record<SubscribableEvent, string> = {
  'referral-created': 'A referral was created',
  'referral-updated': 'A referral was changed',
  'related-referral-created': 'A related referral was created',
  'related-referral-updated': 'A related referral was changed',
  'test-created': 'A test event was sent'
}

/** The values of the official Partner Center Referrals connector; live referrals have others too, so that the field itself takes any text. */
const salesStages = ['Qualify', 'Develop', 'Propose', 'Close']

const catalogs: Record<Extract<ChoiceList, RequirementKind | 'solution-areas'>, RequirementKind> = {
  'solution-areas': 'solutions',
  products: 'products',
  industries: 'industries',
  services: 'services'
}

/** The lists that somebody who builds a flow chooses from. The function it gives throws REQUEST_INVALID for an unknown status, PARTNER_CENTER_… */
export function choices(ports: { referrals: Pick<Referrals, 'list'>; now: () => Date }) {
  const used = usedRequirements(ports)

  return async (list: ChoiceList, { status }: ChoiceOptions = {}, call?: Call): Promise<Choice[]> => {
    switch (list) {
      case 'events':
        return Object.entries(eventNames).map(([value, name]) => ({ value, name }))
      case 'statuses':
        return Object.keys(statusMachine).map(plain)
      case 'substatuses':
        return statusesFor(status).flatMap(documentedSubstatuses).map(plain)
      case 'sales-stages':
        return salesStages.map(plain)
      default:
        return await used(catalogs[list], call)
    }
  }
}

/** The designer sends an empty status as long as none is chosen. */
function statusesFor(status = ''): ReferralStatus[] {
  const all = Object.keys(statusMachine) as ReferralStatus[]
  if (status === '') return all
  const known = statusFrom(status)
  if (!known) throw new Failure('REQUEST_INVALID', `The status must be one of ${all.join(', ')}.`)
  return [known]
}

const plain = (value: string): Choice => ({ value, name: value })
