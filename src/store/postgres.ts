import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import type { Database } from './database.ts'
import { storable } from './storable-text.ts'
import type { Tables } from './tables.ts'

/** Every wait has an end. The client's own limit comes after the server's, for a server that does not answer at all. */
const limits = {
  max: 10,
  connectionTimeoutMillis: 5000,
  idleTimeoutMillis: 30_000,
  statement_timeout: 30_000,
  idle_in_transaction_session_timeout: 30_000,
  query_timeout: 35_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000
} as const

/**
 * A pool of connections that are made when they are needed, so that a server that comes back is found again. What the URL says goes before what
 * is said here: sslmode, statement_timeout and the rest (node-postgres.com/features/connecting#connection-uri).
 */
export function openPostgres(url: string): Database {
  const pool = new pg.Pool({ connectionString: url, application_name: 'referral-connector', ...limits, types: { getTypeParser } })
  // An error that nobody listens for would end the process. The pool drops the connection; whoever waits for an answer on it is told.
  pool.on('error', () => undefined)
  // The pool listens only to those that lie idle in it (node-postgres.com/apis/pool#error).
  pool.on('connect', client => void client.on('error', () => undefined))
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: { connect: async () => lent(await pool.connect()), end: () => pool.end() } })
  })
  return { db, dialect: 'postgres', close: () => db.destroy() }
}

/** Counts and instants fit into a number; the driver hands bigints out as text. For this pool only: its list is shared by the whole process. */
const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === pg.types.builtins.INT8 && format !== 'binary'
    ? Number
    : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser

/**
 * A connection, as it is lent to the store. One that gave no answer in time is not used again: the late answer would be in the way of the next
 * question. In a transaction that has failed, each further query fails of that alone (25P02); what it failed of first is told instead.
 */
function lent(client: pg.PoolClient): PostgresPoolClient {
  let isMute = false
  let first: unknown
  const query = async (text: string, values: unknown[]): Promise<unknown> => {
    try {
      return await client.query(text, storable(values))
    } catch (error) {
      isMute ||= error instanceof Error && error.message === 'Query read timeout'
      if (error instanceof pg.DatabaseError && error.code === '25P02') throw first ?? error
      first = error
      throw error
    }
  }
  // Kysely's other form of `query` is for streams, which the store does not use.
  return { query: query as unknown as PostgresPoolClient['query'], release: () => client.release(isMute) }
}
