import type { Lead } from '../schemas/lead.ts'

export type ColumnValue = string | number | boolean | null
export type Columns = Record<string, ColumnValue>

interface TextColumn {
  column: string
  /** As Dataverse counts: UTF-16 code units. */
  maxLength: number
  /** `cut` what is too long, or leave out what is worthless or wrong when cut: half an e-mail address may be another person's. */
  tooLong: 'cut' | 'leave out'
  /** Whether the column keeps line breaks. */
  hasLines?: true
}

type TextField = { [F in keyof Lead]-?: NonNullable<Lead[F]> extends string ? F : never }[keyof Lead]

/** Where each text of a lead goes, and how much fits (learn.microsoft.com, «Lead table/entity reference»). */
export const textColumns: Record<Exclude<TextField, 'currency' | 'estimatedCloseDate' | 'rating'>, TextColumn> = {
  subject: { column: 'subject', maxLength: 300, tooLong: 'cut' },
  firstName: { column: 'firstname', maxLength: 50, tooLong: 'cut' },
  lastName: { column: 'lastname', maxLength: 50, tooLong: 'cut' },
  companyName: { column: 'companyname', maxLength: 100, tooLong: 'cut' },
  email: { column: 'emailaddress1', maxLength: 100, tooLong: 'leave out' },
  phone: { column: 'telephone1', maxLength: 50, tooLong: 'leave out' },
  mobilePhone: { column: 'mobilephone', maxLength: 20, tooLong: 'leave out' },
  jobTitle: { column: 'jobtitle', maxLength: 100, tooLong: 'cut' },
  website: { column: 'websiteurl', maxLength: 200, tooLong: 'leave out' },
  addressLine1: { column: 'address1_line1', maxLength: 250, tooLong: 'cut' },
  addressLine2: { column: 'address1_line2', maxLength: 250, tooLong: 'cut' },
  city: { column: 'address1_city', maxLength: 80, tooLong: 'cut' },
  stateOrProvince: { column: 'address1_stateorprovince', maxLength: 50, tooLong: 'cut' },
  postalCode: { column: 'address1_postalcode', maxLength: 20, tooLong: 'leave out' },
  country: { column: 'address1_country', maxLength: 80, tooLong: 'cut' },
  description: { column: 'description', maxLength: 2000, tooLong: 'cut', hasLines: true }
}

/** Where the other fields go; their values are made below. */
export const otherColumns = {
  estimatedAmount: 'estimatedamount',
  estimatedCloseDate: 'estimatedclosedate',
  numberOfEmployees: 'numberofemployees',
  rating: 'leadqualitycode',
  currency: 'transactioncurrencyid'
} as const satisfies Partial<Record<keyof Lead, string>>

const ratings: Record<string, number> = { Hot: 1, Warm: 2, Cold: 3 }

/**
 * The columns of the fields that the lead has, with a notice for each value that had to be cut or left out. An empty text clears its column.
 * The currency is not among them: it is a lookup and needs the organization's own id.
 */
export function columnsFromLead(lead: Lead): { columns: Columns; notices: string[] } {
  const columns: Columns = {}
  const notices: string[] = []

  for (const [field, row] of Object.entries(textColumns) as [keyof typeof textColumns, TextColumn][]) {
    const value = lead[field]
    if (value === undefined) continue
    const clean = cleanText(value, row)
    if (clean.length <= row.maxLength) columns[row.column] = clean === '' ? null : clean
    else if (row.tooLong === 'leave out') notices.push(`${field} was left out: it is longer than ${row.maxLength} characters.`)
    else {
      columns[row.column] = cutText(clean, row.maxLength)
      notices.push(`${field} was cut to ${row.maxLength} characters.`)
    }
  }

  const { estimatedAmount, numberOfEmployees, estimatedCloseDate, rating } = lead
  put('estimatedAmount', estimatedAmount, isBetween(estimatedAmount, 0, 1e12), 'it is not between 0 and 1,000,000,000,000')
  put(
    'numberOfEmployees',
    numberOfEmployees,
    Number.isInteger(numberOfEmployees) && isBetween(numberOfEmployees, 0, 1e9),
    'it is not a whole number up to 1,000,000,000'
  )
  put('estimatedCloseDate', estimatedCloseDate, isDay(estimatedCloseDate), 'it is not a day of the form YYYY-MM-DD after 1752')
  put('rating', rating && ratings[rating], rating !== undefined && Object.hasOwn(ratings, rating), 'it is not Hot, Warm or Cold')
  return { columns, notices }

  function put(field: keyof typeof otherColumns, value: ColumnValue | undefined, isGood: boolean, otherwise: string): void {
    if (lead[field] === undefined) return
    if (isGood && value !== undefined) columns[otherColumns[field]] = value
    else notices.push(`${field} was left out: ${otherwise}.`)
  }
}

/** Without what XML 1.0, in which Dataverse keeps texts, cannot hold: control characters and halves of surrogate pairs. */
function cleanText(value: string, { hasLines }: TextColumn): string {
  const clean = value.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '').replace(/\p{Surrogate}/gu, '\uFFFD')
  return hasLines ? clean : clean.replace(/\s*[\r\n]+\s*/g, ' ').trim()
}

/** The first `maxLength` UTF-16 code units, one less where that would split a character in two. */
export function cutText(value: string, maxLength: number): string {
  const cut = value.slice(0, maxLength)
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut
}

const isBetween = (value: number | undefined, least: number, most: number): boolean =>
  value !== undefined && value >= least && value <= most

/** Dataverse's dates begin in 1753 (learn.microsoft.com, «Behavior and format of the date and time column»). */
function isDay(value: string | undefined): boolean {
  if (value === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(value) || value < '1753') return false
  const day = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value)
}
