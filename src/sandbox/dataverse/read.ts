import { DataverseError, refusals } from './error.ts'
import { columnNamed, orderOf, predicateFrom } from './filter.ts'
import type { Row } from './rows.ts'
import type { Table } from './tables.ts'
import type { Value } from './values.ts'

/** The properties that `$select` names, as columns; undefined for all. @throws DataverseError for one that the table has not */
export function selectedColumns(select: string | undefined, table: Table): string[] | undefined {
  return select?.split(',').map(property => {
    const column = columnNamed(property.trim(), table)
    if (column === undefined) throw refusals.propertyUnknown(property.trim(), table.logicalName)
    return column
  })
}

/** A row as the Web API tells it: its ETag, the selected columns and always its id, lookups as `_x_value`. */
export function jsonOf({ id, columns, etag }: Row, table: Table, selected?: string[]): Record<string, Value> {
  const names = selected ?? [...table.columns.keys()]
  const values = names.map(name => [table.columns.get(name)?.type === 'Lookup' ? `_${name}_value` : name, columns[name] ?? null] as const)
  return { '@odata.etag': etag, ...Object.fromEntries(values), [table.primaryId]: id }
}

export interface Page {
  rows: Row[]
  /** How many there are in all, when `$count` asks for it. */
  count?: number
  /** Where the next page begins, when there is one. */
  next?: number
}

export const largestPage = 5000

/** The rows that a collection's query asks for. @throws DataverseError */
export function pageOf(rows: Row[], query: Record<string, string>, options: { table: Table; pageSize: number | undefined }): Page {
  const { table, pageSize = largestPage } = options
  const { $filter: filter, $orderby: order, $top: top, $count: count, $skiptoken: token } = query
  if ('$skip' in query) throw refusals.syntax('The query parameter $skip is not supported.')
  const matches = filter === undefined ? () => true : predicateFrom(filter, table)
  const found = rows.filter(({ columns }) => matches(columns))
  if (order !== undefined) found.sort(sorter(order, table))
  const limit = top === undefined ? found.length : wholeNumber('$top', top)
  const start = token === undefined ? 0 : wholeNumber('$skiptoken', token)
  const size = Math.min(Math.max(pageSize, 1), largestPage)
  const end = Math.min(start + size, limit)
  return {
    rows: found.slice(start, end),
    ...(count === 'true' && { count: found.length }),
    ...(end < Math.min(found.length, limit) && { next: end })
  }
}

function sorter(order: string, table: Table): (a: Row, b: Row) => number {
  const keys = order.split(',').map(part => {
    const [property = '', direction = 'asc', ...more] = part.trim().split(/\s+/)
    const column = columnNamed(property, table)
    if (column === undefined) throw refusals.propertyUnknown(property, table.logicalName)
    if (more.length > 0 || !['asc', 'desc'].includes(direction)) throw refusals.syntax(`Syntax error in '${order}'.`)
    return { column, sign: direction === 'asc' ? 1 : -1 }
  })
  // Empty values come first, as in SQL Server.
  const compare = (a: Value, b: Value): number =>
    a === null || b === null ? Number(b === null) - Number(a === null) : (orderOf(a, b) ?? 0)
  return (a, b) => {
    for (const { column, sign } of keys) {
      const result = compare(a.columns[column] ?? null, b.columns[column] ?? null) * sign
      if (result !== 0) return result
    }
    return 0
  }
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new DataverseError(400, '0x80060888', `Invalid value '${text}' for ${name} query option found.`)
  return Number(text)
}
