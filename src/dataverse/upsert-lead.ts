import { Failure } from '../failure.ts'
import type { LeadWrite, LeadWritten, Log } from '../ports.ts'
import type { DataverseClient, Work } from './client.ts'
import { leaveClosedLead } from './closed-lead.ts'
import type { Columns } from './columns.ts'
import { crmLeadFrom } from './crm-lead.ts'
import type { Currencies } from './currencies.ts'
import { answerTo } from './missing-lead.ts'
import { type Patched, patchLead, patchPresentLead, type Target } from './patch-lead.ts'
import { readLeadRow } from './read-lead.ts'
import { referralKey } from './referral-key.ts'
import { requiredColumns } from './required-columns.ts'
import { columnsFromWrite } from './write-columns.ts'

export interface WritePlace {
  client: DataverseClient
  currencies: Currencies
  referralColumn: string
  log: Log
}

/**
 * Creates or updates the lead of a referral with one request. A write without a topic or a last name needs one more when the lead is new: it
 * is sent as update-only first, since what fills the gap in a new lead must not replace what an existing one has.
 * @throws REFERRAL_ID_MALFORMED, CRM_…
 */
export async function upsertLead(referralId: string, write: LeadWrite, work: Work, place: WritePlace): Promise<LeadWritten> {
  const { data, fill, notices, target } = await prepared(referralId, write, work, place)
  try {
    const patched = Object.keys(fill.columns).length === 0 ? await upsert(data, target) : await updateOrCreate(data, fill.columns, target)
    return await written(referralId, patched, patched.outcome === 'created' ? [...notices, ...fill.notices] : notices, target)
  } catch (failure) {
    return await leaveClosedLead(referralId, failure, target)
  }
}

/** Creates the lead of a referral, with one request; undefined when there is one already. @throws REFERRAL_ID_MALFORMED, CRM_… */
export async function createLead(referralId: string, write: LeadWrite, work: Work, place: WritePlace): Promise<LeadWritten | undefined> {
  const { data, fill, notices, target } = await prepared(referralId, write, work, place)
  try {
    const patched = await patchLead({ ...data, ...fill.columns }, { ifnonematch: '*' }, target)
    return await written(referralId, patched, [...notices, ...fill.notices], target)
  } catch (failure) {
    const { status, code } = answerTo(failure) ?? {}
    // 412 says too that a duplicate detection rule of the organization has found another record.
    if (status !== 412 && code !== '0x80060892') throw failure
    if (await readLeadRow('The lead could not be read', target.client, target.key, work)) return undefined
    throw failure
  }
}

/** Writes the lead of a referral if there is one, with one request; undefined when there is none. @throws REFERRAL_ID_MALFORMED, CRM_… */
export async function updateLead(referralId: string, write: LeadWrite, work: Work, place: WritePlace): Promise<LeadWritten | undefined> {
  const { data, notices, target } = await prepared(referralId, write, work, place)
  try {
    const patched = await patchPresentLead(data, target)
    return patched && (await written(referralId, patched, notices, target))
  } catch (failure) {
    return await leaveClosedLead(referralId, failure, target)
  }
}

async function prepared(referralId: string, write: LeadWrite, work: Work, place: WritePlace) {
  const key = referralKey(place.referralColumn, referralId)
  const { columns, custom, notices, currency } = await columnsFromWrite(write, work, place)
  const fill = requiredColumns(write.lead, referralId)
  for (const column of Object.keys(fill.columns)) delete columns[column]
  const target: Target = { ...place, key, currency, work }
  return { data: { ...columns, ...custom }, fill, notices, target }
}

/** Two runs may both find no lead and both create it; the key lets one of them win, and the other then finds it. */
async function upsert(data: Columns, target: Target): Promise<Patched> {
  try {
    return await patchLead(data, {}, target)
  } catch (failure) {
    if (answerTo(failure)?.code !== '0x80060892') throw failure
    return await patchLead(data, {}, target)
  }
}

async function updateOrCreate(data: Columns, fill: Columns, target: Target): Promise<Patched> {
  const updated = await patchPresentLead(data, target)
  if (updated) return updated
  try {
    return await patchLead({ ...data, ...fill }, { ifnonematch: '*' }, target)
  } catch (failure) {
    // 412: another run created the lead in the meantime.
    const other = answerTo(failure)?.status === 412 ? await patchPresentLead(data, target) : undefined
    if (!other) throw failure
    return other
  }
}

async function written(
  referralId: string,
  { outcome, row }: Patched,
  notices: string[],
  { currencies, log, work }: Target
): Promise<LeadWritten> {
  const ids = { correlationId: work.correlationId, referralId }
  log.info({ ...ids, leadId: row.leadId, outcome }, 'The lead was written.')
  const result: LeadWritten = { leadId: row.leadId, outcome, notices }
  try {
    return { ...result, lead: await crmLeadFrom(row, currencies, work) }
  } catch (err) {
    // The write is done. Without the code of its currency the lead is not told: a missing one would look like a change in the CRM.
    if (!(err instanceof Failure)) throw err
    log.warn({ ...ids, err }, 'The currency of the written lead could not be read.')
    return result
  }
}
