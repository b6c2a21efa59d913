/** A referral with every field that the mapping knows, of a customer that does not exist. Dates lie ahead of `now`. */
export function sampleReferral(now: Date): object {
  const closing = new Date(now.getTime() + 60 * 24 * 3600 * 1000)
  return {
    name: 'Warehouse planning for Fabrikam Outdoors',
    qualification: 'SalesQualified',
    type: 'Shared',
    direction: 'Incoming',
    referralSource: 'Microsoft seller',
    customerProfile: {
      name: 'Fabrikam Outdoors Ltd',
      address: {
        addressLine1: '12 Harbour Street',
        addressLine2: 'Floor 3',
        city: 'Bristol',
        state: 'Avon',
        postalCode: 'BS1 4QA',
        country: 'GB'
      },
      size: '251to1000employees',
      team: [
        {
          firstName: 'Amara',
          lastName: 'Okafor',
          email: 'amara.okafor@fabrikam.example',
          phoneNumber: '+44 117 496 0101',
          title: 'Head of Operations'
        },
        {
          firstName: 'Jonas',
          lastName: 'Lindqvist',
          email: 'jonas.lindqvist@fabrikam.example',
          phoneNumber: '+44 117 496 0102',
          title: 'Buyer'
        }
      ],
      ids: []
    },
    consent: { consentToToShareInfoWithOthers: true, consentToContact: true },
    details: {
      notes: 'Stock levels of four warehouses are kept in spreadsheets. They want one plan and a forecast before the summer season.',
      dealValue: 48_500,
      currency: 'GBP',
      closingDateTime: `${closing.toISOString().slice(0, 10)}T00:00:00Z`,
      requirements: {
        industries: [{ id: 'Retail' }],
        products: [{ id: 'Dynamics365SupplyChain' }],
        services: [{ id: 'DeploymentOrMigration' }],
        solutions: [{ id: 'SOL-00042-SBX', name: 'Demand Planning Starter', type: 'Solution' }]
      }
    },
    team: [{ firstName: 'Noor', lastName: 'Haddad', email: 'noor.haddad@partner.example', phoneNumber: '+44 20 7946 0110' }],
    inviteContext: { notes: 'The customer asked for a partner with retail experience.', invitedBy: { organizationId: 'msft' } }
  }
}
