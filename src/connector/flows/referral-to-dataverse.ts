import type { JsonObject } from '../json.ts'
import { catchFailure } from './catch-failure.ts'
import { dataverseConnection, serviceConnection } from './connections.ts'
import type { Flow, FlowOptions } from './flow.ts'
import { linkStep } from './lead-steps.ts'
import { aboutReferral, largeEnough } from './referral-conditions.ts'
import { connectorStep, inOrder, scope } from './steps.ts'
import { whenReferralChanges } from './triggers.ts'

/** The id of a new lead is the referral's: made twice, it is still one lead. */
const leadId = "coalesce(triggerBody()?['leadId'], triggerBody()?['referralId'])"
const lead = "triggerBody()?['lead']"
const present = "first(outputs('Read_the_lead_as_it_is')?['body/value'])"
const currency = "first(outputs('Find_the_currency')?['body/value'])?['transactioncurrencyid']"

/** For people who map in the designer: the lead is written by the Dataverse connector, a column a line. Five actions a run. */
export function referralToDataverse({ referralColumn, variables }: FlowOptions): Flow {
  return {
    name: 'referral-to-dataverse',
    displayName: 'Partner Center referral → Dataverse',
    description: 'Writes the lead of a referral with the Dataverse connector, column by column, and the id of the lead to the referral.',
    connections: [serviceConnection, dataverseConnection],
    triggers: whenReferralChanges([aboutReferral, `not(empty(${lead}))`, ...largeEnough(variables)]),
    actions: {
      ...inOrder([
        scope('Try', 'The work itself.', [
          [
            connectorStep('Read_the_lead_as_it_is', 'No row when the lead is new.', {
              connection: dataverseConnection,
              operationId: 'ListRecords',
              parameters: {
                entityName: 'leads',
                $select: ['statecode', '_transactioncurrencyid_value', ...columns.map(([column]) => column), ...otherColumns].join(','),
                $filter: `leadid eq @{${leadId}}`,
                $top: 1
              }
            }),
            connectorStep('Find_the_currency', 'An amount without its currency would be taken for one in the currency of the CRM.', {
              connection: dataverseConnection,
              operationId: 'ListRecords',
              parameters: {
                entityName: 'transactioncurrencies',
                $select: 'transactioncurrencyid',
                $filter: `isocurrencycode eq '@{coalesce(${lead}?['currency'], '')}' and statecode eq 0`,
                $top: 1
              }
            })
          ],
          connectorStep(
            'Write_the_lead',
            'Creates the lead, or updates it. A field that the referral leaves empty keeps what the lead has. Change any line to map differently.',
            {
              connection: dataverseConnection,
              operationId: 'UpdateRecord',
              parameters: {
                entityName: 'leads',
                recordId: `@${leadId}`,
                ...Object.fromEntries(columns.map(([column, field, otherwise]) => [`item/${column}`, kept(column, field, otherwise)])),
                ...deal,
                'item/leadqualitycode': `@coalesce(${rating}, ${present}?['leadqualitycode'])`,
                [`item/${referralColumn}`]: "@triggerBody()?['referralId']"
              }
            }
          ),
          linkStep("triggerBody()?['referralId']", "outputs('Write_the_lead')?['body/leadid']")
        ])
      ]),
      ...catchFailure([closedLead])
    }
  }
}

/** Each column, the field of the lead it is filled from, and what a new lead gets where the referral says nothing but a value is required. */
const columns: readonly (readonly [column: string, field: string, otherwise?: string])[] = [
  ['subject', 'subject', `${lead}?['companyName'], concat('Referral ', triggerBody()?['referralId'])`],
  ['firstname', 'firstName'],
  ['lastname', 'lastName', `${lead}?['companyName'], 'Unknown'`],
  ['companyname', 'companyName'],
  ['emailaddress1', 'email'],
  ['telephone1', 'phone'],
  ['mobilephone', 'mobilePhone'],
  ['jobtitle', 'jobTitle'],
  ['websiteurl', 'website'],
  ['address1_line1', 'addressLine1'],
  ['address1_line2', 'addressLine2'],
  ['address1_city', 'city'],
  ['address1_stateorprovince', 'stateOrProvince'],
  ['address1_postalcode', 'postalCode'],
  ['address1_country', 'country'],
  ['numberofemployees', 'numberOfEmployees'],
  ['estimatedclosedate', 'estimatedCloseDate'],
  ['description', 'description']
]
const otherColumns = ['estimatedamount', 'leadqualitycode']

/** Amount and currency go together or not at all. */
const deal: JsonObject = {
  'item/estimatedamount': `@if(empty(${currency}), ${present}?['estimatedamount'], ${lead}?['estimatedAmount'])`,
  'item/transactioncurrencyid@odata.bind': `@if(empty(coalesce(${currency}, ${present}?['_transactioncurrencyid_value'])), null, concat('/transactioncurrencies(', coalesce(${currency}, ${present}?['_transactioncurrencyid_value']), ')'))`
}

/** The choices of «Rating» that every environment has. */
const rating = ['Hot', 'Warm', 'Cold'].reduceRight(
  (otherwise, name, index) => `if(equals(${lead}?['rating'], '${name}'), ${index + 1}, ${otherwise})`,
  'null'
)

/** A lead that was qualified or disqualified is read-only. Where the reading itself has failed there are no rows to take the first of. */
const closedLead: JsonObject = {
  and: [
    { equals: ["@first(body('Find_the_failed_step'))?['name']", 'Write_the_lead'] },
    { greater: ["@coalesce(first(coalesce(outputs('Read_the_lead_as_it_is')?['body/value'], json('[]')))?['statecode'], 0)", 0] }
  ]
}

function kept(column: string, field: string, otherwise: string | undefined): string {
  return `@coalesce(${[`${lead}?['${field}']`, `${present}?['${column}']`, otherwise].filter(Boolean).join(', ')})`
}
