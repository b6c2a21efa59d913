import type { NewReferral } from '../../schemas/referral-edits.ts'

/** A referral as a seller of Microsoft might send it, with everything that a lead is made of. People and companies are made up. */
export function sampleReferral(now: Date): NewReferral & Record<string, unknown> {
  const inThreeMonths = new Date(now.getTime() + 90 * 24 * 3600_000).toISOString().slice(0, 10)
  return {
    name: 'Warehouse planning for Larkspur Toys',
    type: 'Shared',
    qualification: 'SalesQualified',
    referralSource: 'MicrosoftSeller',
    target: [{ type: 'SolutionProfile', id: 'SOL-20417-LKS' }],
    customerProfile: {
      name: 'Larkspur Toys Ltd',
      address: {
        addressLine1: '48 Harbour Road',
        addressLine2: 'Building C',
        city: 'Seattle',
        state: 'WA',
        region: null,
        postalCode: '98109',
        country: 'US'
      },
      size: '51to250employees',
      team: [
        {
          firstName: 'Amara',
          lastName: 'Olsen',
          email: 'amara.olsen@larkspur-toys.example',
          phoneNumber: '+1 206 555 0142',
          title: 'Head of Operations',
          isPrimaryContact: true,
          contactPreference: { locale: 'en-us', disableNotifications: false }
        },
        {
          firstName: 'Tomás',
          lastName: 'Brandt',
          email: 'tomas.brandt@larkspur-toys.example',
          phoneNumber: '+1 206 555 0187',
          title: 'IT Manager',
          isPrimaryContact: false,
          contactPreference: { locale: 'en-us', disableNotifications: true }
        }
      ],
      ids: [{ profileType: 'External', id: 'LKS-0093' }]
    },
    consent: {
      consentToToShareInfoWithOthers: true,
      consentToContact: true,
      consentToShareReferralWithMicrosoftSellers: true
    },
    details: {
      notes:
        'Larkspur Toys opens two more warehouses next season and wants to plan stock, picking & deliveries in one place.\nThey ask for a first workshop – "before the summer" – and an estimate.',
      dealValue: 84500,
      currency: 'EUR',
      closingDateTime: `${inThreeMonths}T00:00:00Z`,
      customerAction: 'Asked for a call at a trade fair',
      customerRequestedContact: true,
      requirements: {
        industries: [{ id: 'RetailAndConsumerGoods', name: 'Retail & Consumer Goods', type: null }],
        products: [{ id: 'Dynamics365SupplyChainManagement', name: 'Dynamics 365 Supply Chain Management', type: null }],
        services: [{ id: 'DeploymentOrMigration', name: 'Deployment or Migration', type: null }],
        solutions: [{ id: 'SOL-20417-LKS', name: 'Warehouse Planner', type: 'Solution' }],
        offers: [],
        additionalRequirements: null
      }
    },
    team: [
      {
        firstName: 'Ines',
        lastName: 'Kowal',
        email: 'ines.kowal@proseware-consulting.example',
        phoneNumber: '+1 425 555 0119',
        contactPreference: { locale: 'en-us', disableNotifications: false }
      }
    ],
    inviteContext: {
      notes: 'A good fit for your warehouse practice. Please reach out this week.',
      assistanceRequestCode: 'WorkloadSpecificValueProposition',
      invitedBy: { organizationId: 'msft', organizationName: 'Microsoft' }
    },
    trackingInfo: { microsoftMsxId: '7-1A2B3C4D5E' }
  } as NewReferral & Record<string, unknown>
}
