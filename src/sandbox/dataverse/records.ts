import { randomUUID } from 'node:crypto'
import type { Segment } from './address.ts'
import { type DeltaTokens, isTracking, trackedPage } from './changes.ts'
import { refusals } from './error.ts'
import { type Currencies, isDuplicateLead, leadAfter } from './lead.ts'
import { columnsFrom, type FindTarget, keyColumns } from './payload.ts'
import { jsonOf, pageOf, selectedColumns } from './read.ts'
import type { Row, Rows } from './rows.ts'
import type { Table } from './tables.ts'
import type { Value } from './values.ts'

export interface RecordRequest {
  method: string
  segment: Segment
  query: Record<string, string>
  body: unknown
  header(name: string): string | undefined
  /** @throws DataverseError with 403 when the user lacks the privilege */
  demand(privilege: string): void
}

export interface Answer {
  status: number
  json?: object
  headers?: Record<string, string>
}

interface Place {
  table: Table
  rows: Rows
  findTarget: FindTarget
  currencies: Currencies
  /** `http://127.0.0.1:…/api/data/v9.2/` */
  root: string
  userId: string
  tokens: DeltaTokens
  /** Told of every write and deletion that was done. */
  note: (done: { leadId: string; kind: 'created' | 'updated' | 'deleted'; columns: Record<string, Value> }) => void
}

/**
 * Answers a request to a table's rows: list, create, read, upsert, delete.
 * Source: learn.microsoft.com, «Perform operations using the Web API», «Upsert a table row» and «Perform conditional operations»
 * @throws DataverseError
 */
export function answerRecords(request: RecordRequest, place: Place): Answer {
  const { method, segment } = request
  const { table } = place
  const noun = table.schemaName
  if (table.logicalName !== 'lead' && method !== 'GET') throw refusals.privilege(`prvWrite${noun}`, place.userId)
  if (segment.key === undefined) {
    if (method === 'GET') return list(request, place)
    if (method === 'POST') return create(request, place)
    throw refusals.wrongMethod(`${place.root}${segment.name}`)
  }
  if (method === 'GET') return read(request, place)
  if (method === 'PATCH') return upsert(request, place)
  if (method === 'DELETE') return remove(request, place)
  throw refusals.wrongMethod(`${place.root}${segment.name}`)
}

function list({ query, header, demand }: RecordRequest, { table, rows, root, tokens }: Place): Answer {
  demand(`prvRead${table.schemaName}`)
  const prefer = header('prefer') ?? ''
  const asked = /odata\.maxpagesize=(\d+)/.exec(prefer)?.[1]
  const pageSize = asked === undefined ? undefined : Number(asked)
  if (isTracking(query, prefer)) {
    const headers = { 'preference-applied': 'odata.track-changes' }
    return { status: 200, headers, json: trackedPage(query, { table, rows, root, tokens, pageSize }) }
  }
  const selected = selectedColumns(query.$select, table)
  const page = pageOf(rows.all(), query, { table, pageSize })
  const next = page.next === undefined ? undefined : new URLSearchParams({ ...query, $skiptoken: String(page.next) })
  return {
    status: 200,
    json: {
      '@odata.context': `${root}$metadata#${table.entitySet}${query.$select ? `(${query.$select})` : ''}`,
      ...(page.count !== undefined && { '@odata.count': page.count }),
      value: page.rows.map(row => jsonOf(row, table, selected)),
      ...(next && { '@odata.nextLink': `${root}${table.entitySet}?${next}` })
    }
  }
}

function create(request: RecordRequest, place: Place): Answer {
  const { body, demand } = request
  const { table, rows, root } = place
  demand(`prvCreate${table.schemaName}`)
  const columns = columnsFrom(body, table, place.findTarget)
  const id = typeof columns[table.primaryId] === 'string' ? String(columns[table.primaryId]) : randomUUID()
  if (rows.get(id)) throw refusals.existsAlready()
  const row = write(columns, { id, before: undefined }, request, place)
  return written(row, request, place, { isNew: true, address: `${root}${table.entitySet}(${row.id})` })
}

function read({ segment, query, header, demand }: RecordRequest, place: Place): Answer {
  const { table, root } = place
  demand(`prvRead${table.schemaName}`)
  const selected = selectedColumns(query.$select, table)
  const { row } = locate(segment, place)
  if (!row) throw missing(segment, table)
  // With an older ETag the row is sent, with the present one it is not.
  if (header('if-none-match') === row.etag) return { status: 304, headers: { etag: row.etag } }
  return {
    status: 200,
    headers: { etag: row.etag },
    json: { '@odata.context': contextOf(query.$select, table, root), ...jsonOf(row, table, selected) }
  }
}

function upsert(request: RecordRequest, place: Place): Answer {
  const { segment, body, header, demand } = request
  const { table, root, findTarget } = place
  const { row: before, columns: fromKey } = locate(segment, place)
  const [ifMatch, ifNoneMatch] = [header('if-match'), header('if-none-match')]
  if (before === undefined && ifMatch !== undefined) throw missing(segment, table)
  if (before !== undefined && ifNoneMatch === '*') throw refusals.existsAlready()
  if (before !== undefined && ifMatch !== undefined && ifMatch !== '*' && ifMatch !== before.etag) throw refusals.versionDiffers()
  demand(`prv${before ? 'Write' : 'Create'}${table.schemaName}`)
  const columns = { ...fromKey, ...columnsFrom(body, table, findTarget) }
  const id = before?.id ?? String(columns[table.primaryId] ?? randomUUID())
  const row = write(columns, { id, before }, request, place)
  // Dataverse echoes the key that it was asked with, not the row's id.
  return written(row, request, place, { isNew: before === undefined, address: `${root}${table.entitySet}(${segment.keyText})` })
}

function remove({ segment, header, demand }: RecordRequest, place: Place): Answer {
  const { table, rows } = place
  demand(`prvDelete${table.schemaName}`)
  const { row } = locate(segment, place)
  if (!row) throw missing(segment, table)
  const ifMatch = header('if-match')
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== row.etag) throw refusals.versionDiffers()
  rows.delete(row.id)
  place.note({ leadId: row.id, kind: 'deleted', columns: {} })
  return { status: 204 }
}

function write(
  columns: Record<string, Value>,
  { id, before }: { id: string; before: Row | undefined },
  { header }: RecordRequest,
  place: Place
): Row {
  const { table, rows, currencies, userId } = place
  const after = leadAfter(before ? columns : { ownerid: userId, ...columns }, before, { id, currencies })
  for (const [name, column] of table.columns)
    if (column.required === 'SystemRequired' && name !== table.primaryId && (after[name] ?? null) === null)
      throw refusals.required(name, table.logicalName)
  // Off unless asked for; learn.microsoft.com, «Detect duplicate data using the Web API».
  const isDetecting = header('mscrm.suppressduplicatedetection')?.toLowerCase() === 'false'
  if (isDetecting && rows.all().some(other => isDuplicateLead(after, other, id))) throw refusals.duplicate()
  const row = rows.put(id, after)
  place.note({ leadId: id, kind: before ? 'updated' : 'created', columns })
  return row
}

function written(
  row: Row,
  { query, header }: RecordRequest,
  { table, root }: Place,
  { isNew, address }: { isNew: boolean; address: string }
): Answer {
  if (!/\breturn=representation\b/.test(header('prefer') ?? ''))
    return { status: 204, headers: { 'odata-entityid': address, ...(isNew && { location: address }) } }
  const json = { '@odata.context': contextOf(query.$select, table, root), ...jsonOf(row, table, selectedColumns(query.$select, table)) }
  return { status: isNew ? 201 : 200, json, headers: { 'preference-applied': 'return=representation', etag: row.etag } }
}

/** The row that a key names, and what the key says of its columns. @throws DataverseError when it is no key of the table */
function locate({ key }: Segment, { table, rows }: Place): { row: Row | undefined; columns: Record<string, Value> } {
  const columns = key && 'columns' in key ? keyColumns(key.columns, table) : { [table.primaryId]: key?.id ?? '' }
  const id = columns[table.primaryId]
  return { row: typeof id === 'string' ? rows.get(id) : rows.find(columns), columns }
}

const missing = ({ key }: Segment, table: Table) => refusals.missing(table.logicalName, key && 'id' in key ? key.id : '')

const contextOf = (select: string | undefined, { entitySet }: Table, root: string): string =>
  `${root}$metadata#${entitySet}${select ? `(${select})` : ''}/$entity`
