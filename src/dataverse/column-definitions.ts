import type { LeadColumn, LeadColumnType } from '../schemas/lead-column.ts'

/** What Dataverse says of a column: learn.microsoft.com, «AttributeMetadata EntityType». Everything may be missing. */
export type Definition = Record<string, unknown>

/** How a column type is read: what it is in words that every CRM shares, and what of it only its own metadata type tells. */
interface ColumnKind {
  type: LeadColumnType
  /** The metadata type, when a part of it is needed. */
  cast?: string
  select?: string[]
  expand?: string[]
}

const text = (cast: string): ColumnKind => ({ type: 'text', cast, select: ['MaxLength'] })
const numeric = (type: LeadColumnType, cast: string): ColumnKind => ({ type, cast, select: ['MinValue', 'MaxValue'] })
/** A choice has its values itself, or shares those of the organization: «Query table definitions using the Web API». */
const optioned = (type: LeadColumnType, cast: string): ColumnKind => ({ type, cast, expand: ['OptionSet', 'GlobalOptionSet'] })

/**
 * The types that can be written as a value, by `AttributeTypeName`, for a choice of several values is Virtual by its older AttributeType.
 * Not lookups: they are written through another name, with `@odata.bind`, which the designer of flows cannot show as a field. Nor files and images.
 */
export const columnKinds: Readonly<Record<string, ColumnKind>> = {
  StringType: text('StringAttributeMetadata'),
  MemoType: text('MemoAttributeMetadata'),
  IntegerType: numeric('wholeNumber', 'IntegerAttributeMetadata'),
  BigIntType: numeric('wholeNumber', 'BigIntAttributeMetadata'),
  DecimalType: numeric('number', 'DecimalAttributeMetadata'),
  DoubleType: numeric('number', 'DoubleAttributeMetadata'),
  MoneyType: numeric('money', 'MoneyAttributeMetadata'),
  BooleanType: { type: 'yesNo' },
  PicklistType: optioned('choice', 'PicklistAttributeMetadata'),
  MultiSelectPicklistType: optioned('choices', 'MultiSelectPicklistAttributeMetadata'),
  DateTimeType: { type: 'dateTime', cast: 'DateTimeAttributeMetadata', select: ['DateTimeBehavior'] }
}

/** What all column types tell, as far as it is needed here. */
export const commonProperties = [
  ...['LogicalName', 'AttributeTypeName', 'AttributeOf', 'DisplayName', 'Description'],
  ...['IsValidForCreate', 'IsValidForUpdate', 'IsValidODataAttribute', 'SourceType']
]

/** Columns that Microsoft's own solutions add to a lead count as custom too, but nobody in the organization has thought of them. */
const isMicrosofts = (name: string): boolean => /^(?:msdyn[a-z0-9]*|mspp|msfp|adx)_/.test(name)

export const nameOf = ({ LogicalName: name }: Definition): string => (typeof name === 'string' ? name : '')
export const kindOf = ({ AttributeTypeName: type }: Definition): string => String((type as Definition | null | undefined)?.Value ?? '')

/** Whether a value can be given for the column: not what is computed, nor what only stands beside another column. */
export function isWritable(definition: Definition): boolean {
  const { AttributeOf: of, SourceType: source } = definition
  return (
    nameOf(definition) !== '' &&
    !isMicrosofts(nameOf(definition)) &&
    columnKinds[kindOf(definition)] !== undefined &&
    (definition.IsValidForCreate === true || definition.IsValidForUpdate === true) &&
    definition.IsValidODataAttribute !== false &&
    (of === undefined || of === null || of === '') &&
    // 1 is calculated, 2 a rollup, 3 a formula.
    (source === undefined || source === null || source === 0)
  )
}

/** The column that a definition describes; undefined for a type that is not among those above. */
export function columnFrom(definition: Definition): LeadColumn | undefined {
  const type = columnKinds[kindOf(definition)]?.type
  if (type === undefined) return undefined
  const name = nameOf(definition)
  const description = labelFrom(definition.Description)
  const { MaxLength: maxLength, MinValue: minimum, MaxValue: maximum } = definition
  const options = type === 'choice' || type === 'choices' ? optionsFrom(definition.GlobalOptionSet ?? definition.OptionSet) : undefined
  return {
    name,
    title: (labelFrom(definition.DisplayName) ?? name).slice(0, 80),
    ...(description !== undefined && { description: description.slice(0, 500) }),
    type: type === 'dateTime' && isDay(definition) ? 'date' : type,
    ...(typeof maxLength === 'number' && { maxLength }),
    ...(typeof minimum === 'number' && { minimum }),
    ...(typeof maximum === 'number' && { maximum }),
    ...(options && { options })
  }
}

/**
 * By its behavior, not by its format: a column that shows no time but keeps one wants it, and a time zone, written too.
 * Source: learn.microsoft.com, «Configure the behavior and format of the date and time column using code».
 */
const isDay = ({ DateTimeBehavior: behavior }: Definition): boolean => (behavior as Definition | null | undefined)?.Value === 'DateOnly'

function optionsFrom(optionSet: unknown): { value: number; label: string }[] {
  const { Options: options } = (optionSet ?? {}) as { Options?: unknown }
  return (Array.isArray(options) ? options : []).flatMap(option => {
    const { Value: value, Label: label } = (option ?? {}) as Definition
    return typeof value === 'number' ? [{ value, label: labelFrom(label) ?? String(value) }] : []
  })
}

/** A label in the language of the application user, or else in the first one that it has; on one line. */
function labelFrom(label: unknown): string | undefined {
  const { UserLocalizedLabel: own, LocalizedLabels: all } = (label ?? {}) as {
    UserLocalizedLabel?: Definition | null
    LocalizedLabels?: unknown
  }
  const text = own?.Label ?? (Array.isArray(all) ? all[0]?.Label : undefined)
  const line = typeof text === 'string' ? text.replaceAll(/[\s\u0000-\u001F\u007F-\u009F]+/g, ' ').trim() : ''
  return line === '' ? undefined : line
}
