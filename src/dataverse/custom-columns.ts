import { Failure } from '../failure.ts'
import type { CustomColumns } from '../schemas/lead.ts'
import { type Columns, otherColumns, textColumns } from './columns.ts'

const typedFields = new Map<string, string>([
  ...Object.entries(textColumns).map(([field, { column }]) => [column, field] as const),
  ...Object.entries(otherColumns).map(([field, column]) => [column, field] as const)
])

/** Columns that no caller may set: the record's id and state are not written by an upsert. */
const reserved = ['leadid', 'statecode']

/**
 * The organization's own columns, their values passed through as they are; dates therefore as the caller wrote them.
 *
 * A name is a logical name (`new_region`), or a lookup's navigation property with `@odata.bind` (`new_Region@odata.bind`, in the case that the
 * metadata has), whose value must be a record by its id: `/accounts(00000000-0000-0000-0000-000000000001)`, or null to clear it. Any other
 * annotation is refused.
 * @throws CRM_COLUMN_UNKNOWN for a name that no column can have, REQUEST_INVALID for a column that is not the caller's to set this way,
 * VALUE_WRONG_TYPE
 */
export function columnsFromCustom(customColumns: CustomColumns, referralColumn: string): Columns {
  const columns: Columns = {}
  for (const [name, value] of Object.entries(customColumns)) {
    const lookup = /^([A-Za-z][A-Za-z0-9_]{0,99})@odata\.bind$/.exec(name)?.[1]
    if (lookup === undefined && !/^[a-z][a-z0-9_]{0,99}$/.test(name)) {
      throw new Failure('CRM_COLUMN_UNKNOWN', `«${name.slice(0, 110)}» is not the logical name of a column.`)
    }
    const column = (lookup ?? name).toLowerCase()
    const field = typedFields.get(column)
    if (field !== undefined) throw new Failure('REQUEST_INVALID', `The custom column «${column}» has a field of its own: use ${field}.`)
    if (column === referralColumn || reserved.includes(column))
      throw new Failure('REQUEST_INVALID', `The column «${column}» cannot be set.`)
    if (!isColumnValue(value))
      throw new Failure('VALUE_WRONG_TYPE', `The value of the column «${name}» must be a text, a number, true, false or null.`)
    if (lookup !== undefined && value !== null && !isRecordReference(value)) {
      throw new Failure('VALUE_WRONG_TYPE', `The value of the lookup «${name}» must be a record by its id, such as /accounts(…).`)
    }
    columns[name] = value
  }
  return columns
}

const isColumnValue = (value: unknown): value is Columns[string] =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))

const isRecordReference = (value: unknown): boolean =>
  typeof value === 'string' && /^\/?[a-z][a-z0-9_]{0,99}\([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\)$/i.test(value)
