import { type Static, Type } from 'typebox'
import { nullable } from './nullable.ts'

const text = (title: string, description: string) => nullable(Type.String(), { title, description })
const instant = (title: string, description: string) => nullable(Type.String(), { title, description })
const open = { additionalProperties: true }

export const referralStatuses = ['New', 'Active', 'Closed'] as const
export const referralSubstatuses = ['Pending', 'Received', 'Accepted', 'Won', 'Lost', 'Declined', 'Expired', 'Error'] as const

/** Partner Center ids are GUIDs; the form is checked before any URL or key is made of one. */
export const ReferralId = Type.String({
  title: 'Referral ID',
  description: 'The id of the referral in Partner Center, a GUID.',
  pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
  maxLength: 36,
  examples: ['4111fffc-f9ee-4d53-bba6-569135228642']
})

export const Member = Type.Object(
  {
    firstName: text('First Name', 'The given name of the person.'),
    lastName: text('Last Name', 'The family name of the person.'),
    email: text('Email', 'The e-mail address of the person.'),
    phoneNumber: text('Phone Number', 'The phone number of the person.'),
    title: text('Job Title', 'The job title of the person.'),
    isPrimaryContact: nullable(Type.Boolean(), { title: 'Is Primary Contact', description: 'Whether this is the main person to talk to.' }),
    contactPreference: nullable(
      Type.Object(
        {
          locale: text('Locale', 'The language the person prefers, for example en-us.'),
          disableNotifications: nullable(Type.Boolean(), {
            title: 'Disable Notifications',
            description: 'Whether the person wants no messages.'
          })
        },
        open
      ),
      { description: 'How the person wants to be contacted.' }
    )
  },
  open
)
export type Member = Static<typeof Member>

export const Address = Type.Object(
  {
    addressLine1: text('Address Line 1', 'The first line of the street address.'),
    addressLine2: text('Address Line 2', 'The second line of the street address.'),
    city: text('City', 'The city.'),
    state: text('State', 'The state or province.'),
    region: text('Region', 'The region.'),
    postalCode: text('Postal Code', 'The postal code.'),
    country: text('Country', 'The country as an ISO 3166 code, usually of two letters.')
  },
  open
)
export type Address = Static<typeof Address>

export const CustomerProfile = Type.Object(
  {
    name: text('Customer Name', 'The name of the customer organization.'),
    address: nullable(Address, { description: 'Where the customer is.' }),
    size: text('Customer Size', 'The size band of the organization, for example 10to50employees.'),
    team: nullable(Type.Array(Member), { title: 'Customer Contacts', description: 'The people at the customer.' }),
    ids: nullable(
      Type.Array(
        Type.Object({ profileType: text('Profile Type', 'The kind of id, for example Duns.'), id: text('ID', 'The id itself.') }, open)
      ),
      { title: 'Customer IDs', description: 'External ids of the customer, for example its Duns number.' }
    )
  },
  open
)

export const Requirement = Type.Object(
  {
    id: text('ID', 'The id in the catalog.'),
    name: text('Name', 'The name to show.'),
    type: text('Type', 'The kind of entry, for example Category or Solution.')
  },
  open
)
const requirements = (title: string, description: string) => nullable(Type.Array(Requirement), { title, description })

export const Details = Type.Object(
  {
    notes: text('Notes', 'What the customer needs, in free text.'),
    dealValue: nullable(Type.Number(), { title: 'Deal Value', description: 'The estimated value of the deal, in the given currency.' }),
    currency: text('Currency', 'The currency of the deal value as an ISO 4217 code.'),
    closingDateTime: instant('Closing Date', 'When the deal is expected to close.'),
    customerAction: text('Customer Action', 'What the customer did that led to the referral.'),
    customerRequestedContact: nullable(Type.Boolean(), {
      title: 'Customer Requested Contact',
      description: 'Whether the customer asked to be contacted.'
    }),
    requirements: nullable(
      Type.Object(
        {
          industries: requirements('Industries', 'The industries of the customer.'),
          products: requirements('Products', 'The Microsoft products the customer asks for.'),
          services: requirements('Services', 'The services the customer asks for.'),
          solutions: requirements('Solutions', 'The solutions the customer asks for.'),
          offers: nullable(Type.Array(Type.Object({}, open)), { title: 'Offers', description: 'The offers the referral came from.' }),
          additionalRequirements: nullable(Type.Object({}, open), {
            title: 'Additional Requirements',
            description: 'Further requirements.'
          })
        },
        open
      ),
      { description: 'What the customer asks for.' }
    )
  },
  open
)

/**
 * A referral as Partner Center gives it (contract V3 of the Partner API). Every field may be missing or null, values may be newer than this
 * list, and fields we do not know are kept.
 * Source: learn.microsoft.com/partner-center/developer/referral-resources and the official connector's definition.
 */
export const Referral = Type.Object(
  {
    id: text('Referral ID', 'The id of the referral.'),
    engagementId: text('Engagement ID', 'The id that related referrals of one engagement share.'),
    organizationId: text('Organization ID', 'The id of the partner organization.'),
    organizationName: text('Organization Name', 'The name of the partner organization.'),
    mpnId: text('Partner ID', 'The partner location the referral belongs to.'),
    name: text('Referral Name', 'The name of the deal.'),
    externalReferenceId: text('External Reference ID', 'The id of the record in the CRM.'),
    createdDateTime: instant('Created', 'When the referral was created.'),
    updatedDateTime: instant('Updated', 'When the referral was last changed.'),
    expirationDateTime: instant('Expires', 'When an unanswered referral expires.'),
    acceptedDateTime: instant('Accepted', 'When the referral was accepted.'),
    closedDateTime: instant('Closed', 'When the referral was closed.'),
    status: text('Status', 'New, Active or Closed.'),
    substatus: text('Substatus', 'Pending, Received, Accepted, Won, Lost, Declined or Expired.'),
    statusReason: text('Status Reason', 'Why the referral has this status.'),
    salesStage: text('Sales Stage', 'How far the deal has come.'),
    qualification: text('Qualification', 'Direct, MarketingQualified or SalesQualified.'),
    quality: text('Quality', 'How good the lead is.'),
    type: text('Type', 'Independent or Shared.'),
    direction: text('Direction', 'Incoming or Outgoing.'),
    referralSource: text('Referral Source', 'Where the referral came from.'),
    referralProgram: text('Referral Program', 'The program of the referral.'),
    campaignId: text('Campaign ID', 'The campaign of the referral.'),
    callToAction: text('Call To Action', 'What the customer clicked.'),
    registrationStatus: text('Registration Status', 'The state of the deal registration.'),
    isSpam: nullable(Type.Boolean(), { title: 'Is Spam', description: 'Whether the lead was marked as spam.' }),
    favorite: nullable(Type.Boolean(), { title: 'Is Favorite', description: 'Whether the referral is marked as a favorite.' }),
    lastModifiedVia: text('Last Modified Via', 'The tool of the last change.'),
    lastRunId: text('Last Run ID', 'The run of the last automated change.'),
    eTag: text('ETag', 'The version of the referral, with its quotes.'),
    target: nullable(Type.Array(Requirement), { title: 'Targets', description: 'Who the referral is meant for.' }),
    customerProfile: nullable(CustomerProfile, { description: 'Who the customer is.' }),
    consent: nullable(
      Type.Object(
        {
          consentToToShareInfoWithOthers: nullable(Type.Boolean(), {
            title: 'Consent To Share With Others',
            description: 'Whether the details may be shared with others.'
          }),
          consentToContact: nullable(Type.Boolean(), {
            title: 'Consent To Contact',
            description: 'Whether the customer may be contacted.'
          }),
          consentToShareReferralWithMicrosoftSellers: nullable(Type.Boolean(), {
            title: 'Consent To Share With Microsoft Sellers',
            description: 'Whether Microsoft sellers may see the referral.'
          })
        },
        open
      ),
      { description: 'What the customer agreed to.' }
    ),
    details: nullable(Details, { description: 'What the deal is about.' }),
    team: nullable(Type.Array(Member), { title: 'Partner Team', description: 'The people of the partner who work on the referral.' }),
    inviteContext: nullable(
      Type.Object(
        {
          notes: text('Invitation Notes', 'The note that came with the invitation.'),
          assistanceRequestCode: text('Assistance Request', 'The kind of help that is asked for.'),
          invitedBy: nullable(
            Type.Object(
              {
                organizationId: text('Invited By Organization ID', 'The organization that invited, msft for Microsoft.'),
                organizationName: text('Invited By Organization Name', 'The name of the organization that invited.')
              },
              open
            ),
            { description: 'Who invited.' }
          )
        },
        open
      ),
      { description: 'How the invitation came about.' }
    ),
    trackingInfo: nullable(Type.Object({}, open), { title: 'Tracking Info', description: 'Ids of the deal in other systems.' }),
    registrations: nullable(Type.Array(Type.Object({}, open)), { title: 'Registrations', description: 'The deal registrations.' }),
    tags: nullable(Type.Array(Type.String()), { title: 'Tags', description: 'The tags of the referral.' }),
    links: nullable(Type.Object({}, open), { title: 'Links', description: 'Links to related resources.' })
  },
  { ...open, $id: 'Referral' }
)
export type Referral = Static<typeof Referral>

/** What a referral can be found by; see `$filter` and `$orderby` of the Partner API. */
export const ReferralQuery = Type.Object({
  filter: Type.Optional(
    Type.String({
      title: 'Filter',
      description: "An OData filter, for example: status eq 'New' and direction eq 'Incoming'.",
      maxLength: 1000,
      examples: ["status eq 'New'"],
      'x-ms-visibility': 'important'
    })
  ),
  orderBy: Type.Optional(
    Type.Enum(['createdDateTime asc', 'createdDateTime desc', 'updatedDateTime asc', 'updatedDateTime desc'], {
      title: 'Order By',
      description: 'The order of the referrals.'
    })
  ),
  top: Type.Optional(
    Type.Integer({ title: 'Top', description: 'How many referrals at the most.', minimum: 1, maximum: 100, 'x-ms-visibility': 'important' })
  ),
  skip: Type.Optional(Type.Integer({ title: 'Skip', description: 'How many referrals to leave out first.', minimum: 0, maximum: 100000 })),
  next: Type.Optional(
    Type.String({
      title: 'Next Page',
      description: 'The nextPage value of the answer before, for the page after it.',
      maxLength: 4000,
      'x-ms-visibility': 'advanced'
    })
  )
})
export type ReferralQuery = Static<typeof ReferralQuery>

export const ReferralPage = Type.Object(
  {
    value: Type.Array(Type.Ref('Referral'), { title: 'Referrals', description: 'The referrals of this page.' }),
    nextPage: Type.Optional(
      Type.String({ title: 'Next Page', description: 'What to send as next for the following page; absent on the last page.' })
    )
  },
  { $id: 'ReferralPage' }
)
export interface ReferralPage {
  value: Referral[]
  nextPage?: string
}
