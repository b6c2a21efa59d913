import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Kysely, Selectable } from 'kysely'
import type { ApiKey, ApiKeys } from '../ports.ts'
import { callerOfKey } from '../schemas/caller.ts'
import type { Seal } from './seal.ts'
import { endSubscriptions } from './subscriptions.ts'
import type { Tables } from './tables.ts'

const form = /^rc_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/

/** Keys look like `rc_<id>_<256 random bits>`. Only a keyed hash is stored: with that much chance in it, a slow hash would add nothing. */
export function storedApiKeys(db: Kysely<Tables>, seal: Seal, now: () => Date): ApiKeys {
  return {
    async create(name) {
      const id = randomBytes(6).toString('hex')
      const key = `rc_${id}_${randomBytes(32).toString('base64url')}`
      const createdAt = now()
      await db
        .insertInto('api_keys')
        .values({ id, name, hash: seal.hash(key), created_at: createdAt.getTime(), revoked_at: null })
        .execute()
      return { key, id, name, createdAt }
    },
    async list() {
      return (await db.selectFrom('api_keys').selectAll().orderBy('created_at').orderBy('id').execute()).map(apiKeyFrom)
    },
    revoke: (id, { keepSubscriptions = false } = {}) =>
      db.transaction().execute(async trx => {
        const { numUpdatedRows } = await trx
          .updateTable('api_keys')
          .set({ revoked_at: now().getTime() })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirstOrThrow()
        const own = await trx.selectFrom('subscriptions').select('id').where('caller_id', '=', callerOfKey(id)).execute()
        const ids = own.map(subscription => subscription.id)
        const subscriptions = keepSubscriptions ? ids.length : (await endSubscriptions(trx, ids)).length
        return { isRevoked: Number(numUpdatedRows) > 0, subscriptions }
      }),
    async verify(key) {
      const id = form.exec(key)?.[1]
      if (id === undefined) return undefined
      const row = await db.selectFrom('api_keys').selectAll().where('id', '=', id).where('revoked_at', 'is', null).executeTakeFirst()
      return row && timingSafeEqual(Buffer.from(row.hash, 'hex'), Buffer.from(seal.hash(key), 'hex')) ? apiKeyFrom(row) : undefined
    }
  }
}

function apiKeyFrom({ id, name, created_at, revoked_at }: Selectable<Tables['api_keys']>): ApiKey {
  return { id, name, createdAt: new Date(Number(created_at)), ...(revoked_at !== null && { revokedAt: new Date(Number(revoked_at)) }) }
}
