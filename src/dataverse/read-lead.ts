import type { CrmLead } from '../ports.ts'
import type { DataverseClient, Work } from './client.ts'
import { crmLeadFrom, type LeadRow, leadProperties, leadRowFrom } from './crm-lead.ts'
import type { Currencies } from './currencies.ts'
import { answerTo, isMissingLead } from './missing-lead.ts'
import { referralKey } from './referral-key.ts'

/** The lead of a referral as it is now; undefined when there is none. @throws REFERRAL_ID_MALFORMED, CRM_… */
export async function readLead(
  referralId: string,
  work: Work,
  { client, currencies, referralColumn }: { client: DataverseClient; currencies: Currencies; referralColumn: string }
): Promise<CrmLead | undefined> {
  const row = await readLeadRow('The lead could not be read', client, referralKey(referralColumn, referralId), work)
  return row && (await crmLeadFrom(row, currencies, work))
}

/** One GET by alternate key. `doing` begins the sentence of a failure. */
export async function readLeadRow(doing: string, client: DataverseClient, key: string, work: Work): Promise<LeadRow | undefined> {
  try {
    const { value } = await client.send(
      doing,
      (api, options) => api.retrieve<unknown>({ collection: 'leads', key, select: [...leadProperties], ...options }),
      work
    )
    return leadRowFrom(value)
  } catch (failure) {
    // A reading names no other record that could be the missing one.
    if (isMissingLead(failure) || answerTo(failure)?.code === '0x80040217') return undefined
    throw failure
  }
}
