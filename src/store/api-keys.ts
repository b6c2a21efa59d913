import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Kysely, Selectable } from 'kysely'
import type { ApiKey, ApiKeys } from '../ports.ts'
import { callerOfKey, type Scope } from '../schemas/caller.ts'
import type { Seal } from './seal.ts'
import { endSubscriptions } from './subscriptions.ts'
import type { Tables } from './tables.ts'

type Row = Selectable<Tables['api_keys']>
/** Where a use is written down: of the key at all, and of its secret from before the rotation besides. */
type UseColumn = 'used_at' | 'old_used_at'

const form = /^rc_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/
const hourMs = 60 * 60 * 1000
/** No secret is known to have this hash. */
const nobody = '0'.repeat(64)

/** Keys look like `rc_<id>_<256 random bits>`. Only a keyed hash is stored: with that much chance in it, a slow hash would add nothing. */
export function storedApiKeys(db: Kysely<Tables>, seal: Seal, now: () => Date): ApiKeys {
  const noteUse = useNotes(db, now)
  const newKey = (id: string): string => `rc_${id}_${randomBytes(32).toString('base64url')}`

  return {
    async create(name, { scope = 'write' } = {}) {
      const id = randomBytes(6).toString('hex')
      const key = newKey(id)
      const createdAt = now()
      await db
        .insertInto('api_keys')
        .values({ id, name, scope, hash: seal.hash(key), created_at: createdAt.getTime(), revoked_at: null })
        .execute()
      return { key, id, name, scope, createdAt }
    },
    async list() {
      return (await db.selectFrom('api_keys').selectAll().orderBy('created_at').orderBy('id').execute()).map(apiKeyFrom)
    },
    async rotate(id, { graceMs }) {
      const key = newKey(id)
      const at = now().getTime()
      // What stands on the right of an assignment is the row as it was.
      const row = await db
        .updateTable('api_keys')
        .set(({ ref }) => ({ old_hash: ref('hash'), hash: seal.hash(key), rotated_at: at, old_ends_at: at + graceMs, old_used_at: null }))
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .returningAll()
        .executeTakeFirst()
      return row && { key, ...apiKeyFrom(row) }
    },
    async setScope(id, scope) {
      const update = db.updateTable('api_keys').set({ scope }).where('id', '=', id).where('revoked_at', 'is', null)
      const row = await update.returningAll().executeTakeFirst()
      return row && apiKeyFrom(row)
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
      // Asked at each call, by the primary key, and not remembered: a key that is revoked in one process is refused in every other at once.
      const row = await db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst()
      // The same steps whether there is such a key or not, and whichever of its secrets it is.
      const hash = seal.hash(key)
      const isPresent = isSame(hash, row?.hash)
      const isOld = isSame(hash, row?.old_hash) && Number(row?.old_ends_at) > now().getTime()
      if (!row || row.revoked_at !== null || !(isPresent || isOld)) return undefined
      await noteUse(row, isPresent ? 'used_at' : 'old_used_at')
      return apiKeyFrom(row)
    }
  }
}

function isSame(hash: string, stored: string | null | undefined): boolean {
  return timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(stored ?? nobody, 'hex'))
}

/** Writes the use of a secret down, at most once an hour. No request fails for it: it only helps a person to see what is in use. */
function useNotes(db: Kysely<Tables>, now: () => Date): (row: Row, column: UseColumn) => Promise<void> {
  /** What this process has written or tried to: of many requests at once one writes, and where nothing can be written it is not tried each time. */
  const noted = new Map<string, number>()
  return async (row, column) => {
    const at = now().getTime()
    const secret = `${column} ${row.hash}`
    if (at - Math.max(Number(row[column] ?? 0), noted.get(secret) ?? 0) < hourMs) return
    noted.set(secret, at)
    const write = db
      .updateTable('api_keys')
      .set({ used_at: at, [column]: at })
      .where('id', '=', row.id)
      .where('hash', '=', row.hash)
    await write.execute().catch(() => undefined)
  }
}

function apiKeyFrom({ id, name, scope, ...row }: Row): ApiKey {
  return {
    id,
    name,
    scope: scope as Scope,
    createdAt: new Date(Number(row.created_at)),
    ...dated('rotatedAt', row.rotated_at),
    ...dated('oldSecretEndsAt', row.old_ends_at),
    ...dated('oldSecretUsedAt', row.old_used_at),
    ...dated('usedAt', row.used_at),
    ...dated('revokedAt', row.revoked_at)
  }
}

function dated<Name extends string>(name: Name, at: number | string | null): { [key in Name]?: Date } {
  return (at === null ? {} : { [name]: new Date(Number(at)) }) as { [key in Name]?: Date }
}
