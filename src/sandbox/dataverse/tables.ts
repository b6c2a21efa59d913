import { randomUUID } from 'node:crypto'
import { ownColumns } from './own-columns.ts'

export type ColumnType =
  | 'String'
  | 'Memo'
  | 'Integer'
  | 'Double'
  | 'Decimal'
  | 'Money'
  | 'DateTime'
  | 'Boolean'
  | 'Picklist'
  | 'MultiSelectPicklist'
  | 'State'
  | 'Status'
  | 'Lookup'
  | 'Uniqueidentifier'

export interface Column {
  type: ColumnType
  metadataId: string
  schemaName: string
  /** In UTF-16 code units. */
  maxLength?: number
  min?: number
  max?: number
  /** The values of a choice, with their labels. */
  options?: Record<number, string>
  isDateOnly?: boolean
  /** Of a date that keeps a time and does not show it. */
  showsNoTime?: boolean
  /** Whether a choice takes its values from one that the organization's tables share. */
  isSharedChoice?: boolean
  /** What a lookup points at; more than one table for customers and owners. */
  targets?: string[]
  required?: 'SystemRequired' | 'ApplicationRequired' | 'Recommended'
  /** Set by the system; what a client sends is passed over, or refused for ids. */
  isReadOnly?: boolean
  isCustom?: boolean
  /** Computed by a formula of the organization's. */
  isCalculated?: boolean
  /** What people call it and read about it. */
  label?: string
  description?: string
}

export type IndexStatus = 'Pending' | 'InProgress' | 'Active' | 'Failed'

export interface AlternateKey {
  metadataId: string
  schemaName: string
  columns: string[]
  indexStatus: IndexStatus
}

export interface Table {
  metadataId: string
  logicalName: string
  schemaName: string
  entitySet: string
  primaryId: string
  primaryName: string
  columns: Map<string, Column>
  keys: AlternateKey[]
  /** Whether change tracking is on. */
  isTracked: boolean
}

export type ColumnDefinition = Omit<Column, 'metadataId' | 'schemaName'>
type Definition = ColumnDefinition

const text = (maxLength: number, required?: Column['required']): Definition => ({
  type: 'String',
  maxLength,
  ...(required && { required })
})
const memo: Definition = { type: 'Memo', maxLength: 2000 }
const money: Definition = { type: 'Money', min: 0, max: 1e12 }
const flag: Definition = { type: 'Boolean' }
const lookup = (...targets: string[]): Definition => ({ type: 'Lookup', targets })
const numbered = (count: number, first = 1): Definition =>
  choice(
    Array.from({ length: count }, (_, index) => `Option ${index + first}`),
    first
  )
function choice(labels: string[], first = 1): Definition {
  return { type: 'Picklist', options: Object.fromEntries(labels.map((label, index) => [index + first, label])) }
}
const system = (definition: Definition): Definition => ({ ...definition, isReadOnly: true })

/** The lead table as Dynamics 365 Sales ships it, as far as a referral goes (learn.microsoft.com, «Lead table/entity reference»). */
const lead: Record<string, Definition> = {
  leadid: { type: 'Uniqueidentifier', required: 'SystemRequired' },
  subject: text(300, 'ApplicationRequired'),
  firstname: text(50, 'Recommended'),
  lastname: text(50, 'ApplicationRequired'),
  fullname: system(text(160)),
  companyname: text(100, 'Recommended'),
  emailaddress1: text(100),
  emailaddress2: text(100),
  telephone1: text(50),
  telephone2: text(50),
  mobilephone: text(20),
  jobtitle: text(100),
  websiteurl: text(200),
  description: memo,
  qualificationcomments: memo,
  address1_line1: text(250),
  address1_line2: text(250),
  address1_line3: text(250),
  address1_city: text(80),
  address1_stateorprovince: text(50),
  address1_postalcode: text(20),
  address1_country: text(80),
  estimatedamount: money,
  estimatedamount_base: system(money),
  estimatedvalue: { type: 'Double', min: 0, max: 1e9 },
  budgetamount: money,
  revenue: money,
  exchangerate: system({ type: 'Decimal' }),
  estimatedclosedate: { type: 'DateTime', isDateOnly: true },
  numberofemployees: { type: 'Integer', min: 0, max: 1e9 },
  leadsourcecode: choice([
    'Advertisement',
    'Employee Referral',
    'External Referral',
    'Partner',
    'Public Relations',
    'Seminar',
    'Trade Show',
    'Web',
    'Word of Mouth',
    'Other'
  ]),
  leadqualitycode: choice(['Hot', 'Warm', 'Cold']),
  industrycode: numbered(33),
  salesstage: choice(['Qualify'], 0),
  initialcommunication: choice(['Contacted', 'Not Contacted'], 0),
  purchasetimeframe: choice(['Immediate', 'This Quarter', 'Next Quarter', 'This Year', 'Unknown'], 0),
  budgetstatus: choice(['No Committed Budget', 'May Buy', 'Can Buy', 'Will Buy'], 0),
  need: choice(['Must have', 'Should have', 'Good to have', 'No need'], 0),
  preferredcontactmethodcode: choice(['Any', 'Email', 'Phone', 'Fax', 'Mail']),
  donotemail: flag,
  donotphone: flag,
  statecode: { type: 'State', options: { 0: 'Open', 1: 'Qualified', 2: 'Disqualified' }, required: 'SystemRequired' },
  statuscode: {
    type: 'Status',
    options: { 1: 'New', 2: 'Contacted', 3: 'Qualified', 4: 'Lost', 5: 'Cannot Contact', 6: 'No Longer Interested', 7: 'Canceled' }
  },
  transactioncurrencyid: lookup('transactioncurrency'),
  campaignid: lookup('campaign'),
  parentaccountid: lookup('account'),
  parentcontactid: lookup('contact'),
  originatingcaseid: lookup('incident'),
  qualifyingopportunityid: lookup('opportunity'),
  customerid: lookup('account', 'contact'),
  ownerid: { ...lookup('systemuser', 'team'), required: 'SystemRequired' },
  createdon: system({ type: 'DateTime' }),
  modifiedon: system({ type: 'DateTime' })
}

const currency: Record<string, Definition> = {
  transactioncurrencyid: { type: 'Uniqueidentifier', required: 'SystemRequired' },
  isocurrencycode: text(5, 'SystemRequired'),
  currencyname: text(100, 'SystemRequired'),
  currencysymbol: text(13),
  exchangerate: { type: 'Decimal' },
  statecode: { type: 'State', options: { 0: 'Active', 1: 'Inactive' } },
  statuscode: { type: 'Status', options: { 1: 'Active', 2: 'Inactive' } },
  createdon: system({ type: 'DateTime' }),
  modifiedon: system({ type: 'DateTime' })
}

/** Which status reasons belong to which state of a lead; the first is the default. */
export const leadStatusReasons: Record<number, number[]> = { 0: [1, 2], 1: [3], 2: [4, 5, 6, 7] }

/** The tables of an environment that has columns of its own on its leads; a referral column is not among them. */
export function newTables(): { lead: Table; currency: Table } {
  return {
    lead: { ...table('Lead', 'leads', 'fullname', { ...lead, ...custom(ownColumns) }), isTracked: true },
    currency: table('TransactionCurrency', 'transactioncurrencies', 'currencyname', currency)
  }
}

const custom = (definitions: Record<string, Definition>): Record<string, Definition> =>
  Object.fromEntries(Object.entries(definitions).map(([name, definition]) => [name, { ...definition, isCustom: true }]))

function table(schemaName: string, entitySet: string, primaryName: string, definitions: Record<string, Definition>): Table {
  const logicalName = schemaName.toLowerCase()
  const columns = Object.entries(definitions).map(([name, definition]): [string, Column] => [
    name,
    { ...definition, metadataId: randomUUID(), schemaName: name }
  ])
  return {
    metadataId: randomUUID(),
    logicalName,
    schemaName,
    entitySet,
    primaryId: `${logicalName}id`,
    primaryName,
    columns: new Map(columns),
    keys: [],
    isTracked: false
  }
}
