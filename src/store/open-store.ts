import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Kysely, Migrator, SqliteDialect } from 'kysely'
import Database from 'libsql'
import type { ApiKeys, Inbox, Jobs, Links, Marks, Replays, Secrets, Subscriptions, TimelineEntries } from '../ports.ts'
import { storedApiKeys } from './api-keys.ts'
import { prune, type Retention } from './housekeeping.ts'
import { storedInbox } from './inbox.ts'
import { storedJobs } from './jobs.ts'
import { storedLinks } from './links.ts'
import { storedMarks } from './marks.ts'
import { migrations } from './migrations.ts'
import { storedReplays } from './replays.ts'
import { seal } from './seal.ts'
import { storedSecrets } from './secrets.ts'
import { sortableIds } from './sortable-id.ts'
import { storedSubscriptions } from './subscriptions.ts'
import type { Tables } from './tables.ts'
import { entryInserter, storedTimeline } from './timeline.ts'
import { isLocked, toFailure, withFailures } from './to-failure.ts'

const openAttempts = 10
/** A secret of a known text: it tells at once whether the key is the right one. */
const keyCheck = 'check'

export interface Store {
  secrets: Secrets
  apiKeys: ApiKeys
  links: Links
  replays: Replays
  jobs: Jobs
  inbox: Inbox
  timeline: TimelineEntries
  subscriptions: Subscriptions
  marks: Marks
  /** Deletes what is older than its retention. */
  prune(retention: Retention): Promise<Record<string, number>>
  /** Reads from the store. @throws STORE_UNAVAILABLE, STORE_KEY_WRONG */
  check(): Promise<void>
  close(): Promise<void>
}

export type Dialect = 'sqlite' | 'postgres'

export interface StoreOptions {
  /** A folder, made when it is missing, or `:memory:`. */
  folder: string
  /** 32 bytes; what is stored is sealed with it. */
  key: Uint8Array
  now: () => Date
  subscriptionsMax?: number
}

/**
 * Opens the embedded store and brings its schema up to date.
 * @throws STORE_UNAVAILABLE when the folder cannot be used, STORE_KEY_WRONG when it was made with another key
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  // Two processes that open a new file at the same moment can meet a lock that SQLite does not wait for.
  for (let attempt = 1; ; attempt++) {
    try {
      return await openOnce(options)
    } catch (error) {
      if (!isLocked(error) || attempt === openAttempts) throw toFailure(error)
      await pause(attempt * 50)
    }
  }
}

async function openOnce({ folder, key, now, subscriptionsMax = 500 }: StoreOptions): Promise<Store> {
  const database = openDatabase(folder)
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) })
  const sealing = seal(key)
  const secrets = storedSecrets(db, sealing, now)
  try {
    await alone(database, async () => {
      await migrate(db)
      if ((await secrets.get(keyCheck)) === undefined) await secrets.put(keyCheck, 'sealed with the right key')
    })
  } catch (error) {
    await db.destroy()
    throw error
  }
  const guarded = withFailures(secrets)
  const dialect: Dialect = 'sqlite'
  const nextId = sortableIds(now)
  const insertEntries = entryInserter(nextId, now)
  return {
    secrets: guarded,
    apiKeys: withFailures(storedApiKeys(db, sealing, now)),
    links: withFailures(storedLinks(db, sealing, now)),
    replays: withFailures(storedReplays(db, now)),
    jobs: withFailures(storedJobs(db, { now, dialect, insertEntries })),
    inbox: withFailures(storedInbox(db, { now, nextId, insertEntries })),
    timeline: withFailures(storedTimeline(db, insertEntries)),
    subscriptions: withFailures(storedSubscriptions(db, sealing, { now, max: subscriptionsMax, insertEntries })),
    marks: withFailures(storedMarks(db, now)),
    async prune(retention) {
      try {
        return await prune(db, retention, now)
      } catch (error) {
        throw toFailure(error)
      }
    },
    async check() {
      await guarded.get(keyCheck)
    },
    close: () => db.destroy()
  }
}

/** Waits for other processes and makes every commit durable: write-ahead log, fsync at each commit. */
function openDatabase(folder: string): Database.Database {
  const database = new Database(folder === ':memory:' ? folder : fileIn(folder))
  try {
    // In this order: two processes that open a new file at the same moment fail when the journal mode comes first.
    database.exec('pragma busy_timeout = 5000')
    database.exec('pragma journal_mode = wal')
    database.exec('pragma synchronous = full')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * The file, for its owner only before anything is in it: SQLite gives the files beside it the same permissions. An existing one is not opened
 * here, for closing it again would drop the locks that this process holds on it (sqlite.org/howtocorrupt.html, section 2.2).
 */
function fileIn(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'store.sqlite')
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  chmodSync(path, 0o600)
  return path
}

/**
 * Acts in one transaction that no other process can write beside. Kysely's migrator takes no lock and begins no transaction on SQLite: two
 * processes would make the same tables, and a killed one would leave half of them.
 */
async function alone(database: Database.Database, act: () => Promise<void>): Promise<void> {
  database.exec('begin immediate')
  try {
    await act()
    database.exec('commit')
  } catch (error) {
    if (database.inTransaction) database.exec('rollback')
    throw error
  }
}

async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}
