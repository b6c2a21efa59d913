import type { Call, Crm } from '../ports.ts'
import { leadChanges } from './changes.ts'
import { check } from './check.ts'
import { type ClientOptions, dataverseClient, type Work } from './client.ts'
import { currencies } from './currencies.ts'
import { leadColumns } from './lead-columns.ts'
import { readLead } from './read-lead.ts'
import { setUp } from './set-up.ts'
import { createLead, updateLead, upsertLead } from './upsert-lead.ts'

export interface DataverseOptions extends ClientOptions {
  /** The lead table's text column that holds the referral's id, for example `new_referralid`. */
  referralColumn: string
  /** Unique name of the solution that the set-up adds the column and its key to. */
  solution?: string | undefined
  /** How long one call of the port may take with all its requests and pauses; for changes, one page of them. */
  deadlineMs?: number | undefined
  /** How many leads a page of changes has, 500 to 5000. */
  pageSize?: number | undefined
}

/** The leads of a Dataverse environment, over dynamics-web-api. */
export function dataverseCrm({ referralColumn, solution, deadlineMs = 30_000, pageSize, ...options }: DataverseOptions): Crm {
  const client = dataverseClient(options)
  const known = currencies(client)
  const work = ({ correlationId, signal }: Call = {}): Work => ({ correlationId, signal, until: client.now().getTime() + deadlineMs })

  const columns = leadColumns({ client, referralColumn })
  const place = { client, currencies: known, referralColumn, log: options.log }

  return {
    async upsertLead(referralId, write, call) {
      return await upsertLead(referralId, write, work(call), place)
    },
    async createLead(referralId, write, call) {
      return await createLead(referralId, write, work(call), place)
    },
    async updateLead(referralId, write, call) {
      return await updateLead(referralId, write, work(call), place)
    },
    async readLead(referralId, call) {
      return await readLead(referralId, work(call), place)
    },
    changes: leadChanges({ ...place, pageSize, work }),
    async leadColumns(call) {
      return await columns(work(call))
    },
    async setUp(report) {
      await setUp({ client, referralColumn, solution, report, work })
    },
    async check() {
      return await check({ client, url: options.url, referralColumn, work: work() })
    }
  }
}
