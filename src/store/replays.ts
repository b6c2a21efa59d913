import type { Kysely } from 'kysely'
import type { Replays } from '../ports.ts'
import type { Tables } from './tables.ts'

const dayMs = 24 * 60 * 60 * 1000
/** A claim without a result is given back after this time: its process was killed. No request lives as long. */
const claimMs = 2 * 60 * 1000

/** Which POST was answered with what, for a day at the most. */
export function storedReplays(db: Kysely<Tables>, now: () => Date): Replays {
  return {
    async begin(key, requestHash, keptMs) {
      const at = now().getTime()
      return await db.transaction().execute(async transaction => {
        await transaction
          .deleteFrom('replays')
          .where('began_at', '<', at - dayMs)
          .execute()
        await transaction
          .deleteFrom('replays')
          .where('result', 'is', null)
          .where('began_at', '<', at - claimMs)
          .execute()
        await transaction
          .deleteFrom('replays')
          .where('key', '=', key)
          .where('began_at', '<', at - keptMs)
          .execute()
        const { numInsertedOrUpdatedRows } = await transaction
          .insertInto('replays')
          .values({ key, request_hash: requestHash, result: null, began_at: at })
          .onConflict(conflict => conflict.column('key').doNothing())
          .executeTakeFirst()
        if (Number(numInsertedOrUpdatedRows ?? 0) > 0) return 'new'
        const earlier = await transaction.selectFrom('replays').selectAll().where('key', '=', key).executeTakeFirstOrThrow()
        if (earlier.request_hash !== requestHash) return 'other-request'
        return earlier.result === null ? 'in-progress' : { result: earlier.result }
      })
    },
    async finish(key, result) {
      await db.updateTable('replays').set({ result }).where('key', '=', key).execute()
    },
    async abandon(key) {
      await db.deleteFrom('replays').where('key', '=', key).where('result', 'is', null).execute()
    }
  }
}
