import { randomUUID } from 'node:crypto'
import { refusals } from './error.ts'
import type { AlternateKey, Column, ColumnType, Table } from './tables.ts'

type Json = Record<string, unknown>

const creatable: ColumnType[] = [
  'String',
  'Memo',
  'Integer',
  'Double',
  'Decimal',
  'Money',
  'DateTime',
  'Boolean',
  'Picklist',
  'MultiSelectPicklist'
]
/** learn.microsoft.com, «Define alternate keys for a table» */
const keyTypes: ColumnType[] = ['Decimal', 'Integer', 'String', 'DateTime', 'Lookup', 'Picklist']

/**
 * A new column from an AttributeMetadata body, put into the table.
 * Source: learn.microsoft.com, «Create and update column definitions using the Web API»
 * @throws DataverseError
 */
export function addColumn(body: unknown, table: Table): Column {
  const definition = jsonObject(body)
  const type = /^#?Microsoft\.Dynamics\.CRM\.(\w+)AttributeMetadata$/.exec(String(definition['@odata.type']))?.[1]
  const known = creatable.find(candidate => candidate === type)
  if (known === undefined) throw refusals.invalid(`An attribute of the type '${String(definition['@odata.type'])}' cannot be created here.`)
  const schemaName = customName(definition.SchemaName, 'attribute')
  const name = schemaName.toLowerCase()
  if (table.columns.has(name))
    throw refusals.invalid(`An attribute with the specified name ${name} already exists for entity ${table.logicalName}.`)
  checkLabel(definition.DisplayName)
  const label = textOf(definition.DisplayName)
  const description = textOf(definition.Description)
  const column: Column = {
    ...{ type: known, metadataId: randomUUID(), schemaName, isCustom: true, ...details(known, definition) },
    ...(label !== undefined && { label }),
    ...(description !== undefined && { description })
  }
  const level = jsonObject(definition.RequiredLevel ?? {}).Value
  if (level === 'SystemRequired' || level === 'ApplicationRequired' || level === 'Recommended') column.required = level
  table.columns.set(name, column)
  return column
}

function details(type: ColumnType, definition: Json): Partial<Column> {
  const { MaxLength: maxLength, MinValue: min, MaxValue: max, Format: format, OptionSet: optionSet } = definition
  if (type === 'String' || type === 'Memo') {
    const most = type === 'String' ? 4000 : 1_048_576
    if (typeof maxLength !== 'number' || maxLength < 1 || maxLength > most)
      throw refusals.invalid(`The MaxLength of the attribute must be between 1 and ${most}.`)
    return { maxLength }
  }
  if (type === 'DateTime') {
    const { Value: behavior = format } = jsonObject(definition.DateTimeBehavior)
    return { isDateOnly: behavior === 'DateOnly', showsNoTime: format === 'DateOnly' }
  }
  if (type === 'Picklist' || type === 'MultiSelectPicklist') {
    const options = jsonObject(optionSet).Options
    const entries = (Array.isArray(options) ? options : [])
      .map(jsonObject)
      .map(({ Value, Label }) => [Value, textOf(Label) ?? String(Value)])
    return { options: Object.fromEntries(entries) }
  }
  return { ...(typeof min === 'number' && { min }), ...(typeof max === 'number' && { max }) }
}

/**
 * A new alternate key from an EntityKeyMetadata body, put into the table. Its index is still to be built.
 * @throws DataverseError
 */
export function addKey(body: unknown, table: Table): AlternateKey {
  const definition = jsonObject(body)
  const schemaName = customName(definition.SchemaName, 'entity key')
  const names = Array.isArray(definition.KeyAttributes) ? definition.KeyAttributes.map(String) : []
  const refuse = (why: string) => refusals.invalid(`Invalid EntityKey Operation performed : ${why}`)
  if (names.length === 0 || names.length > 16) throw refuse('A key needs 1 to 16 attributes.')
  if (table.keys.length >= 10) throw refuse(`Entity ${table.logicalName} has the maximum number of keys.`)
  const same = (key: AlternateKey): boolean =>
    key.schemaName.toLowerCase() === schemaName.toLowerCase() ||
    (key.columns.length === names.length && key.columns.every(name => names.includes(name)))
  if (table.keys.some(same)) throw refuse(`Entity ${table.logicalName} already has the key ${schemaName}, or one on the same attributes.`)
  let bytes = 0
  for (const name of names) {
    const column = table.columns.get(name)
    if (!column) throw refuse(`Entity ${table.logicalName} does not contain an attribute named ${name}.`)
    if (!keyTypes.includes(column.type)) throw refuse(`The attribute ${name} of type ${column.type} cannot be part of a key.`)
    bytes += column.type === 'String' ? (column.maxLength ?? 0) * 2 : 16
  }
  if (bytes > 900) throw refuse(`The key's size of ${bytes} bytes exceeds the limit of 900 bytes.`)
  const key: AlternateKey = { metadataId: randomUUID(), schemaName, columns: names, indexStatus: 'Pending' }
  table.keys.push(key)
  return key
}

/** Custom names begin with the prefix of their publisher: two to eight letters and digits, and an underscore. */
function customName(name: unknown, what: string): string {
  if (typeof name !== 'string' || !/^[a-z][a-z0-9]{1,7}_\w{1,90}$/i.test(name))
    throw refusals.invalid(
      `The schema name '${String(name)}' is not valid. The name of a custom ${what} must start with a valid customization prefix.`
    )
  return name
}

/** A label in a language that the environment has; this one has English only. */
function checkLabel(label: unknown): void {
  const { LocalizedLabels: labels } = jsonObject(label ?? {})
  const languages = (Array.isArray(labels) ? labels : []).map(entry => jsonObject(entry).LanguageCode)
  if (!languages.includes(1033)) throw refusals.invalid('A display name with a label in the base language (1033) is required.')
}

/** What a label says in the environment's one language. */
function textOf(label: unknown): string | undefined {
  const { LocalizedLabels: labels } = jsonObject(label)
  const text = (Array.isArray(labels) ? labels : []).map(jsonObject).find(({ LanguageCode }) => LanguageCode === 1033)?.Label
  return typeof text === 'string' && text !== '' ? text : undefined
}

const jsonObject = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {})
