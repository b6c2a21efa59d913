import { Failure } from '../failure.ts'
import type { LeadWritten } from '../ports.ts'
import { crmLeadFrom } from './crm-lead.ts'
import { answerTo } from './missing-lead.ts'
import type { Target } from './patch-lead.ts'
import { readLeadRow } from './read-lead.ts'

/**
 * Qualified and disqualified leads are read-only. Dataverse documents no code for the refusal, so after any refusal that may be this one the
 * lead's state is read, and a closed lead is an outcome.
 * @throws `failure` itself when it is another one, or the lead is open or cannot be read
 */
export async function leaveClosedLead(
  referralId: string,
  failure: unknown,
  { client, currencies, key, log, work }: Target
): Promise<LeadWritten> {
  if (!isRefusedUpdate(failure)) throw failure
  const ids = { correlationId: work.correlationId, referralId }
  const row = await readLeadRow('The state of the lead could not be read', client, key, work).catch((err: unknown) => {
    log.warn({ ...ids, err }, 'The state of the refused lead could not be read.')
    return undefined
  })
  if (!row || row.state === 'Open') throw failure
  const lead = await crmLeadFrom(row, currencies, work).catch(() => undefined)
  log.info({ ...ids, leadId: row.leadId, state: row.state }, 'The lead is read-only and was left alone.')
  return { leadId: row.leadId, outcome: 'readOnly', state: row.state, notices: [], ...(lead && { lead }) }
}

function isRefusedUpdate(failure: unknown): boolean {
  const codes: string[] = ['CRM_VALUE_REFUSED', 'CRM_DENIED', 'CRM_UNEXPECTED']
  const status = answerTo(failure)?.status ?? 0
  return failure instanceof Failure && codes.includes(failure.code) && status >= 400 && status < 500 && status !== 401 && status !== 404
}
