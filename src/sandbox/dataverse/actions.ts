import { randomUUID } from 'node:crypto'
import { refusals } from './error.ts'
import { type Currencies, leadAfter, leadStates } from './lead.ts'
import type { Row, Rows } from './rows.ts'

type Json = Record<string, unknown>

/**
 * Qualifies an open lead, which makes it read-only, and answers with references to what was created (here by name only).
 * Source: learn.microsoft.com, «QualifyLead Action»
 * @throws DataverseError
 */
export function qualifyLead(row: Row, body: unknown, { rows, currencies }: { rows: Rows; currencies: Currencies }): Json {
  const parameters: Json = typeof body === 'object' && body !== null ? (body as Json) : {}
  for (const name of ['CreateAccount', 'CreateContact', 'CreateOpportunity'])
    if (typeof parameters[name] !== 'boolean') throw refusals.invalid(`The parameter '${name}' of the action QualifyLead is required.`)
  if (typeof parameters.Status !== 'number') throw refusals.invalid("The parameter 'Status' of the action QualifyLead is required.")
  const state = Number(row.columns.statecode)
  if (state !== 0) throw refusals.closed(leadStates[state] ?? '')
  const status = parameters.Status === -1 ? 3 : parameters.Status
  rows.put(row.id, leadAfter({ statecode: 1, statuscode: status }, row, { id: row.id, currencies }))
  const created = ['Account', 'Contact', 'Opportunity'].filter(name => parameters[`Create${name}`] === true)
  return {
    value: created.map(name => ({
      '@odata.type': `#Microsoft.Dynamics.CRM.${name.toLowerCase()}`,
      [`${name.toLowerCase()}id`]: randomUUID()
    }))
  }
}
