import { isGuid } from '../entra/tokens.ts'
import { refusals } from './error.ts'
import type { Column, ColumnType, Table } from './tables.ts'

export type Value = string | number | boolean | null

const edmTypes: Record<ColumnType, string> = {
  String: 'Edm.String',
  Memo: 'Edm.String',
  Integer: 'Edm.Int32',
  Double: 'Edm.Double',
  Decimal: 'Edm.Decimal',
  Money: 'Edm.Decimal',
  DateTime: 'Edm.DateTimeOffset',
  Boolean: 'Edm.Boolean',
  Picklist: 'Edm.Int32',
  MultiSelectPicklist: 'Edm.String',
  State: 'Edm.Int32',
  Status: 'Edm.Int32',
  Lookup: 'Edm.Guid',
  Uniqueidentifier: 'Edm.Guid'
}

/**
 * The value as the column keeps it: an empty text becomes null, money is rounded to two places.
 * @throws DataverseError in Dataverse's order: first the literal's type (400 with 0x80048d19), then its length or range
 */
export function valueFor(name: string, value: unknown, column: Column, table: Table): Value {
  if (value === null) {
    if (column.required === 'SystemRequired') throw refusals.required(name, table.logicalName)
    return null
  }
  const wrong = () => refusals.literal(value, column.isDateOnly ? 'Edm.Date' : edmTypes[column.type], table.entitySet)
  const { min = -(2 ** 31), max = 2 ** 31 - 1 } = column
  switch (column.type) {
    case 'String':
    case 'Memo':
      if (typeof value !== 'string') throw wrong()
      if (value.length > (column.maxLength ?? 100)) throw refusals.tooLong(name, table.logicalName, column.maxLength ?? 100)
      return value === '' ? null : value
    case 'Boolean':
      if (typeof value !== 'boolean') throw wrong()
      return value
    case 'Integer':
    case 'Double':
    case 'Decimal':
    case 'Money':
      if (typeof value !== 'number' || (column.type === 'Integer' && !Number.isInteger(value))) throw wrong()
      if (value < min || value > max) throw refusals.outOfRange(name, table.logicalName)
      return column.type === 'Money' ? Math.round(value * 100) / 100 : value
    case 'Picklist':
    case 'State':
    case 'Status': {
      if (typeof value !== 'number' || !Number.isInteger(value)) throw wrong()
      const accepted = Object.keys(column.options ?? {}).map(Number)
      if (!accepted.includes(value)) throw refusals.choice(value, name, table.logicalName, accepted)
      return value
    }
    case 'MultiSelectPicklist': {
      if (typeof value !== 'string' || !/^\d{1,10}(,\d{1,10})*$/.test(value)) throw wrong()
      const accepted = Object.keys(column.options ?? {}).map(Number)
      const unknown = value.split(',').find(one => !accepted.includes(Number(one)))
      if (unknown !== undefined) throw refusals.choice(Number(unknown), name, table.logicalName, accepted)
      return value
    }
    case 'DateTime': {
      const date = typeof value === 'string' ? dateFrom(value, column.isDateOnly ?? false) : undefined
      if (date === undefined) throw wrong()
      if (date < '1753-01-01') throw refusals.dateTooEarly()
      return date
    }
    case 'Uniqueidentifier':
    case 'Lookup':
      if (typeof value !== 'string' || !isGuid(value)) throw wrong()
      return value.toLowerCase()
  }
}

/** A day as YYYY-MM-DD and nothing else; a moment in UTC and whole seconds, as Dataverse tells it. */
function dateFrom(value: string, isDateOnly: boolean): string | undefined {
  const form = isDateOnly ? /^\d{4}-\d{2}-\d{2}$/ : /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/
  const date = form.test(value) ? new Date(value) : undefined
  if (date === undefined || Number.isNaN(date.getTime())) return undefined
  const text = date.toISOString()
  // new Date takes 2026-02-30 for 2 March.
  if (isDateOnly) return text.startsWith(value) ? value : undefined
  return instant(date)
}

/** `2026-03-01T12:00:00Z` */
export const instant = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`
