import type { DeleteResult, Kysely } from 'kysely'
import { idsFrom } from './sortable-id.ts'
import type { Tables } from './tables.ts'

const dayMs = 24 * 60 * 60 * 1000
/** So that nobody waits long for a lock. */
const batch = 1000

export interface Retention {
  timelineDays: number
  callbackDays: number
}

/** How many rows went. */
export interface Pruned {
  timeline: number
  callbacks: number
  deliveries: number
  intermediates: number
}

/** Deletes what is older than its retention, batch by batch; the timeline of a referral that has a job stays whole. Fetched intermediates go at their end. */
export async function prune(db: Kysely<Tables>, { timelineDays, callbackDays }: Retention, now: () => Date): Promise<Pruned> {
  const before = (days: number): number => now().getTime() - days * dayMs
  // Ids begin with their time, so that the primary key finds the old ones.
  const oldEntries = db
    .selectFrom('timeline')
    .select('id')
    .where('id', '<', idsFrom(before(timelineDays)))
  const done = oldEntries.where(({ not, exists, selectFrom, ref }) =>
    not(exists(selectFrom('jobs').select('kind').where('kind', '=', 'referral').whereRef('subject', '=', ref('timeline.referral_id'))))
  )
  const oldCallbacks = db.selectFrom('callbacks').select('body_hash').where('received_at', '<', before(callbackDays))
  const orphans = db
    .selectFrom('deliveries')
    .select('id')
    .where(({ not, exists, selectFrom, ref }) =>
      not(
        exists(selectFrom('subscriptions').select('subscriptions.id').whereRef('subscriptions.id', '=', ref('deliveries.subscription_id')))
      )
    )
  const ended = db.deleteFrom('intermediates').where('source', '=', 'fetched').where('not_after', '<', now().getTime())
  return {
    intermediates: Number((await ended.executeTakeFirstOrThrow()).numDeletedRows),
    timeline: await inBatches(() => db.deleteFrom('timeline').where('id', 'in', done.orderBy('id').limit(batch)).executeTakeFirstOrThrow()),
    callbacks: await inBatches(() =>
      db.deleteFrom('callbacks').where('body_hash', 'in', oldCallbacks.limit(batch)).executeTakeFirstOrThrow()
    ),
    deliveries: await inBatches(() => db.deleteFrom('deliveries').where('id', 'in', orphans.limit(batch)).executeTakeFirstOrThrow())
  }
}

async function inBatches(deleteSome: () => Promise<DeleteResult>): Promise<number> {
  for (let total = 0; ; ) {
    const count = Number((await deleteSome()).numDeletedRows)
    total += count
    if (count < batch) return total
  }
}
