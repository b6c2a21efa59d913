import type { Kysely } from 'kysely'
import type { Jobs } from '../ports.ts'
import { addHints } from './add-hints.ts'
import { claiming } from './claim-jobs.ts'
import type { Dialect } from './database.ts'
import { selecting } from './select-jobs.ts'
import { settling } from './settle-jobs.ts'
import type { Tables } from './tables.ts'
import type { InsertEntries } from './timeline.ts'

export interface JobsOptions {
  now: () => Date
  dialect: Dialect
  insertEntries: InsertEntries
}

/** A row for each subject of a kind. Every operation is one transaction, and right with several processes at once. */
export function storedJobs(db: Kysely<Tables>, options: JobsOptions): Jobs {
  return {
    async add(...hints) {
      if (hints.length > 0) await db.transaction().execute(trx => addHints(trx, hints, options.now()))
    },
    ...claiming(db, options),
    ...settling(db, options),
    ...selecting(db, options)
  }
}
