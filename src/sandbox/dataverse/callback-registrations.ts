import { randomUUID } from 'node:crypto'
import { Agent, request } from 'undici'
import { underWay } from '../under-way.ts'
import { refusals } from './error.ts'
import { type Predicate, predicateFrom } from './filter.ts'
import { jsonOf } from './read.ts'
import type { Row } from './rows.ts'
import type { Table } from './tables.ts'

/** A row of the table callbackregistration: whom to call when rows change. */
interface CallbackRegistration {
  id: string
  url: string
  messages: readonly Message[]
  table: Table
  columns: readonly string[]
  matches: Predicate
}

type Message = 'Create' | 'Update' | 'Delete'

/** A change of a row, with the row as it is now; it is gone after a deletion. */
export interface RowChange {
  table: Table
  id: string
  message: Message
  /** The columns that were written. */
  written: readonly string[]
  row: Row | undefined
}

export interface CallbackRegistrations {
  /** Answers a request to `callbackregistrations`. @throws DataverseError */
  answer(asked: { method: string; id: string | undefined; body: unknown; root: string }): {
    status: number
    headers?: Record<string, string>
  }
  /** Calls whoever is registered for such a change. */
  tell(change: RowChange): void
  count(): number
  /** How many calls are under way. */
  pending(): number
  idle(): Promise<void>
  close(): Promise<void>
}

/** Source: learn.microsoft.com/power-apps/developer/data-platform/reference/entities/callbackregistration, choices of `message`. */
const messages: Record<number, readonly Message[]> = {
  1: ['Create'],
  2: ['Delete'],
  3: ['Update'],
  4: ['Create', 'Update'],
  5: ['Create', 'Delete'],
  6: ['Update', 'Delete'],
  7: ['Create', 'Update', 'Delete']
}
const mostAttempts = 10

/**
 * The table behind the trigger «When a row is added, modified or deleted»: who is registered is posted the row. A change counts as a change
 * of a column when the column was written, whether its value differs or not. Columns without a value are left out.
 */
export function callbackRegistrations(options: {
  tables: readonly Table[]
  /** Waits between the tries of a call. */
  pause: (attempt: number, signal: AbortSignal) => Promise<unknown>
}): CallbackRegistrations {
  const { tables, pause } = options
  const registrations = new Map<string, CallbackRegistration>()
  const calls = underWay()
  const closing = new AbortController()
  const agent = new Agent()

  async function call(registration: CallbackRegistration, body: object): Promise<void> {
    for (let attempt = 1; attempt <= mostAttempts && !closing.signal.aborted && registrations.has(registration.id); attempt++) {
      const status = await post(registration.url, body)
      if (status >= 200 && status < 300) return
      // Whoever says so has gone for good.
      if (status === 404 || status === 410) return void registrations.delete(registration.id)
      await pause(attempt, closing.signal).catch(() => undefined)
    }
  }

  async function post(url: string, body: object): Promise<number> {
    try {
      const headers = { 'content-type': 'application/json; charset=utf-8' }
      const answer = await request(url, { method: 'POST', headers, body: JSON.stringify(body), dispatcher: agent, signal: closing.signal })
      await answer.body.dump()
      return answer.statusCode
    } catch {
      return 0
    }
  }

  return {
    answer({ method, id, body, root }) {
      if (method === 'POST' && id === undefined) {
        const registration = registrationFrom(body, tables)
        registrations.set(registration.id, registration)
        const address = `${root}callbackregistrations(${registration.id})`
        return { status: 204, headers: { location: address, 'odata-entityid': address } }
      }
      if (method !== 'DELETE' || id === undefined) throw refusals.wrongMethod(`${root}callbackregistrations`)
      if (!registrations.delete(id)) throw refusals.missingById('callbackregistration', id)
      return { status: 204 }
    },
    tell(change) {
      for (const registration of registrations.values()) {
        if (!isWanted(registration, change)) continue
        void calls.add(call(registration, bodyOf(change)))
      }
    },
    count: () => registrations.size,
    pending: calls.pending,
    idle: calls.idle,
    async close() {
      closing.abort()
      await calls.idle()
      await agent.destroy()
    }
  }
}

function isWanted(
  { table, messages, columns, matches }: CallbackRegistration,
  { table: changed, message, written, row }: RowChange
): boolean {
  if (changed !== table || !messages.includes(message)) return false
  if (message === 'Update' && columns.length > 0 && !columns.some(column => written.includes(column))) return false
  return row === undefined || matches(row.columns)
}

function bodyOf({ table, id, message, row }: RowChange): object {
  const columns = row ? Object.entries(jsonOf(row, table)).filter(([name, value]) => value !== null && name !== '@odata.etag') : []
  return {
    ...Object.fromEntries(columns),
    [table.primaryId]: id,
    ItemInternalId: id,
    SdkMessage: message,
    ...(row && { RowVersion: String(row.version) })
  }
}

/** @throws DataverseError for a registration that could never be called */
function registrationFrom(body: unknown, tables: readonly Table[]): CallbackRegistration {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const { url, message, entityname, scope, filteringattributes, filterexpression, runas } = fields
  const wanted = typeof message === 'number' ? messages[message] : undefined
  if (!wanted) throw refusals.invalid('The message of a callback registration is a number from 1 to 7.')
  if (typeof url !== 'string' || !/^https?:/i.test(url) || !URL.canParse(url))
    throw refusals.invalid('The url of a callback registration is an absolute URL.')
  const table = tables.find(({ logicalName }) => logicalName === entityname)
  if (!table) throw refusals.invalid(`The entity with a name = '${String(entityname)}' was not found in the MetadataCache.`)
  if (!isWithin(scope, 1, 4)) throw refusals.invalid('The scope of a callback registration is a number from 1 to 4.')
  if (runas !== undefined && runas !== null && !isWithin(runas, 1, 3)) throw refusals.invalid('runas is a number from 1 to 3.')
  const columns = textOf(filteringattributes)
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
  for (const name of columns) if (!table.columns.has(name)) throw refusals.propertyUnknown(name, table.logicalName)
  const filter = textOf(filterexpression).trim()
  return { id: randomUUID(), url, messages: wanted, table, columns, matches: filter === '' ? () => true : predicateFrom(filter, table) }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const isWithin = (value: unknown, min: number, max: number): boolean =>
  Number.isInteger(value) && Number(value) >= min && Number(value) <= max
