import { createHash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Tables } from './tables.ts'

export type TableName = keyof Tables
export type Row = Record<string, unknown>

/** Every table and the columns of its primary key. */
export const primaryKeys: Readonly<Record<TableName, readonly [string, ...string[]]>> = {
  secrets: ['name'],
  api_keys: ['id'],
  links: ['referral_id'],
  marks: ['name'],
  intermediates: ['thumbprint'],
  callbacks: ['body_hash'],
  timeline: ['id'],
  subscriptions: ['id'],
  deliveries: ['id'],
  replays: ['key'],
  jobs: ['kind', 'subject']
}

/** At most 15 columns a row, 7500 values: far below the 32 766 values that a statement may have on SQLite, and the 65 535 on PostgreSQL. */
const batchSize = 500

/** All rows of a table in the order of its primary key, which the collation of the database decides; at most `batchSize` at a time. */
export async function* rowsOf(db: Kysely<Tables>, table: TableName): AsyncGenerator<Row[]> {
  const key = primaryKeys[table]
  const columns = sql.join(key.map(name => sql.ref(name)))
  for (let last: Row | undefined; ; ) {
    const after = last
    const rest = after ? sql`where (${columns}) > (${sql.join(key.map(name => after[name]))})` : sql``
    const { rows } = await sql<Row>`select * from ${sql.table(table)} ${rest} order by ${columns} limit ${batchSize}`.execute(db)
    last = rows.at(-1)
    if (!last) return
    yield rows
  }
}

export async function insertRows(db: Kysely<Tables>, table: TableName, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  const values = rows.map(row => sql`(${sql.join(columns.map(name => row[name]))})`)
  await sql`insert into ${sql.table(table)} (${sql.join(columns.map(name => sql.ref(name)))}) values ${sql.join(values)}`.execute(db)
}

/** Counts rows and adds up their SHA-256: the sum does not depend on their order, which two databases need not share. */
export function rowDigest() {
  let rows = 0
  let sum = 0n
  return {
    add(row: Row): void {
      const columns = Object.keys(row).sort()
      const hash = createHash('sha256').update(JSON.stringify(columns.map(name => [name, row[name]])))
      sum = BigInt.asUintN(256, sum + BigInt(`0x${hash.digest('hex')}`))
      rows++
    },
    rows: () => rows,
    text: () => `${rows} ${sum.toString(16)}`
  }
}
