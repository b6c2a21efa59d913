import { setTimeout as pause } from 'node:timers/promises'
import { CompiledQuery, type Driver, Kysely, type QueryResult, SqliteDialect, SqliteDriver } from 'kysely'
import Sqlite from 'libsql'
import type { Database } from './database.ts'
import { privateFile } from './private-file.ts'
import { storable } from './storable-text.ts'
import type { Tables } from './tables.ts'
import { isLocked } from './to-failure.ts'

/** SQLite waits inside the call, which holds up everything else in this process: so shortly. The rest of the wait is ours. */
const busyTimeoutMs = 20
const pauseMs = 25
/** Some six seconds in all. */
const attempts = 120

/** The embedded store: one file, a write-ahead log, an fsync at each commit. Several processes may have it open; one writes at a time. */
export async function openSqlite(folder: string): Promise<Database> {
  const path = folder === ':memory:' ? folder : privateFile(folder, 'store.sqlite')
  const sqlite = await untilUnlocked(() => open(path))
  const dialect = new SqliteDialect({ database: sqlite })
  const db = new Kysely<Tables>({
    dialect: {
      createAdapter: () => dialect.createAdapter(),
      createIntrospector: db => dialect.createIntrospector(db),
      createQueryCompiler: () => dialect.createQueryCompiler(),
      createDriver: () => waitingDriver(sqlite)
    }
  })
  return { db, dialect: 'sqlite', close: () => db.destroy() }
}

function open(path: string): Sqlite.Database {
  const sqlite = new Sqlite(path)
  try {
    // In this order: two processes that open a new file at the same moment fail when the journal mode comes first.
    sqlite.exec(`pragma busy_timeout = ${busyTimeoutMs}`)
    sqlite.exec('pragma journal_mode = wal')
    sqlite.exec('pragma synchronous = full')
    return sqlite
  } catch (error) {
    sqlite.close()
    throw error
  }
}

const begin = 'begin immediate'

/**
 * Kysely's driver, but it waits for other writers without holding up this process, and a transaction is a writer from its start: one that reads
 * first and finds out later that it has to write is refused at once when another has written in between (sqlite.org/rescode.html#busy_snapshot).
 */
function waitingDriver(sqlite: Sqlite.Database): Driver {
  const driver = new SqliteDriver({ database: sqlite })
  const acquire = driver.acquireConnection.bind(driver)
  driver.acquireConnection = async () => {
    const connection = await acquire()
    return {
      async executeQuery<R>(given: CompiledQuery): Promise<QueryResult<R>> {
        const query = { ...given, parameters: storable(given.parameters) }
        if (sqlite.inTransaction) return await connection.executeQuery<R>(query)
        if (query.query.kind === 'SelectQueryNode') return await untilUnlocked(() => connection.executeQuery<R>(query))
        // A prepared statement that meets a lock stays unfinished, and no later transaction can be committed beside it: so only `exec` does.
        await untilUnlocked(() => sqlite.exec(begin))
        if (query.sql === begin) return { rows: [] }
        try {
          const result = await connection.executeQuery<R>(query)
          sqlite.exec('commit')
          return result
        } catch (error) {
          if (sqlite.inTransaction) sqlite.exec('rollback')
          throw error
        }
      },
      streamQuery: <R>(query: CompiledQuery, chunkSize?: number) => connection.streamQuery<R>(query, chunkSize ?? 1)
    }
  }
  driver.beginTransaction = async connection => void (await connection.executeQuery(CompiledQuery.raw(begin)))
  // After a full disk or an IO error SQLite has rolled back by itself (sqlite.org/lang_transaction.html); to do it again would fail, and hide why.
  driver.rollbackTransaction = async () => {
    if (sqlite.inTransaction) sqlite.exec('rollback')
  }
  return driver
}

async function untilUnlocked<T>(act: () => T | Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act()
    } catch (error) {
      if (!isLocked(error) || attempt === attempts) throw error
      await pause(pauseMs)
    }
  }
}
