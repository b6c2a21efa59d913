import { type Static, Type } from 'typebox'
import { Address, Member, Requirement, referralStatuses, referralSubstatuses } from './referral.ts'

const important = { 'x-ms-visibility': 'important' }
const advanced = { 'x-ms-visibility': 'advanced' }
const instant = Type.String({ format: 'date-time', maxLength: 40 })

const Currency = Type.Optional(
  Type.String({
    title: 'Currency',
    description: 'The currency as an ISO 4217 code.',
    examples: ['USD'],
    pattern: '^[A-Za-z]{3}$',
    maxLength: 3
  })
)
const ClosingDate = Type.Optional({
  ...instant,
  title: 'Closing Date',
  description: 'When the deal is expected to close.',
  examples: ['2027-03-31T00:00:00Z']
})

const Status = Type.Enum([...referralStatuses], {
  title: 'Status',
  description: 'New, Active or Closed. A closed referral cannot be edited any more.',
  'x-choices': { list: 'statuses' },
  ...important
})
const Substatus = Type.Enum([...referralSubstatuses], {
  title: 'Substatus',
  description: 'With New: Pending or Received. With Active: Accepted. With Closed: Won, Lost, Declined or Expired.',
  'x-choices': { list: 'substatuses', from: { status: 'status' } },
  ...important
})

/**
 * The fields of a referral that this service edits. Left out means left alone.
 * Source: the paths that the official Partner Center Referrals connector sends with PATCH.
 */
export const ReferralEdits = Type.Object(
  {
    externalReferenceId: Type.Optional(
      Type.String({ title: 'External Reference ID', description: 'The id of the record in the CRM.', maxLength: 200, ...important })
    ),
    status: Type.Optional(Status),
    substatus: Type.Optional(Substatus),
    statusReason: Type.Optional(
      Type.String({ title: 'Status Reason', description: 'Why the referral gets this status.', maxLength: 1000 })
    ),
    salesStage: Type.Optional(
      Type.String({
        title: 'Sales Stage',
        description: 'How far the deal has come.',
        maxLength: 100,
        'x-choices': { list: 'sales-stages' }
      })
    ),
    dealValue: Type.Optional(
      Type.Number({
        title: 'Deal Value',
        description: 'The estimated value of the deal, in its currency.',
        examples: [25000],
        minimum: 0,
        maximum: 1e12
      })
    ),
    currency: Currency,
    closingDateTime: ClosingDate,
    notes: Type.Optional(Type.String({ title: 'Notes', description: 'What the customer needs, in free text.', maxLength: 4000 })),
    campaignId: Type.Optional(
      Type.String({ title: 'Campaign ID', description: 'The campaign of the referral.', maxLength: 200, ...advanced })
    ),
    referralProgram: Type.Optional(
      Type.String({ title: 'Referral Program', description: 'The program of the referral.', maxLength: 200, ...advanced })
    ),
    consentToShareReferralWithMicrosoftSellers: Type.Optional(
      Type.Boolean({
        title: 'Share With Microsoft Sellers',
        description: 'Whether Microsoft sellers may see the referral. Once visible this cannot be undone.',
        ...advanced
      })
    )
  },
  { additionalProperties: false }
)
export type ReferralEdits = Static<typeof ReferralEdits>

/** The body of UpdateReferral: the edits, and optionally the version they are meant for. */
export const UpdateReferralRequest = Type.Object(
  {
    ...ReferralEdits.properties,
    eTag: Type.Optional(
      Type.String({
        title: 'ETag',
        description: 'The version these edits are meant for, with its quotes. Left out, the present version is used.',
        maxLength: 200,
        ...advanced
      })
    )
  },
  { additionalProperties: false, minProperties: 1 }
)
export type UpdateReferralRequest = Static<typeof UpdateReferralRequest>

/** What UpdateReferral did: the fields that were really different, and the referral as it is now. */
export const UpdatedReferral = Type.Object({
  changed: Type.Array(Type.String(), {
    title: 'Changed Fields',
    description: 'The fields that were different and have been written; empty when there was nothing to do.'
  }),
  referral: Type.Ref('Referral')
})

/** An entry of a catalog, picked from what the account's referrals use. */
const requirements = (title: string, description: string, list: string) =>
  Type.Optional(
    Type.Array(
      Type.Object(
        {
          ...Requirement.properties,
          id: Type.Optional({ ...Requirement.properties.id, 'x-choices': { list }, ...important })
        },
        { additionalProperties: true }
      ),
      { title, description, maxItems: 50 }
    )
  )

const limitedText = (title: string, description: string, maxLength: number, more: object = {}) =>
  Type.Optional(Type.String({ title, description, maxLength, ...more }))

/** The body of CreateReferral. Source: learn.microsoft.com/partner-center/developer/create-a-referral. */
export const NewReferral = Type.Object(
  {
    name: Type.String({
      title: 'Referral Name',
      description: 'The name of the deal.',
      examples: ['Contoso cloud migration'],
      minLength: 1,
      maxLength: 200,
      ...important
    }),
    externalReferenceId: limitedText('External Reference ID', 'The id of the record in the CRM.', 200, important),
    type: Type.Enum(['Independent', 'Shared'], {
      title: 'Type',
      description: 'Shared deals involve Microsoft or other partners.',
      ...important
    }),
    qualification: Type.Enum(['Direct', 'MarketingQualified', 'SalesQualified'], {
      title: 'Qualification',
      description: 'How far the lead has been qualified.',
      ...important
    }),
    customerProfile: Type.Object(
      {
        name: Type.String({
          title: 'Customer Name',
          description: 'The name of the customer organization.',
          minLength: 1,
          maxLength: 200,
          ...important
        }),
        address: Type.Optional(
          Type.Object(Address.properties, { title: 'Customer Address', description: 'Where the customer is.', additionalProperties: true })
        ),
        size: limitedText('Customer Size', 'The size band of the organization, for example 10to50employees.', 50),
        team: Type.Optional(Type.Array(Member, { title: 'Customer Contacts', description: 'The people at the customer.', maxItems: 50 }))
      },
      { description: 'Who the customer is.', additionalProperties: false }
    ),
    details: Type.Optional(
      Type.Object(
        {
          notes: limitedText('Notes', 'What the customer needs, in free text.', 4000),
          dealValue: Type.Optional(
            Type.Number({
              title: 'Deal Value',
              description: 'The estimated value of the deal.',
              examples: [25000],
              minimum: 0,
              maximum: 1e12
            })
          ),
          currency: Currency,
          closingDateTime: ClosingDate,
          requirements: Type.Optional(
            Type.Object(
              {
                industries: requirements('Industries', 'The industries of the customer.', 'industries'),
                products: requirements('Products', 'The Microsoft products the customer asks for.', 'products'),
                services: requirements('Services', 'The services the customer asks for.', 'services'),
                solutions: requirements('Solutions', 'The solutions the customer asks for.', 'solution-areas')
              },
              { description: 'What the customer asks for.', additionalProperties: false }
            )
          )
        },
        { description: 'What the deal is about.', additionalProperties: false }
      )
    ),
    consent: Type.Optional(
      Type.Object(
        {
          consentToToShareInfoWithOthers: Type.Optional(
            Type.Boolean({ title: 'Consent To Share With Others', description: 'Whether the details may be shared with others.' })
          ),
          consentToContact: Type.Optional(
            Type.Boolean({ title: 'Consent To Contact', description: 'Whether the customer may be contacted.' })
          ),
          consentToShareReferralWithMicrosoftSellers: Type.Optional(
            Type.Boolean({ title: 'Share With Microsoft Sellers', description: 'Whether Microsoft sellers may see the referral.' })
          )
        },
        { description: 'What the customer agreed to.', additionalProperties: false }
      )
    ),
    team: Type.Optional(
      Type.Array(Member, { title: 'Partner Team', description: 'The people of the partner who work on the referral.', maxItems: 50 })
    )
  },
  { additionalProperties: false }
)
export type NewReferral = Static<typeof NewReferral>
