import { type Kysely, Migrator, sql } from 'kysely'
import type { Database } from './database.ts'
import { migrations } from './migrations.ts'
import type { Tables } from './tables.ts'

/** Any number, if only every version of this service takes the same. */
const lockNumber = 7_263_411_905

/**
 * Acts in one transaction beside which no other process migrates or copies. A process that dies in it leaves nothing half done.
 * On SQLite nobody else writes at all meanwhile; on PostgreSQL an advisory lock is held until the transaction ends.
 */
export async function alone<T>({ db, dialect }: Database, act: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
  return await db.connection().execute(async connection => {
    const run = (text: string): Promise<unknown> => sql.raw(text).execute(connection)
    await run(dialect === 'sqlite' ? 'begin immediate' : 'begin')
    try {
      if (dialect === 'postgres') await run(`select pg_advisory_xact_lock(${lockNumber})`)
      const result = await act(connection)
      await run('commit')
      return result
    } catch (error) {
      // SQLite has rolled back by itself after some errors, and a lost connection has nothing to roll back.
      await run('rollback').catch(() => undefined)
      throw error
    }
  })
}

/**
 * Brings the schema up to date, inside of `alone`: Kysely's migrator makes its own tables before it takes its lock, and takes none on SQLite, so that
 * two processes would make the same tables.
 */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations }, disableTransactions: true })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}
