import type { Column, Table } from './tables.ts'

type Json = Record<string, unknown>

/** What only the type's own metadata has: on the type that all share Dataverse does not know these properties. */
const details = ['MaxLength', 'MinValue', 'MaxValue', 'Targets', 'Format', 'DateTimeBehavior', 'DefaultValue']
/** Another object, which comes with `$expand` only. */
const expanded = ['OptionSet', 'GlobalOptionSet']

/** The properties of a definition that cannot be read through the metadata type. */
export const hiddenProperties = (type: string): string[] => (type === 'AttributeMetadata' ? [...details, ...expanded] : expanded)

const largest: Partial<Record<Column['type'], number>> = { Integer: 2 ** 31 - 1, Double: 1e11, Decimal: 1e11, Money: 922_337_203_685_477 }

/** A column's definition, with all that its type has. Source: learn.microsoft.com, «AttributeMetadata EntityType» and its derived types. */
export function columnJson(name: string, column: Column, table: Table): Json {
  const { type } = column
  const most = largest[type]
  const isChoice = type === 'Picklist' || type === 'MultiSelectPicklist' || type === 'State' || type === 'Status'
  return {
    ...common(name, column, table),
    '@odata.type': `#Microsoft.Dynamics.CRM.${type}AttributeMetadata`,
    // Younger than AttributeTypeCode, which has no name for them.
    AttributeType: type === 'MultiSelectPicklist' ? 'Virtual' : type,
    AttributeTypeName: { Value: `${type}Type` },
    ...((type === 'String' || type === 'Memo') && { MaxLength: column.maxLength ?? 100 }),
    ...(most !== undefined && { MinValue: column.min ?? (type === 'Integer' ? -(2 ** 31) : -most), MaxValue: column.max ?? most }),
    ...(type === 'DateTime' && {
      Format: column.isDateOnly || column.showsNoTime ? 'DateOnly' : 'DateAndTime',
      DateTimeBehavior: { Value: column.isDateOnly ? 'DateOnly' : 'UserLocal' }
    }),
    ...(type === 'Lookup' && { Targets: column.targets ?? [] }),
    ...(type === 'Boolean' && {
      DefaultValue: false,
      OptionSet: { TrueOption: option('1', column.options?.[1] ?? 'Yes'), FalseOption: option('0', column.options?.[0] ?? 'No') },
      GlobalOptionSet: null
    }),
    ...(isChoice && {
      OptionSet: { IsGlobal: column.isSharedChoice ?? false, Options: options(column) },
      GlobalOptionSet: column.isSharedChoice ? { IsGlobal: true, Options: options(column) } : null
    })
  }
}

/**
 * What Dataverse puts beside a column: the words of a choice, of a yes or no or of a lookup, and an amount in the organization's own currency.
 * None of them can be written. `idOf` gives each an id that stays.
 */
export function twinsOf(name: string, column: Column, table: Table, idOf: (name: string) => string): Json[] {
  const twin = (suffix: string, more: Json): Json => ({
    ...common(`${name}${suffix}`, { ...column, metadataId: idOf(`${name}${suffix}`), schemaName: `${column.schemaName}${suffix}` }, table),
    IsValidForCreate: false,
    IsValidForUpdate: false,
    ...more
  })
  const words = { AttributeOf: name, IsLogical: true, IsValidODataAttribute: false, DisplayName: noLabel, Description: noLabel }
  if (['Picklist', 'MultiSelectPicklist', 'Boolean', 'State', 'Status'].includes(column.type))
    return [twin('name', { ...virtual, ...words })]
  if (column.type === 'Lookup') return [twin('name', { ...textual, ...words })]
  if (column.type === 'Money' && column.isCustom)
    return [
      twin('_base', {
        ...monetary,
        DisplayName: label(`${column.label ?? name} (Base)`),
        MinValue: column.min ?? 0,
        MaxValue: column.max ?? 1e12
      })
    ]
  return []
}

const typed = (type: string): Json => ({
  '@odata.type': `#Microsoft.Dynamics.CRM.${type === 'Virtual' ? '' : type}AttributeMetadata`,
  AttributeType: type,
  AttributeTypeName: { Value: `${type}Type` }
})
const virtual = typed('Virtual')
const textual = { ...typed('String'), MaxLength: 100 }
const monetary = typed('Money')

function common(name: string, column: Column, table: Table): Json {
  return {
    MetadataId: column.metadataId,
    LogicalName: name,
    SchemaName: column.schemaName,
    EntityLogicalName: table.logicalName,
    AttributeOf: null,
    DisplayName: label(column.label ?? column.schemaName),
    Description: column.description === undefined ? noLabel : label(column.description),
    IsCustomAttribute: column.isCustom ?? false,
    IsLogical: false,
    IsValidODataAttribute: true,
    IsValidForCreate: !column.isReadOnly && column.type !== 'State',
    IsValidForUpdate: !column.isReadOnly && name !== table.primaryId,
    IsValidForRead: true,
    SourceType: column.isCalculated ? 1 : column.isCustom ? 0 : null,
    RequiredLevel: {
      Value: column.required ?? 'None',
      CanBeChanged: column.required !== 'SystemRequired',
      ManagedPropertyLogicalName: 'canmodifyrequirementlevelsettings'
    }
  }
}

const options = ({ options = {} }: Column): Json[] => Object.entries(options).map(([value, text]) => option(value, text))
const option = (value: string, text: string): Json => ({ Value: Number(value), Label: label(text), Description: noLabel, Color: null })

/** In the environment's one language. */
export function label(text: string): Json {
  const entry = { Label: text, LanguageCode: 1033, IsManaged: true }
  return { LocalizedLabels: [entry], UserLocalizedLabel: entry }
}
const noLabel: Json = { LocalizedLabels: [], UserLocalizedLabel: null }
