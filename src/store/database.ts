import type { Kysely } from 'kysely'
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'
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
  return 'databaseUrl' in place ? openPostgres(place.databaseUrl) : await openSqlite(place.folder)
}
