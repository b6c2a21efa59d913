import type { FlowAction } from '../../../src/flow/flow-definition.ts'
import { finds } from '../fixtures/findings.ts'
import { actionsOf, operation, topOf } from '../fixtures/sound-flow.ts'

const inTry = '#/actions/Try/actions'
const get = operation('GetItem', { entityName: 'leads', recordId: "@body('Validate')?['referralId']" }, 'Validate')
const found = (expression: FlowAction['expression'] & object, runAfter = ['Succeeded']): FlowAction => ({
  type: 'If',
  expression,
  actions: {},
  runAfter: { Get: runAfter }
})

finds('what runs after what', [
  [
    'an unknown action',
    ({ isReferral }) => (isReferral.runAfter = { Gone: ['Succeeded'], Validate: ['Succeeded'] }),
    [`RunAfterUnknown ${inTry}/If_it_is_a_referral/runAfter/Gone`]
  ],
  [
    'an action of another scope',
    sound => (topOf(sound).New = { type: 'Compose', inputs: 1, runAfter: { Validate: ['Succeeded'] } }),
    ['RunAfterUnknown #/actions/New/runAfter/Validate']
  ],
  [
    'an unknown end',
    sound => (topOf(sound).New = { type: 'Compose', inputs: 1, runAfter: { Try: ['Done'] } }),
    ['RunAfterState #/actions/New/runAfter/Try']
  ],
  [
    'a circle',
    sound => {
      topOf(sound).A = { type: 'Compose', inputs: 1, runAfter: { B: ['Succeeded'] } }
      topOf(sound).B = { type: 'Compose', inputs: 1, runAfter: { A: ['Succeeded'] } }
    },
    ['RunAfterCircle #/actions/A', 'RunAfterCircle #/actions/B']
  ]
])

finds('a condition that asks for what cannot be', [
  [
    'whether a record was found, after it was',
    sound => Object.assign(actionsOf(sound), { Get: get, Found: found({ not: { equals: ["@body('Get')?['leadid']", '@null'] } }) }),
    [`NeverReached ${inTry}/Found/expression`]
  ],
  [
    'whether the status is 404, after success',
    sound => Object.assign(actionsOf(sound), { Get: get, Found: found({ equals: ["@outputs('Get')?['statusCode']", 404] }) }),
    [`NeverReached ${inTry}/Found/expression`]
  ],
  [
    'after failure too, it can be',
    sound =>
      Object.assign(actionsOf(sound), {
        Get: get,
        Found: found({ equals: ["@outputs('Get')?['statusCode']", 404] }, ['Succeeded', 'Failed'])
      }),
    []
  ],
  [
    'another column of a record may well be empty',
    sound => Object.assign(actionsOf(sound), { Get: get, Found: found({ equals: ["@body('Get')?['emailaddress1']", '@null'] }) }),
    []
  ],
  [
    'a list is empty and does not fail',
    sound => {
      const list = operation('ListRecords', { entityName: 'leads' }, 'Validate')
      Object.assign(actionsOf(sound), { Get: list, Found: found({ equals: ["@first(outputs('Get')?['body/value'])", '@null'] }) })
    },
    []
  ]
])
