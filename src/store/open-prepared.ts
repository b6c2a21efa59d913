import { type Database, openDatabase, type StorePlace } from './database.ts'
import { alone, migrate } from './migrate.ts'
import { type Seal, seal } from './seal.ts'
import { storedSecrets } from './secrets.ts'
import { toFailure, withFailures } from './to-failure.ts'

/** A secret of a known text: it tells at once whether the key is the right one. */
export const keyCheck = 'check'

export interface Prepared extends Database {
  readonly sealing: Seal
  /** Reads from the store. @throws STORE_UNAVAILABLE, STORE_KEY_WRONG */
  checkKey(): Promise<void>
}

/**
 * A database with the present schema, made with this key of 32 bytes, or new.
 * @throws STORE_UNAVAILABLE, STORE_KEY_WRONG
 */
export async function openPrepared(place: StorePlace, key: Uint8Array, now: () => Date): Promise<Prepared> {
  let database: Database | undefined
  try {
    database = await openDatabase(place)
    const sealing = seal(key)
    await alone(database, async db => {
      await migrate(db)
      const secrets = storedSecrets(db, sealing, now)
      if ((await secrets.get(keyCheck)) === undefined) await secrets.put(keyCheck, 'sealed with the right key')
    })
    const { get } = withFailures(storedSecrets(database.db, sealing, now))
    return { ...database, sealing, checkKey: async () => void (await get(keyCheck)) }
  } catch (error) {
    await database?.close()
    throw toFailure(error)
  }
}
