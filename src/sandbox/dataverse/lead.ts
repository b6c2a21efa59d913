import { refusals } from './error.ts'
import type { Row } from './rows.ts'
import { leadStatusReasons } from './tables.ts'
import type { Value } from './values.ts'

export const leadStates = ['Open', 'Qualified', 'Disqualified']

type Columns = Record<string, Value>

/**
 * What the lead's own rules make of a write: the state machine, and the columns that the system computes.
 * A new lead is open whatever is sent; a closed lead is read-only until it is reactivated (`statecode` 0).
 * @throws DataverseError
 */
export function leadAfter(write: Columns, before: Row | undefined, { id, currencies }: { id: string; currencies: Currencies }): Columns {
  const { statecode: wanted, statuscode, ...rest } = write
  const state = Number(before?.columns.statecode ?? 0)
  if (state !== 0 && wanted !== 0) throw refusals.closed(leadStates[state] ?? '')
  const next = before === undefined ? 0 : Number(wanted ?? state)
  const isMoved = before === undefined || next !== state
  const status = statuscode ?? (isMoved ? leadStatusReasons[next]?.[0] : before.columns.statuscode) ?? null
  if (!leadStatusReasons[next]?.includes(Number(status))) throw refusals.statusReason(Number(status), leadStates[next] ?? '', id)
  const after: Columns = { ...before?.columns, ...rest, statecode: next, statuscode: status }
  after.fullname = [after.firstname, after.lastname].filter(Boolean).join(' ') || null
  return withMoney(after, currencies)
}

export interface Currencies {
  /** The organization's own currency. */
  baseId: string
  /** How much of the currency one unit of the base currency is. */
  rateOf(currencyId: string): number
}

/** An amount is in the row's currency, or else in the organization's own, and is kept in that as well. */
function withMoney(columns: Columns, { baseId, rateOf }: Currencies): Columns {
  const hasMoney = ['estimatedamount', 'budgetamount', 'revenue'].some(name => typeof columns[name] === 'number')
  const currencyId = columns.transactioncurrencyid ?? (hasMoney ? baseId : null)
  const rate = typeof currencyId === 'string' ? rateOf(currencyId) : null
  const amount = columns.estimatedamount
  const inBase = typeof amount === 'number' && rate !== null ? Math.round((amount / rate) * 100) / 100 : null
  return { ...columns, transactioncurrencyid: currencyId, exchangerate: rate, estimatedamount_base: inBase }
}

/** Another lead with the same e-mail address: the duplicate detection rule that every environment starts with. */
export const isDuplicateLead = (columns: Columns, other: Row, id: string): boolean =>
  other.id !== id && typeof columns.emailaddress1 === 'string' && sameText(other.columns.emailaddress1, columns.emailaddress1)

const sameText = (a: Value | undefined, b: string): boolean => typeof a === 'string' && a.toLowerCase() === b.toLowerCase()
