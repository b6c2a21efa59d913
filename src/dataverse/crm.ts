import type { Crm } from '../ports.ts'
import { check } from './check.ts'
import { type ClientOptions, dataverseClient, type Work } from './client.ts'
import { currencies } from './currencies.ts'
import { setUp } from './set-up.ts'
import { upsertLead } from './upsert-lead.ts'

export interface DataverseOptions extends ClientOptions {
  /** The lead table's text column that holds the referral's id, for example `new_referralid`. */
  referralColumn: string
  /** Unique name of the solution that the set-up adds the column and its key to. */
  solution?: string | undefined
  /** How long one call of the port may take with all its requests and pauses. */
  deadlineMs?: number | undefined
}

/** The leads of a Dataverse environment, over dynamics-web-api. */
export function dataverseCrm({ referralColumn, solution, deadlineMs = 30_000, ...options }: DataverseOptions): Crm {
  const client = dataverseClient(options)
  const known = currencies(client)
  const work = (correlationId?: string): Work => ({ correlationId, until: client.now().getTime() + deadlineMs })

  return {
    async upsertLead(referralId, write, call) {
      return await upsertLead(referralId, write, work(call?.correlationId), { client, currencies: known, referralColumn, log: options.log })
    },
    async setUp(report) {
      await setUp({ client, referralColumn, solution, report, work })
    },
    async check() {
      return await check({ client, url: options.url, referralColumn, work: work() })
    }
  }
}
