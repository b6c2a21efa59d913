import { refusals } from './error.ts'
import type { AlternateKey, Table } from './tables.ts'
import { instant, type Value } from './values.ts'

export interface Row {
  id: string
  columns: Record<string, Value>
  /** Weak, opaque, and new after every change. */
  etag: string
  /** Grows with every change of the table, as SQL Server's row version does. */
  version: number
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
  /** The version of the latest change. */
  version(): number
  /** What was put or deleted after a version, in the order of the last change to each. */
  since(version: number): { id: string; version: number; row: Row | undefined }[]
}

/** The ids of rows by the values that they have in some columns. */
interface Index {
  names: string[]
  ids: Map<string, Set<string>>
}

export function tableRows(table: Table, { now }: { now: () => Date }): Rows {
  const rows = new Map<string, Row>()
  const deleted = new Map<string, number>()
  const indexes = new Map<string, Index>()
  let version = 1_000_000

  function indexOn(columns: string[]): Index {
    const names = columns.toSorted()
    const known = indexes.get(names.join())
    if (known) return known
    const index: Index = { names, ids: new Map() }
    for (const row of rows.values()) enter(row, index)
    indexes.set(names.join(), index)
    return index
  }

  function enter({ id, columns }: Row, { names, ids }: Index): void {
    const text = keyText(columns, names)
    if (text === undefined) return
    const same = ids.get(text) ?? new Set()
    ids.set(text, same.add(id))
  }

  function remove({ id, columns }: Row, { names, ids }: Index): void {
    const text = keyText(columns, names)
    const same = text === undefined ? undefined : ids.get(text)
    same?.delete(id)
    if (text !== undefined && same?.size === 0) ids.delete(text)
  }

  /** The rows with the same values in all of the columns; none when a value is missing. */
  function equals(columns: Record<string, Value>, names: string[]): string[] {
    const index = indexOn(names)
    const text = keyText(columns, index.names)
    return text === undefined ? [] : [...(index.ids.get(text) ?? [])]
  }

  return {
    all: () => [...rows.values()],
    get: id => rows.get(id.toLowerCase()),
    find(columns) {
      const [id] = equals(columns, Object.keys(columns))
      return id === undefined ? undefined : rows.get(id)
    },
    put(id, columns) {
      for (const key of table.keys.filter(({ indexStatus }) => indexStatus === 'Active')) {
        if (equals(columns, key.columns).some(other => other !== id)) throw refusals.keyViolated(key.schemaName)
      }
      const before = rows.get(id)
      const createdon = before?.columns.createdon ?? instant(now())
      version++
      const row: Row = {
        id,
        columns: { ...columns, [table.primaryId]: id, createdon, modifiedon: instant(now()) },
        etag: `W/"${version}"`,
        version
      }
      for (const index of indexes.values()) {
        if (before) remove(before, index)
        enter(row, index)
      }
      rows.set(id, row)
      return row
    },
    delete(given) {
      const id = given.toLowerCase()
      const row = rows.get(id)
      if (!row) return false
      for (const index of indexes.values()) remove(row, index)
      deleted.set(id, ++version)
      return rows.delete(id)
    },
    isUnique: key => [...indexOn(key.columns).ids.values()].every(ids => ids.size === 1),
    version: () => version,
    since(start) {
      const kept = [...rows.values()].map(row => ({ id: row.id, version: row.version, row }))
      const gone = [...deleted].filter(([id]) => !rows.has(id)).map(([id, version]) => ({ id, version, row: undefined }))
      return [...kept, ...gone].filter(({ version }) => version > start).sort((a, b) => a.version - b.version)
    }
  }
}

/** Rows without a value in every column of a key are not held against each other. */
function keyText(columns: Record<string, Value>, names: string[]): string | undefined {
  const values = names.map(name => columns[name] ?? null)
  return values.includes(null) ? undefined : JSON.stringify(values).toLowerCase()
}
