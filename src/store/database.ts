import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** One schema and one code path for both; they differ in how rows are locked, and in nothing else. */
export type Dialect = 'sqlite' | 'postgres'

/** Where a store is: a folder, made when it is missing, or `:memory:`; or the URL of a PostgreSQL database, `postgres://user:password@host/database`. */
export type StorePlace = { folder: string } | { databaseUrl: string }

export interface Database {
  readonly db: Kysely<Tables>
  readonly dialect: Dialect
  close(): Promise<void>
}

/** PostgreSQL is not asked for anything before the first query. */
export async function openDatabase(place: StorePlace): Promise<Database> {
  // Each database's own client takes its time and memory at the start: only the one that is used is loaded.
  if ('databaseUrl' in place) return (await import('./postgres.ts')).openPostgres(place.databaseUrl)
  return await (await import('./sqlite.ts')).openSqlite(place.folder)
}
