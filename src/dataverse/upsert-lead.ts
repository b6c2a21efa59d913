import { Failure } from '../failure.ts'
import type { Crm, LeadWrite, Log } from '../ports.ts'
import type { DataverseClient, Work } from './client.ts'
import { type Columns, columnsFromLead } from './columns.ts'
import type { Currencies } from './currencies.ts'
import { columnsFromCustom } from './custom-columns.ts'
import { DataverseError } from './dataverse-error.ts'
import { referralKey } from './referral-key.ts'
import { requiredColumns } from './required-columns.ts'

type Result = Awaited<ReturnType<Crm['upsertLead']>>
type Written = Pick<Result, 'leadId' | 'outcome'>
type Condition = { ifmatch?: '*'; ifnonematch?: '*' }

const doing = 'The lead could not be written'
const closedStates: Record<number, string> = { 1: 'Qualified', 2: 'Disqualified' }

/**
 * One PATCH by alternate key: 201 says that the lead was created, 200 that it was updated (learn.microsoft.com, «Upsert a table row»).
 * Without `Prefer: return=representation` Dataverse would echo the key instead of the lead's id; only ids are selected, never a text.
 *
 * A write without a topic or a last name needs one more request when the lead is new: it is sent as update-only first, since what fills the gap
 * in a new lead must not replace what an existing one has.
 */
export async function upsertLead(
  referralId: string,
  { lead, customColumns = {} }: LeadWrite,
  work: Work,
  { client, currencies, referralColumn, log }: { client: DataverseClient; currencies: Currencies; referralColumn: string; log: Log }
): Promise<Result> {
  const key = referralKey(referralColumn, referralId)
  const custom = columnsFromCustom(customColumns, referralColumn)
  const { columns, notices } = columnsFromLead(lead)
  const currency = lead.currency?.toUpperCase()
  if (currency !== undefined) {
    const id = await currencies.idOf(currency, work)
    if (id !== undefined) columns['transactioncurrencyid@odata.bind'] = `/transactioncurrencies(${id})`
    else {
      delete columns.estimatedamount
      notices.push(
        `The CRM does not have the currency ${currency}${lead.estimatedAmount === undefined ? '' : ': estimatedAmount was left out'}.`
      )
    }
  }
  const fill = requiredColumns(lead, referralId)
  for (const column of Object.keys(fill.columns)) delete columns[column]

  try {
    const written = await write({ ...columns, ...custom })
    const isFilled = written.outcome === 'created'
    log.info({ correlationId: work.correlationId, referralId, ...written }, 'The lead was written.')
    return { ...written, notices: isFilled ? [...notices, ...fill.notices] : notices }
  } catch (failure) {
    if (!isRefusedUpdate(failure)) throw failure
    const closed = await closedLead()
    if (!closed) throw failure
    log.info({ correlationId: work.correlationId, referralId, ...closed }, 'The lead is read-only and was left alone.')
    return { ...closed, outcome: 'readOnly', notices: [] }
  }

  async function write(data: Columns): Promise<Written> {
    if (Object.keys(fill.columns).length === 0) return await upsert(data)
    const updated = await update(data)
    if (updated) return updated
    try {
      return await patch({ ...data, ...fill.columns }, { ifnonematch: '*' })
    } catch (failure) {
      // 412: another run created the lead in the meantime.
      const other = answerTo(failure)?.status === 412 ? await update(data) : undefined
      if (!other) throw failure
      return other
    }
  }

  /** Two runs may both find no lead and both create it; the key lets one of them win, and the other then finds it. */
  async function upsert(data: Columns): Promise<Written> {
    try {
      return await patch(data, {})
    } catch (failure) {
      if (answerTo(failure)?.code !== '0x80060892') throw failure
      return await patch(data, {})
    }
  }

  /** Undefined when there is no lead. */
  async function update(data: Columns): Promise<Written | undefined> {
    try {
      return await patch(data, { ifmatch: '*' })
    } catch (failure) {
      // 0x80040217 is said of a record by its id, so of one that a lookup names.
      const answer = failure instanceof Failure && failure.code !== 'CRM_NOT_SET_UP' ? answerTo(failure) : undefined
      if (answer?.status === 404 && answer.code !== '0x80040217') return undefined
      throw failure
    }
  }

  async function patch(data: Columns, condition: Condition): Promise<Written> {
    try {
      const { value, status } = await client.send(
        doing,
        (api, options) =>
          api.upsert<Columns, unknown>({
            collection: 'leads',
            key,
            data,
            returnRepresentation: true,
            select: ['leadid', 'statecode'],
            ...condition,
            ...options
          }),
        work
      )
      // Should Node stop telling the status, «created» is the safe answer: the caller then writes everything once more.
      const isUpdate = condition.ifmatch !== undefined || (condition.ifnonematch === undefined && status === 200)
      return { leadId: leadFrom(value).leadId, outcome: isUpdate ? 'updated' : 'created' }
    } catch (failure) {
      // Neither an upsert nor a create can miss the lead itself, only a record that a lookup names.
      const isLead = condition.ifmatch !== undefined && answerTo(failure)?.code !== '0x80040217'
      if (!isLead && failure instanceof Failure && failure.code === 'CRM_RECORD_MISSING') {
        if (currency !== undefined) currencies.forget(currency)
        throw new Failure('CRM_VALUE_REFUSED', `${doing}: a record that it refers to does not exist.`, { cause: failure.cause })
      }
      throw failure
    }
  }

  async function closedLead(): Promise<{ leadId: string; state: string } | undefined> {
    try {
      const { value } = await client.send(
        'The state of the lead could not be read',
        (api, options) => api.retrieve<unknown>({ collection: 'leads', key, select: ['leadid', 'statecode'], ...options }),
        work
      )
      const { leadId, stateCode } = leadFrom(value)
      const state = closedStates[stateCode]
      return state === undefined ? undefined : { leadId, state }
    } catch (error) {
      log.warn({ correlationId: work.correlationId, referralId, err: error }, 'The state of the refused lead could not be read.')
      return undefined
    }
  }
}

/** Whether the lead's being closed may be the reason: Dataverse documents no code for it. */
function isRefusedUpdate(failure: unknown): boolean {
  const codes: string[] = ['CRM_VALUE_REFUSED', 'CRM_DENIED', 'CRM_UNEXPECTED']
  const status = answerTo(failure)?.status ?? 0
  return failure instanceof Failure && codes.includes(failure.code) && status >= 400 && status < 500 && status !== 401 && status !== 404
}

const answerTo = (failure: unknown): DataverseError | undefined =>
  failure instanceof Failure && failure.cause instanceof DataverseError ? failure.cause : undefined

function leadFrom(value: unknown): { leadId: string; stateCode: number } {
  const { leadid, statecode } = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  if (typeof leadid !== 'string' || !/^[0-9a-f-]{36}$/i.test(leadid)) {
    throw new Failure('CRM_UNEXPECTED', 'Dataverse did not give the id of the lead that was written.')
  }
  return { leadId: leadid, stateCode: typeof statecode === 'number' ? statecode : 0 }
}
