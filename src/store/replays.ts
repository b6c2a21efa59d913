import type { Kysely } from 'kysely'
import type { Replays } from '../ports.ts'
import type { Tables } from './tables.ts'

const dayMs = 24 * 60 * 60 * 1000
/** A claim without a result is given back after this time: its process was killed. No request lives as long. */
const claimMs = 2 * 60 * 1000

/**
 * Which POST was answered with what, for a day at the most. A claim is one INSERT: of two processes that make it at once, one succeeds and the
 * other reads what the first has put there.
 */
export function storedReplays(db: Kysely<Tables>, now: () => Date): Replays {
  return {
    async begin(key, requestHash, keptMs) {
      const at = now().getTime()
      await db
        .deleteFrom('replays')
        .where(({ eb, and, or }) =>
          or([
            eb('began_at', '<', at - dayMs),
            // Only of the key that is asked for: each of the three is then found by an index, however many rows a day has.
            and([eb('key', '=', key), eb('began_at', '<', at - keptMs)]),
            and([eb('key', '=', key), eb('result', 'is', null), eb('began_at', '<', at - claimMs)])
          ])
        )
        .execute()
      for (;;) {
        const { numInsertedOrUpdatedRows } = await db
          .insertInto('replays')
          .values({ key, request_hash: requestHash, result: null, began_at: at })
          .onConflict(conflict => conflict.column('key').doNothing())
          .executeTakeFirstOrThrow()
        if (Number(numInsertedOrUpdatedRows ?? 0) > 0) return 'new'
        const earlier = await db.selectFrom('replays').selectAll().where('key', '=', key).executeTakeFirst()
        // The earlier claim was given back in between: it is ours to take.
        if (!earlier) continue
        if (earlier.request_hash !== requestHash) return 'other-request'
        return earlier.result === null ? 'in-progress' : { result: earlier.result }
      }
    },
    async finish(key, result) {
      await db.updateTable('replays').set({ result }).where('key', '=', key).execute()
    },
    async abandon(key) {
      await db.deleteFrom('replays').where('key', '=', key).where('result', 'is', null).execute()
    }
  }
}
