import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Kysely, Migrator, SqliteDialect, sql } from 'kysely'
import Database from 'libsql'
import { Failure } from '../failure.ts'
import type { ApiKeys, Links, Replays, Secrets } from '../ports.ts'
import { storedApiKeys } from './api-keys.ts'
import { storedLinks } from './links.ts'
import { migrations } from './migrations.ts'
import { storedReplays } from './replays.ts'
import { seal } from './seal.ts'
import { storedSecrets } from './secrets.ts'
import type { Tables } from './tables.ts'

export interface Store {
  secrets: Secrets
  apiKeys: ApiKeys
  links: Links
  replays: Replays
  /** @throws STORE_UNAVAILABLE when the store cannot be read */
  check(): Promise<void>
  close(): Promise<void>
}

export interface StoreOptions {
  /** A folder, made when it is missing, or `:memory:`. */
  folder: string
  /** 32 bytes; what is stored is sealed with it. */
  key: Uint8Array
  now: () => Date
}

/**
 * Opens the embedded store and brings its schema up to date.
 * @throws STORE_UNAVAILABLE when the folder cannot be used, STORE_KEY_WRONG when it was made with another key
 */
export async function openStore({ folder, key, now }: StoreOptions): Promise<Store> {
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: openDatabase(folder) }) })
  const sealing = seal(key)
  const secrets = storedSecrets(db, sealing, now)
  try {
    await migrate(db)
    if ((await secrets.get('check')) === undefined) await secrets.put('check', 'sealed with the right key')
  } catch (error) {
    await db.destroy()
    throw toFailure(error)
  }
  return {
    secrets,
    apiKeys: storedApiKeys(db, sealing, now),
    links: storedLinks(db, sealing, now),
    replays: storedReplays(db, now),
    async check() {
      await sql`select 1`.execute(db).catch(error => {
        throw toFailure(error)
      })
    },
    close: () => db.destroy()
  }
}

/** Waits for other processes and makes every commit durable: write-ahead log, fsync at each commit. */
function openDatabase(folder: string): Database.Database {
  try {
    if (folder !== ':memory:') mkdirSync(folder, { recursive: true, mode: 0o700 })
    const path = folder === ':memory:' ? folder : join(folder, 'store.sqlite')
    const database = new Database(path)
    // In this order: two processes that open a new file at the same moment fail when the journal mode comes first.
    database.exec('pragma busy_timeout = 5000')
    database.exec('pragma journal_mode = wal')
    database.exec('pragma synchronous = full')
    if (folder !== ':memory:') chmodSync(path, 0o600)
    return database
  } catch (error) {
    throw toFailure(error)
  }
}

/** Two processes that open a new folder at once both try; the one that comes too late finds the work done when it looks again. */
async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  for (let attempt = 1; ; attempt++) {
    const { error } = await migrator.migrateToLatest()
    if (error === undefined) return
    if (attempt === 3) throw error
  }
}

function toFailure(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure('STORE_UNAVAILABLE', 'The store cannot be opened or read.', { cause: error })
}
