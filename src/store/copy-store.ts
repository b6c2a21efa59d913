import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { Failure } from '../failure.ts'
import type { StorePlace } from './database.ts'
import { lockFolder } from './folder-lock.ts'
import { alone } from './migrate.ts'
import { keyCheck, openPrepared, type Prepared } from './open-prepared.ts'
import { insertRows, primaryKeys, type Row, rowDigest, rowsOf, type TableName } from './table-rows.ts'
import type { Tables } from './tables.ts'
import { toFailure } from './to-failure.ts'

export interface CopyOptions {
  from: StorePlace
  to: StorePlace
  /** The key of both: sealed values are copied as they are. */
  key: Uint8Array
  now: () => Date
  /** Told a line for each table. */
  report: (line: string) => void
}

export type TableCopied = { table: string; rows: number }

const tables = Object.keys(primaryKeys) as TableName[]

/**
 * Copies everything from one store to another that is empty, all or nothing, reads it back and compares it. What was being worked on is due
 * at once. The embedded store is locked meanwhile; a service that works on PostgreSQL cannot be noticed: stop it before.
 * @throws STORE_IN_USE, STORE_NOT_EMPTY, STORE_KEY_WRONG, STORE_UNAVAILABLE
 */
export async function copyStore({ from, to, key, now, report }: CopyOptions): Promise<TableCopied[]> {
  if ('folder' in from && !existsSync(join(from.folder, 'store.sqlite')))
    throw new Failure('STORE_UNAVAILABLE', 'There is no embedded store to copy from in this folder. Check DATA_DIR.')
  const opened: { close(): unknown }[] = []
  try {
    for (const place of [from, to]) if ('folder' in place) opened.push(lockOf(place.folder))
    const source = await openPrepared(from, key, now)
    opened.push(source)
    const target = await openPrepared(to, key, now)
    opened.push(target)
    return await reading(source, async read => await alone(target, write => copyTables(read, write, { now, report })))
  } catch (error) {
    throw toFailure(error)
  } finally {
    for (const { close } of opened.reverse()) await close()
  }
}

function lockOf(folder: string): { close(): void } {
  const { release } = lockFolder(folder)
  return { close: release }
}

/** One view of the source for the whole copy: on SQLite a transaction keeps writers out, on PostgreSQL it sees none of what they do. */
function reading<T>({ db }: Prepared, act: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel('repeatable read').execute(act)
}

async function copyTables(
  source: Kysely<Tables>,
  target: Kysely<Tables>,
  { now, report }: Pick<CopyOptions, 'now' | 'report'>
): Promise<TableCopied[]> {
  await refuseUnlessEmpty(target)
  const copied: TableCopied[] = []
  for (const table of tables) {
    const there = rowDigest()
    for await (const rows of rowsOf(source, table)) {
      const copies = rows.map(row => asCopied(table, row, now))
      for (const row of copies) there.add(row)
      await insertRows(target, table, copies)
    }
    const here = rowDigest()
    for await (const rows of rowsOf(target, table)) for (const row of rows) here.add(row)
    if (here.text() !== there.text())
      throw new Failure('STORE_UNAVAILABLE', `The copy of the table ${table} differs from its original. Nothing was kept of it.`)
    report(`${table}: ${there.rows()} rows`)
    copied.push({ table, rows: there.rows() })
  }
  return copied
}

/** The target gets the check of the key from the source, with everything else. */
async function refuseUnlessEmpty(target: Kysely<Tables>): Promise<void> {
  await target.deleteFrom('secrets').where('name', '=', keyCheck).execute()
  for (const table of tables) {
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(target)
    if (rows.length > 0) throw new Failure('STORE_NOT_EMPTY', `The table ${table} of the target has rows already.`)
  }
}

/** A lease belongs to a process that is not there any more; its work is due at once. */
function asCopied(table: TableName, row: Row, now: () => Date): Row {
  return table === 'jobs' && row.state === 'active' ? { ...row, state: 'ready', lease: null, due_at: now().getTime() } : row
}
