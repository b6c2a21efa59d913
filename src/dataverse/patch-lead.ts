import { Failure } from '../failure.ts'
import type { Log } from '../ports.ts'
import type { DataverseClient, Work } from './client.ts'
import type { Columns } from './columns.ts'
import { type LeadRow, leadProperties, leadRowFrom } from './crm-lead.ts'
import type { Currencies } from './currencies.ts'
import { answerTo, isMissingLead } from './missing-lead.ts'

type Condition = { ifmatch?: '*'; ifnonematch?: '*' }

export interface Patched {
  outcome: 'created' | 'updated'
  row: LeadRow
}

/** Which lead is written, and with what. */
export interface Target {
  client: DataverseClient
  currencies: Currencies
  /** The alternate key. */
  key: string
  /** The currency that the write names. */
  currency?: string | undefined
  work: Work
  log: Log
}

const doing = 'The lead could not be written'

/**
 * One PATCH by alternate key: 201 says that the lead was created, 200 that it was updated (learn.microsoft.com, «Upsert a table row»).
 * Without `Prefer: return=representation` Dataverse would echo the key instead of the lead's id; with it, the answer is the lead as it is
 * after the write.
 * @throws CRM_VALUE_REFUSED when a record that a lookup names does not exist, CRM_…
 */
export async function patchLead(
  data: Columns,
  condition: Condition,
  { client, currencies, key, currency, work }: Target
): Promise<Patched> {
  try {
    const { value, status } = await client.send(
      doing,
      (api, options) =>
        api.upsert<Columns, unknown>({
          collection: 'leads',
          key,
          data,
          returnRepresentation: true,
          select: [...leadProperties],
          ...condition,
          ...options
        }),
      work
    )
    // Should Node stop telling the status, «created» is the safe answer: the caller then writes everything once more.
    const isUpdate = condition.ifmatch !== undefined || (condition.ifnonematch === undefined && status === 200)
    return { outcome: isUpdate ? 'updated' : 'created', row: leadRowFrom(value) }
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

/** Writes a lead that is there; undefined when there is none. @throws CRM_… */
export async function patchPresentLead(data: Columns, target: Target): Promise<Patched | undefined> {
  try {
    return await patchLead(data, { ifmatch: '*' }, target)
  } catch (failure) {
    if (isMissingLead(failure)) return undefined
    throw failure
  }
}
