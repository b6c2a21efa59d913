import { isGuid } from '../entra/tokens.ts'
import { addressFrom } from './address.ts'
import { refusals } from './error.ts'
import type { Column, Table } from './tables.ts'
import { type Value, valueFor } from './values.ts'

/** Finds what a lookup names: the table by its entity set, and the row's id in it. */
export type FindTarget = (segment: { set: string; id: string }) => { table: string; isThere: boolean }

/**
 * The columns that a JSON body writes, each checked. Lookups are written through their navigation property (`x@odata.bind`); of other
 * annotations none says anything about a value, so they are passed over.
 * @throws DataverseError
 */
export function columnsFrom(body: unknown, table: Table, findTarget: FindTarget): Record<string, Value> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw refusals.payload(table.entitySet, 'Microsoft.OData.ODataException: The payload is not a JSON object.')
  const columns: Record<string, Value> = {}
  for (const [property, value] of Object.entries(body)) {
    const [name = '', annotation] = property.split('@', 2)
    if (annotation === 'odata.bind') Object.assign(columns, bound(name, value, table, findTarget))
    else if (annotation === undefined) Object.assign(columns, written(name, value, table))
  }
  return columns
}

function written(name: string, value: unknown, table: Table): Record<string, Value> {
  const column = table.columns.get(name)
  if (column?.isReadOnly) return {}
  if (column && column.type !== 'Lookup') return { [name]: valueFor(name, value, column, table) }
  if (/^_\w+_value$/.test(name) && table.columns.has(name.slice(1, -6))) {
    const message = 'CRM do not support direct update of Entity Reference properties, Use Navigation properties instead.'
    throw refusals.payload(table.entitySet, `Microsoft.Crm.CrmException: ${message}`)
  }
  // A lookup goes by its navigation property only; null clears it.
  if (column && value === null) return { [name]: valueFor(name, null, column, table) }
  throw refusals.columnUnknown(name, table.logicalName, table.entitySet)
}

function bound(navigation: string, value: unknown, table: Table, findTarget: FindTarget): Record<string, Value> {
  const found = navigationColumn(navigation, table)
  if (!found) throw refusals.navigationUnknown(navigation, table.entitySet)
  if (value === null) return { [found.name]: valueFor(found.name, null, found.column, table) }
  if (typeof value !== 'string') throw refusals.literal(value, 'Edm.String', table.entitySet)
  const { segments } = addressFrom(value.replace(/^.*\/api\/data\/v[\d.]+\//, '').replace(/^\//, ''))
  const [segment] = segments
  const id = segment?.key && 'id' in segment.key ? segment.key.id : undefined
  if (segment === undefined) throw refusals.syntax()
  if (id === undefined) throw refusals.keyUnknown(found.target)
  const target = findTarget({ set: segment.name, id })
  if (target.table !== found.target) throw refusals.navigationUnknown(navigation, table.entitySet)
  if (!target.isThere) throw refusals.missingById(target.table, id)
  return { [found.name]: id }
}

/** A lookup to one table has a navigation property of its own name; one to several has one for each: `customerid_account`. */
function navigationColumn(navigation: string, table: Table): { name: string; column: Column; target: string } | undefined {
  for (const [name, column] of table.columns) {
    const { targets } = column
    if (targets?.length === 1 && name === navigation) return { name, column, target: targets[0] ?? '' }
    const target = name === 'ownerid' && navigation === name ? 'systemuser' : targets?.find(other => `${name}_${other}` === navigation)
    if (target !== undefined) return { name, column, target }
  }
  return undefined
}

/**
 * The values that the URL's key gives, for the row to find or to make.
 * @throws DataverseError unless they are the primary key or an alternate key whose index is Active
 */
export function keyColumns(columns: Record<string, string | number>, table: Table): Record<string, Value> {
  const names = Object.keys(columns)
  const isPrimary = names.length === 1 && names[0] === table.primaryId && isGuid(String(columns[names[0]]))
  const isAlternate = table.keys.some(
    key => key.indexStatus === 'Active' && key.columns.length === names.length && key.columns.every(name => names.includes(name))
  )
  if (!isPrimary && !isAlternate) throw refusals.keyUnknown(table.logicalName)
  return Object.fromEntries(
    Object.entries(columns).map(([name, value]) => {
      const column = table.columns.get(name)
      if (!column) throw refusals.keyUnknown(table.logicalName)
      return [name, valueFor(name, value, column, table)]
    })
  )
}
