import { refusals } from './error.ts'
import type { AlternateKey, Table } from './tables.ts'
import { instant, type Value } from './values.ts'

export interface Row {
  id: string
  columns: Record<string, Value>
  /** Weak, opaque, and new after every change. */
  etag: string
}

/** The rows of one table, with its unique keys held. */
export interface Rows {
  all(): Row[]
  get(id: string): Row | undefined
  /** The row with these values in the columns of a key; texts match without regard to case, as in SQL Server's usual collation. */
  find(columns: Record<string, Value>): Row | undefined
  /** Puts a row in or in place of the one with its id. @throws DataverseError when an alternate key is violated */
  put(id: string, columns: Record<string, Value>): Row
  delete(id: string): boolean
  /** Whether an index on the key's columns can be built. */
  isUnique(key: AlternateKey): boolean
}

export function tableRows(table: Table, { now }: { now: () => Date }): Rows {
  const rows = new Map<string, Row>()
  let version = 1_000_000

  const keyText = (columns: Record<string, Value>, names: string[]): string | undefined => {
    const values = names.map(name => columns[name] ?? null)
    // Rows without a value in every column of a key are not held against each other.
    return values.includes(null) ? undefined : JSON.stringify(values).toLowerCase()
  }
  const indexed = (names: string[]) => [...rows.values()].map(row => ({ row, text: keyText(row.columns, names) }))

  return {
    all: () => [...rows.values()],
    get: id => rows.get(id.toLowerCase()),
    find(columns) {
      const names = Object.keys(columns)
      const text = keyText(columns, names)
      return text === undefined ? undefined : indexed(names).find(other => other.text === text)?.row
    },
    put(id, columns) {
      for (const key of table.keys.filter(({ indexStatus }) => indexStatus === 'Active')) {
        const text = keyText(columns, key.columns)
        const other = text === undefined ? undefined : indexed(key.columns).find(candidate => candidate.text === text)
        if (other && other.row.id !== id) throw refusals.keyViolated(key.schemaName)
      }
      const createdon = rows.get(id)?.columns.createdon ?? instant(now())
      const row = { id, columns: { ...columns, [table.primaryId]: id, createdon, modifiedon: instant(now()) }, etag: `W/"${++version}"` }
      rows.set(id, row)
      return row
    },
    delete: id => rows.delete(id.toLowerCase()),
    isUnique(key) {
      const texts = indexed(key.columns).flatMap(({ text }) => text ?? [])
      return new Set(texts).size === texts.length
    }
  }
}
