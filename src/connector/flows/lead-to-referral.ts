import { catchFailure } from './catch-failure.ts'
import { dataverseConnection, serviceConnection } from './connections.ts'
import type { Flow, FlowOptions } from './flow.ts'
import { connectorStep, inOrder, scope } from './steps.ts'
import { whenLeadChanges } from './triggers.ts'

const column = (name: string): string => `triggerOutputs()?['body/${name}']`
const currency = "first(outputs('Read_the_currency_of_the_lead')?['body/value'])?['isocurrencycode']"
const nobody = '00000000-0000-0000-0000-000000000000'

/** The way back: deal value, closing date and state of a lead go to its referral. Four actions a run. */
export function leadToReferral({ referralColumn, variables }: FlowOptions): Flow {
  const referralId = column(referralColumn)
  return {
    name: 'lead-to-referral',
    displayName: 'Lead changed → update the referral',
    description: 'Writes the deal value, the closing date and the state of a lead to its referral when somebody has changed them.',
    connections: [serviceConnection, dataverseConnection],
    triggers: whenLeadChanges(referralColumn, [
      `not(empty(${referralId}))`,
      ...(variables ? [`equals(${variables.sendLeadChanges}, true)`] : [])
    ]),
    actions: {
      ...inOrder([
        scope('Try', 'The work itself.', [
          [
            connectorStep('Read_the_currency_of_the_lead', 'An amount means nothing without its currency. No row when the lead has none.', {
              connection: dataverseConnection,
              operationId: 'ListRecords',
              parameters: {
                entityName: 'transactioncurrencies',
                $select: 'isocurrencycode',
                $filter: `transactioncurrencyid eq @{coalesce(${column('_transactioncurrencyid_value')}, '${nobody}')}`,
                $top: 1
              }
            }),
            connectorStep(
              'Read_the_referral',
              'A lead knows only the day of closing, the referral the time too. What differs in the time alone is no change.',
              {
                connection: serviceConnection,
                operationId: 'GetReferral',
                parameters: { referralId: `@${referralId}` }
              }
            )
          ],
          connectorStep(
            'Update_the_referral',
            'Writes only what differs, so that the echo of our own change ends here. Empty fields are left alone.',
            {
              connection: serviceConnection,
              operationId: 'UpdateReferral',
              parameters: {
                referralId: `@${referralId}`,
                'body/externalReferenceId': `@if(empty(${reference}), ${column('leadid')}, ${reference})`,
                'body/dealValue': `@if(or(empty(${currency}), equals(${amount}, null)), null, ${amount})`,
                'body/currency': `@if(or(empty(${currency}), equals(${amount}, null)), null, ${currency})`,
                'body/closingDateTime': `@if(${isSameDay}, null, concat(${day}, 'T00:00:00Z'))`,
                'body/status': `@${fromState('Active', 'Closed')}`,
                'body/substatus': `@${fromState('Accepted', 'Lost')}`
              }
            }
          )
        ])
      ]),
      ...catchFailure()
    }
  }
}

const amount = column('estimatedamount')
const day = `first(split(coalesce(${column('estimatedclosedate')}, ''), 'T'))`
/** What is written there stays: it may be another record of the CRM by now. Sent back, it makes no difference. */
const reference = "outputs('Read_the_referral')?['body/externalReferenceId']"
const closingTime = "coalesce(outputs('Read_the_referral')?['body']?['details']?['closingDateTime'], '')"
const isSameDay = `or(empty(${day}), startsWith(${closingTime}, ${day}))`

/** A qualified lead is a deal that is worked on, a disqualified one is lost; an open one says nothing. Won is for the opportunity to say. */
function fromState(qualified: string, disqualified: string): string {
  const state = column('statecode')
  return `if(equals(${state}, 1), '${qualified}', if(equals(${state}, 2), '${disqualified}', null))`
}
