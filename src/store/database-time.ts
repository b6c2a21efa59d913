import { sql } from 'kysely'
import type { Database } from './database.ts'

/** What the clock of the database's machine says; undefined when the store is on this machine. */
export async function databaseTime({ db, dialect }: Pick<Database, 'db' | 'dialect'>): Promise<Date | undefined> {
  if (dialect === 'sqlite') return undefined
  const { rows } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(db)
  return rows[0]?.at
}
