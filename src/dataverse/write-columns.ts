import type { LeadWrite } from '../ports.ts'
import type { Work } from './client.ts'
import { type Columns, columnsFromLead } from './columns.ts'
import type { Currencies } from './currencies.ts'
import { columnsFromCustom } from './custom-columns.ts'

export interface WriteColumns {
  /** The columns of the lead's fields, with the currency as a lookup. */
  columns: Columns
  /** The organization's own. */
  custom: Columns
  notices: string[]
  /** The currency that the write names, as a code in upper case. */
  currency?: string
}

/**
 * What a write puts into which column. A currency that the organization lacks is left out, and its amount with it: in another currency it
 * would be wrong.
 * @throws CRM_COLUMN_UNKNOWN, REQUEST_INVALID, VALUE_WRONG_TYPE; CRM_… when the currency cannot be looked up
 */
export async function columnsFromWrite(
  { lead, customColumns = {} }: LeadWrite,
  work: Work,
  { currencies, referralColumn }: { currencies: Currencies; referralColumn: string }
): Promise<WriteColumns> {
  const custom = columnsFromCustom(customColumns, referralColumn)
  const { columns, notices } = columnsFromLead(lead)
  const currency = lead.currency?.toUpperCase()
  if (currency === undefined) return { columns, custom, notices }
  const id = await currencies.idOf(currency, work)
  if (id !== undefined) columns['transactioncurrencyid@odata.bind'] = `/transactioncurrencies(${id})`
  else {
    delete columns.estimatedamount
    notices.push(
      `The CRM does not have the currency ${currency}${lead.estimatedAmount === undefined ? '' : ': estimatedAmount was left out'}.`
    )
  }
  return { columns, custom, notices, currency }
}
