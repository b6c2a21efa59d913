import { type Static, Type } from 'typebox'

const important = { 'x-ms-visibility': 'important' }
const text = (title: string, description: string, maxLength: number, more: object = {}) =>
  Type.Optional(Type.String({ title, description, maxLength, ...more }))

export const leadRatings = ['Hot', 'Warm', 'Cold'] as const

/**
 * A lead in words that every CRM shares; each adapter maps them to its own columns.
 * The lengths are those of the Dataverse lead table (learn.microsoft.com, entity reference lead), the stricter of the two CRMs nearly everywhere.
 */
export const Lead = Type.Object(
  {
    subject: text('Topic', 'What the lead is about.', 300, { ...important, examples: ['Contoso cloud migration'] }),
    firstName: text('First Name', 'The given name of the contact.', 50, important),
    lastName: text('Last Name', 'The family name of the contact.', 50, { ...important, examples: ['Doe'] }),
    companyName: text('Company Name', 'The organization of the contact.', 100, { ...important, examples: ['Contoso'] }),
    email: text('Email', 'The e-mail address of the contact.', 100, { ...important, examples: ['jane.doe@contoso.com'] }),
    phone: text('Phone', 'The business phone of the contact.', 50, important),
    mobilePhone: text('Mobile Phone', 'The mobile phone of the contact.', 20),
    jobTitle: text('Job Title', 'The job title of the contact.', 100),
    website: text('Website', 'The website of the organization.', 200),
    addressLine1: text('Address Line 1', 'The first line of the street address.', 250),
    addressLine2: text('Address Line 2', 'The second line of the street address.', 250),
    city: text('City', 'The city.', 80),
    stateOrProvince: text('State or Province', 'The state or province.', 50),
    postalCode: text('Postal Code', 'The postal code.', 20),
    country: text('Country', 'The country.', 80),
    estimatedAmount: Type.Optional(
      Type.Number({ title: 'Estimated Amount', description: 'The estimated value of the deal.', minimum: 0, maximum: 1e12, ...important })
    ),
    currency: Type.Optional(
      Type.String({
        title: 'Currency',
        description: 'The currency of the estimated amount as an ISO 4217 code.',
        pattern: '^[A-Za-z]{3}$',
        maxLength: 3
      })
    ),
    estimatedCloseDate: Type.Optional(
      Type.String({
        title: 'Estimated Close Date',
        description: 'The day the deal is expected to close, as YYYY-MM-DD.',
        format: 'date',
        maxLength: 10
      })
    ),
    numberOfEmployees: Type.Optional(
      Type.Integer({
        title: 'Number of Employees',
        description: 'How many people work for the organization.',
        minimum: 0,
        maximum: 1_000_000_000
      })
    ),
    rating: Type.Optional(Type.Enum([...leadRatings], { title: 'Rating', description: 'How promising the lead is.' })),
    description: text('Description', 'Everything else worth knowing.', 2000, important)
  },
  { additionalProperties: false }
)
export type Lead = Static<typeof Lead>

export type CustomColumns = Record<string, string | number | boolean | null>

/** Columns of the organization's own, by logical name. */
export const CustomColumns = Type.Unsafe<CustomColumns>(
  Type.Object(
    {},
    {
      title: 'Custom Columns',
      description: 'Columns of your own, by logical name, for example new_region.',
      additionalProperties: true,
      maxProperties: 50,
      'x-schema-from': 'GetLeadSchema',
      'x-ms-visibility': 'important'
    }
  )
)

/** The body of UpsertLead: typed fields; with none, the referral is read and mapped by the service. */
export const UpsertLeadRequest = Type.Object(
  {
    ...Lead.properties,
    customColumns: Type.Optional(CustomColumns),
    force: Type.Optional(
      Type.Boolean({
        title: 'Force',
        description: 'Write even when nothing differs from what this service wrote last.',
        'x-ms-visibility': 'advanced'
      })
    )
  },
  { additionalProperties: false }
)
export type UpsertLeadRequest = Static<typeof UpsertLeadRequest>

export const leadOutcomes = ['created', 'updated', 'unchanged', 'readOnly', 'deleted'] as const

/** What became of a lead. */
export const LeadResult = Type.Object(
  {
    leadId: Type.String({ title: 'Lead ID', description: 'The id of the lead in the CRM.' }),
    referralId: Type.String({ title: 'Referral ID', description: 'The id of the referral the lead belongs to.' }),
    outcome: Type.Enum([...leadOutcomes], {
      title: 'Outcome',
      description:
        'created, updated, unchanged (nothing differed, nothing was written), readOnly (the lead is qualified or disqualified and was left alone) or deleted (somebody deleted the lead in the CRM, and it was not made again).'
    }),
    state: Type.Optional(Type.String({ title: 'Lead State', description: 'Why the lead is read-only: Qualified or Disqualified.' })),
    notices: Type.Array(Type.String(), { title: 'Notices', description: 'What was cut or left out on the way, in words.' })
  },
  { $id: 'LeadResult' }
)
export type LeadResult = Static<typeof LeadResult>
