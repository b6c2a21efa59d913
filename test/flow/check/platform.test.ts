import type { FlowAction, FlowActions } from '../../../src/flow/flow-definition.ts'
import { finds } from '../fixtures/findings.ts'
import { actionsOf, apiId, operation, topOf } from '../fixtures/sound-flow.ts'

const compose: FlowAction = { type: 'Compose', inputs: 'x', runAfter: {} }
const inTry = '#/actions/Try/actions'

finds('failures', [
  ['nobody handles them', ({ definition }) => Reflect.deleteProperty(definition.actions, 'Catch'), ['NoFailureHandling #/actions']],
  ['they are swallowed', ({ fail }) => (fail.inputs = { runStatus: 'Succeeded' }), ['FailureSwallowed #/actions/Catch']],
  [
    'no policy for retries',
    sound => (topOf(sound).Call = { type: 'Http', inputs: { method: 'GET', uri: 'https://x.example/' }, runAfter: {} }),
    ['NoRetryPolicy #/actions']
  ],
  [
    'a policy that the platform refuses',
    sound => {
      const retryPolicy = { type: 'exponential', count: 91, interval: 'PT1S' }
      topOf(sound).Call = { type: 'Http', inputs: { method: 'GET', uri: 'https://x.example/', retryPolicy }, runAfter: {} }
    },
    ['RetryPolicyRange #/actions/Call/inputs/retryPolicy', 'RetryPolicyRange #/actions/Call/inputs/retryPolicy']
  ],
  [
    'a schema that demands too much',
    sound => {
      const schema = {
        type: 'object',
        properties: { team: { type: 'array', items: { type: 'object', required: ['email'] } }, name: { type: 'string' } }
      }
      topOf(sound).Parse = { type: 'ParseJson', inputs: { content: '@triggerBody()', schema }, runAfter: {} }
    },
    ['StrictSchema #/actions/Parse/inputs/schema']
  ],
  ['an empty scope', sound => (topOf(sound).Empty = { type: 'Scope', actions: {}, runAfter: {} }), ['EmptyScope #/actions/Empty']]
])

finds('connections', [
  [
    'a reference that is missing',
    (_, flow) => (flow.connectionReferences = {}),
    [`UnknownConnection ${inTry}/Validate/inputs/host`, `UnknownConnection ${inTry}/If_it_is_a_referral/actions/Upsert/inputs/host`]
  ],
  [
    'one that nobody uses',
    (_, flow) => (flow.connectionReferences.other = { apiId, apiName: 'shared_other' }),
    ['UnusedConnection #/connectionReferences/other']
  ],
  [
    'one of another connector',
    (_, flow) =>
      (flow.connectionReferences.shared_referrals = { apiId: '/providers/Microsoft.PowerApps/apis/shared_x', apiName: 'shared_x' }),
    [`OtherConnector ${inTry}/Validate/inputs/host/apiId`, `OtherConnector ${inTry}/If_it_is_a_referral/actions/Upsert/inputs/host/apiId`]
  ],
  [
    'the old form, a deprecated connector and ids of an environment',
    (sound, flow) => {
      flow.connectionReferences.crm = {
        apiId,
        apiName: 'shared_dynamicscrmonline',
        connectionName: 'shared-crm-5139c26c-e0f6-440d-a6cd-1575f1b1a7ed'
      }
      const host = {
        connection: { name: "@parameters('$connections')['crm']['connectionId']" },
        api: { runtimeUrl: 'https://europe-001.azure-apim.net/apim/crm' }
      }
      const path = "/datasets/@{uriComponent('org0a1b2c3d.crm4')}/tables"
      topOf(sound).Old = { type: 'ApiConnection', inputs: { host, method: 'get', path, retryPolicy: { type: 'none' } }, runAfter: {} }
      topOf(sound).Older = { type: 'ApiConnection', inputs: { host, method: 'get', path, retryPolicy: { type: 'none' } }, runAfter: {} }
    },
    [
      'DeprecatedConnector #/connectionReferences/crm',
      'OldConnectorCall #/actions/Old',
      'OldConnectorCall #/actions/Older',
      'EnvironmentId #/actions/Old/inputs/host/api/runtimeUrl',
      'EnvironmentId #/actions/Old/inputs/path',
      'EnvironmentId #/connectionReferences/crm'
    ]
  ]
])

const nested = (depth: number): FlowActions =>
  depth === 0 ? { Inner: compose } : { [`Level_${depth}`]: { type: 'Scope', actions: nested(depth - 1), runAfter: {} } }
const many = (count: number): FlowActions => Object.fromEntries(Array.from({ length: count }, (_, i) => [`Action_${i}`, compose]))

finds('what the platform refuses', [
  ['two triggers', ({ definition, trigger }) => Object.assign(definition.triggers, { second: trigger }), ['OneTrigger #/triggers']],
  ['an unknown type', sound => (topOf(sound).New = { type: 'Python', runAfter: {} }), ['UnknownType #/actions/New/type']],
  ['two names that are the same', sound => (topOf(sound).validate = compose), [`SameName #/actions/validate`]],
  ['a name too long', sound => (topOf(sound)['N'.repeat(81)] = compose), [`NameTooLong #/actions/${'N'.repeat(81)}`]],
  ['eight levels are allowed', sound => Object.assign(topOf(sound), nested(8)), []],
  [
    'nine are not',
    sound => Object.assign(topOf(sound), nested(9)),
    [`NestedTooDeep #/actions/${[9, 8, 7, 6, 5, 4, 3, 2, 1].map(i => `Level_${i}/actions`).join('/')}/Inner`]
  ],
  ['too many actions', sound => Object.assign(topOf(sound), many(500)), ['TooManyActions #/actions']],
  ['too many for anything else', sound => Object.assign(topOf(sound), many(6_000)), ['TooManyActions #/actions']],
  [
    'more runs than there are',
    ({ trigger }) => (trigger.runtimeConfiguration = { concurrency: { runs: 0, maximumWaitingRuns: 101 } }),
    [
      'ConcurrencyRange #/triggers/manual/runtimeConfiguration/concurrency',
      'ConcurrencyRange #/triggers/manual/runtimeConfiguration/concurrency'
    ]
  ],
  [
    'more repetitions than there are',
    sound => {
      const runtimeConfiguration = { concurrency: { repetitions: 51 } }
      actionsOf(sound).Each = {
        type: 'Foreach',
        foreach: '@createArray(1)',
        actions: { In: operation('GetReferral', {}) },
        runtimeConfiguration,
        runAfter: {}
      }
    },
    [`ConcurrencyRange ${inTry}/Each/runtimeConfiguration/concurrency`]
  ]
])
