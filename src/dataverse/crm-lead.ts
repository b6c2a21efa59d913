import { Failure } from '../failure.ts'
import type { CrmLead, LeadState } from '../ports.ts'
import type { Work } from './client.ts'
import type { Currencies } from './currencies.ts'

/** All that is ever read of a lead. No text is among it: the library crashes on some texts, and none is needed. */
export const leadProperties = ['leadid', 'statecode', 'estimatedamount', '_transactioncurrencyid_value', 'estimatedclosedate']

/** A lead as a row has it: with the currency's id instead of its code. */
export type LeadRow = Omit<CrmLead, 'currency'> & { currencyId?: string }

const states: Record<number, LeadState> = { 0: 'Open', 1: 'Qualified', 2: 'Disqualified' }
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What a row of the Web API says; null is the same as missing. @throws CRM_UNEXPECTED when it has no id */
export function leadRowFrom(value: unknown): LeadRow {
  const row = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  const { leadid, statecode, estimatedamount: amount, estimatedclosedate, _transactioncurrencyid_value: currencyId } = row
  if (typeof leadid !== 'string' || !guid.test(leadid)) throw new Failure('CRM_UNEXPECTED', 'Dataverse did not give the id of the lead.')
  const day = dayFrom(estimatedclosedate)
  return {
    leadId: leadid.toLowerCase(),
    state: (typeof statecode === 'number' ? states[statecode] : undefined) ?? 'Open',
    ...(typeof amount === 'number' && { estimatedAmount: amount }),
    ...(typeof currencyId === 'string' && guid.test(currencyId) && { currencyId: currencyId.toLowerCase() }),
    ...(day !== undefined && { estimatedCloseDate: day })
  }
}

/** The same with the currency's code, which costs a request when the currency has not been seen before. @throws CRM_… */
export async function crmLeadFrom({ currencyId, ...lead }: LeadRow, currencies: Currencies, work: Work): Promise<CrmLead> {
  const currency = currencyId === undefined ? undefined : await currencies.codeOf(currencyId, work)
  return { ...lead, ...(currency !== undefined && { currency }) }
}

/** YYYY-MM-DD. dynamics-web-api makes a Date of a day with a time, which an environment that keeps the time of its days sends. */
function dayFrom(value: unknown): string | undefined {
  if (value instanceof Date) return value.toISOString().slice(0, 10)
  return typeof value === 'string' ? /^\d{4}-\d{2}-\d{2}/.exec(value)?.[0] : undefined
}
