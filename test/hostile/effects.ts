import { join } from 'node:path'
import Sqlite from 'libsql'
import type { Scope } from '../fixtures/local-server.ts'

export interface LogLine {
  msg: string
  requestId?: string
  code?: string
}

/** Everything that a request could have caused. */
export interface Effects {
  /** The rows of every table, as JSON. */
  rows: Record<string, string[]>
  /** The URLs that were downloaded, in order. */
  downloads: readonly string[]
  /** The service's own counters of failures and of proven callbacks, as its metrics show them. */
  counters: Record<string, number>
  log: readonly LogLine[]
}

/** What came between two looks. */
export interface Caused {
  /** Rows that are new or changed, and rows that are gone or were changed, by table; tables without any are left out. */
  rows: Record<string, { added: number; removed: number }>
  downloads: readonly string[]
  counters: Record<string, number>
  log: readonly LogLine[]
}

/** Reads the store as it is on the disk, past the service: every table that there is, without knowing any by name. */
export function rowReader(t: Scope, folder: string): () => Effects['rows'] {
  const sqlite = new Sqlite(join(folder, 'store.sqlite'), { readonly: true })
  t.teardown(() => sqlite.close())
  const tables = sqlite.prepare("select name from sqlite_master where type = 'table'").all() as { name: string }[]
  const all = tables.map(({ name }) => [name, sqlite.prepare(`select * from "${name}"`)] as const)
  return () => Object.fromEntries(all.map(([name, rows]) => [name, (rows.all() as object[]).map(row => JSON.stringify(row))]))
}

/** The counters that tell of callbacks, out of the text format of Prometheus; a gauge of jobs says no more than the rows do. */
export function readCounters(metrics: string): Effects['counters'] {
  const lines = [...metrics.matchAll(/^referral_connector_(?:failures|callbacks)_total\{\w+="(\w+)"\} (\d+)$/gm)]
  return Object.fromEntries(lines.map(([, label, count]) => [label, Number(count)]))
}

export function between(before: Effects, after: Effects): Caused {
  const rows: Caused['rows'] = {}
  for (const table of new Set([...Object.keys(before.rows), ...Object.keys(after.rows)])) {
    const [old, now] = [new Set(before.rows[table]), new Set(after.rows[table])]
    const added = [...now].filter(row => !old.has(row)).length
    const removed = [...old].filter(row => !now.has(row)).length
    if (added + removed > 0) rows[table] = { added, removed }
  }
  const counters: Caused['counters'] = {}
  for (const [label, count] of Object.entries(after.counters)) {
    const added = count - (before.counters[label] ?? 0)
    if (added !== 0) counters[label] = added
  }
  return {
    rows,
    counters,
    downloads: more(before.downloads, after.downloads),
    log: after.log.slice(before.log.length)
  }
}

/** Several servers have a list each, so that what is new may stand anywhere. */
function more(before: readonly string[], after: readonly string[]): string[] {
  const old = [...before]
  return after.filter(url => {
    const index = old.indexOf(url)
    if (index >= 0) old.splice(index, 1)
    return index < 0
  })
}
