import type { LeadColumn, LeadColumnType } from '../schemas/lead-column.ts'

type Json = Record<string, unknown>

/** How a column is written: one type, and of the formats only those that Power Platform knows. */
const forms: Record<LeadColumnType, (column: LeadColumn) => Json> = {
  text: ({ maxLength }) => ({ type: 'string', ...(maxLength !== undefined && { maxLength }) }),
  wholeNumber: column => ({ type: 'integer', format: isSmall(column) ? 'int32' : 'int64', ...limits(column) }),
  number: column => ({ type: 'number', format: 'double', ...limits(column) }),
  money: column => ({ type: 'number', format: 'double', ...limits(column) }),
  yesNo: () => ({ type: 'boolean' }),
  choice: ({ options = [] }) => ({
    type: 'integer',
    format: 'int32',
    // An empty enum is refused.
    ...(options.length > 0 && {
      enum: options.map(({ value }) => value),
      'x-ms-enum-values': options.map(({ value, label }) => ({ value, displayName: label }))
    })
  }),
  choices: () => ({ type: 'string' }),
  date: () => ({ type: 'string', format: 'date' }),
  dateTime: () => ({ type: 'string', format: 'date-time' })
}

const hints: Partial<Record<LeadColumnType, (column: LeadColumn) => string>> = {
  text: ({ maxLength }) => (maxLength === undefined ? '' : `At most ${maxLength} characters.`),
  money: () => 'In the currency of the lead.',
  choices: ({ options = [] }) => `The numbers of the values, with commas between them: ${listed(options)}.`,
  date: () => 'A day, for example 2027-03-31.',
  dateTime: () => 'A moment, for example 2027-03-31T09:00:00Z.'
}

/**
 * The columns as a schema that the designer shows as fields, by logical name and in the order of what people call them. Two columns that are
 * called the same are told apart by their names.
 * Source: learn.microsoft.com/connectors/custom-connectors/openapi-extensions, «x-ms-dynamic-schema».
 */
export function leadColumnSchema(columns: readonly LeadColumn[]): Json {
  const sorted = [...columns].sort((a, b) => a.title.localeCompare(b.title, 'en') || a.name.localeCompare(b.name, 'en'))
  const count = (title: string): number => sorted.filter(other => other.title === title).length
  return {
    type: 'object',
    properties: Object.fromEntries(
      sorted.map(column => {
        const { name, title } = column
        return [
          name,
          { ...forms[column.type](column), 'x-ms-summary': count(title) > 1 ? `${title} (${name})` : title, description: words(column) }
        ]
      })
    )
  }
}

function words(column: LeadColumn): string {
  const own = column.description ?? `The column ${column.name}.`
  return [/[.!?…]$/.test(own) ? own : `${own}.`, hints[column.type]?.(column) ?? ''].filter(Boolean).join(' ')
}

const mostListed = 30

function listed(options: { value: number; label: string }[]): string {
  const shown = options.slice(0, mostListed).map(({ value, label }) => `${value} (${label})`)
  return [...shown, ...(options.length > mostListed ? ['…'] : [])].join(', ')
}

const isSmall = ({ minimum = 0, maximum = 0 }: LeadColumn): boolean => minimum >= -(2 ** 31) && maximum < 2 ** 31

const limits = ({ minimum, maximum }: LeadColumn): Json => ({
  ...(minimum !== undefined && { minimum }),
  ...(maximum !== undefined && { maximum })
})
