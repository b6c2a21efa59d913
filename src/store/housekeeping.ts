import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

const dayMs = 24 * 60 * 60 * 1000
/** So that nobody waits long for a lock. */
const batch = 1000

export interface Retention {
  timelineDays: number
  callbackDays: number
}

/** Deletes what is older than its retention, batch by batch; the timeline of a referral that has a job stays whole. Gives the counts. */
export async function prune(db: Kysely<Tables>, { timelineDays, callbackDays }: Retention, now: () => Date) {
  const before = (days: number): number => now().getTime() - days * dayMs
  return {
    timeline: await inBatches(() =>
      db
        .deleteFrom('timeline')
        .where('id', 'in', eb =>
          eb
            .selectFrom('timeline')
            .select('id')
            .where('at', '<', before(timelineDays))
            .where('referral_id', 'not in', jobs => jobs.selectFrom('jobs').select('subject').where('kind', '=', 'referral'))
            .orderBy('id')
            .limit(batch)
        )
        .executeTakeFirst()
    ),
    callbacks: await inBatches(() =>
      db
        .deleteFrom('callbacks')
        .where('body_hash', 'in', eb =>
          eb.selectFrom('callbacks').select('body_hash').where('received_at', '<', before(callbackDays)).limit(batch)
        )
        .executeTakeFirst()
    ),
    deliveries: await inBatches(() =>
      db
        .deleteFrom('deliveries')
        .where('id', 'in', eb =>
          eb
            .selectFrom('deliveries')
            .select('id')
            .where('subscription_id', 'not in', known => known.selectFrom('subscriptions').select('id'))
            .limit(batch)
        )
        .executeTakeFirst()
    )
  }
}

async function inBatches(deleteSome: () => Promise<{ numDeletedRows: bigint }>): Promise<number> {
  let total = 0
  for (;;) {
    const count = Number((await deleteSome()).numDeletedRows)
    total += count
    if (count < batch) return total
  }
}
