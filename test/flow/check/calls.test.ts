import t from 'tap'
import type { FlowAction } from '../../../src/flow/flow-definition.ts'
import type { Json, JsonObject } from '../../../src/flow/json.ts'
import { type Case, findingsOf, finds } from '../fixtures/findings.ts'
import { actionsOf, operation, type Sound, topOf } from '../fixtures/sound-flow.ts'

const retryPolicy = { type: 'fixed', count: 2, interval: 'PT10S' }
const secured = { secureData: { properties: ['inputs', 'outputs'] } }
const http = (inputs: JsonObject, after?: string): FlowAction => ({
  type: 'Http',
  inputs: { method: 'POST', uri: 'https://api.contoso.example/x', retryPolicy, ...inputs },
  runtimeConfiguration: secured,
  runAfter: after === undefined ? {} : { [after]: ['Succeeded'] }
})
const unsecured = (action: FlowAction): FlowAction => ({ ...action, runtimeConfiguration: {} })
const token = (audience: string): FlowAction =>
  http(
    {
      uri: 'https://login.microsoftonline.com/t/oauth2/token',
      body: `grant_type=refresh_token&resource=${audience}&refresh_token=@{variables('T')}`
    },
    'Init'
  )
const bearer = (inputs: JsonObject, after = 'Token'): FlowAction =>
  http({ headers: { Authorization: "Bearer @{body('Token')?['access_token']}" }, ...inputs }, after)
const init: FlowAction = {
  type: 'InitializeVariable',
  inputs: { variables: [{ name: 'T', type: 'String', value: "@{outputs('Vault')}" }] },
  runAfter: { Vault: ['Succeeded'] }
}
/** A flow with a token, which is kept well. */
const withToken = (sound: Sound, audience: string): void => {
  Object.assign(topOf(sound), { Vault: { type: 'Compose', inputs: 'x', runAfter: {} }, Init: init, Token: token(audience) })
}
const top = '#/actions'
const resource = "@{triggerBody()?['ResourceUri']}"

finds('writes to what the trigger told about', [
  [
    'without end',
    sound => (topOf(sound).Put = http({ method: 'PUT', uri: resource, body: { externalReferenceId: 'x' } })),
    [`EchoLoop ${top}/Put`]
  ],
  [
    'an If-Match header is no help, nor a variable between',
    sound => {
      const variables = [{ name: 'Uri', type: 'String', value: ` ${resource}` }]
      topOf(sound).Init = { type: 'InitializeVariable', inputs: { variables }, runAfter: {} }
      topOf(sound).Patch = http({ method: 'PATCH', uri: "@variables('Uri')", headers: { 'If-Match': "@{triggerBody()?['eTag']}" } }, 'Init')
    },
    [`EchoLoop ${top}/Patch`, `BlankAround ${top}/Init/inputs/variables/0/value`]
  ],
  [
    'at an address of its own, with the id that the trigger told',
    sound =>
      (topOf(sound).Patch = http({
        method: 'PATCH',
        uri: "https://api.partner.microsoft.com/v1.0/engagements/referrals/@{triggerBody()?['id']}"
      })),
    [`EchoLoop ${top}/Patch`]
  ],
  [
    'not in a system that does not tell of its changes here',
    sound => (topOf(sound).Put = http({ method: 'PUT', uri: "https://crm.contoso.example/leads/@{triggerBody()?['id']}" })),
    []
  ],
  [
    'not where both values are compared before',
    sound => {
      const condition = { not: { equals: ["@body('Validate')?['externalReferenceId']", "@body('Validate')?['leadId']"] } }
      const put = http({ method: 'PUT', uri: resource })
      actionsOf(sound).If = { type: 'If', expression: condition, actions: { Put: put }, runAfter: { Validate: ['Succeeded'] } }
    },
    []
  ],
  [
    'not where only one kind of event comes in',
    sound => {
      sound.trigger.conditions = [{ expression: "@equals(triggerBody()?['EventName'], 'referral-created')" }]
      topOf(sound).Put = http({ method: 'PUT', uri: resource })
    },
    []
  ],
  [
    'a row of the table that the trigger watches',
    ({ definition }, flow) => {
      const watch = { 'subscriptionRequest/message': 3, 'subscriptionRequest/entityname': 'lead', 'subscriptionRequest/scope': 4 }
      const concurrency = { concurrency: { runs: 1 } }
      const inputs = { ...(operation('SubscribeWebhookTrigger', {}).inputs as JsonObject), parameters: watch }
      const triggers: Record<string, typeof definition.triggers.manual> = {
        row: { type: 'OpenApiConnectionWebhook', inputs, runtimeConfiguration: concurrency }
      }
      const update = operation('UpdateRecord', { entityName: 'leads', recordId: "@triggerOutputs()?['body/leadid']", 'item/subject': 'x' })
      flow.definition = { ...definition, triggers, actions: { ...definition.actions, Update: update } }
    },
    [`EchoLoop ${top}/Update`]
  ]
])

finds('to whom credentials go', [
  [
    'a password grant',
    sound => (topOf(sound).Token = http({ body: "grant_type=password&username=x&password=@{outputs('V')}" })),
    [`UnknownAction ${top}/Token/inputs/body`, `PasswordGrant ${top}/Token/inputs/body`]
  ],
  [
    'where it was asked for',
    sound => {
      withToken(sound, 'https%3A%2F%2Fapi.contoso.example')
      topOf(sound).Call = bearer({})
    },
    []
  ],
  [
    'to another host',
    sound => {
      withToken(sound, 'https://api.partnercenter.example')
      topOf(sound).Call = bearer({ uri: 'https://user:pass@validate.contoso.example/check?code=x' })
    },
    [`TokenToOtherHost ${top}/Call/inputs/uri`]
  ],
  [
    'to a host that the caller names',
    sound => {
      withToken(sound, 'https://api.contoso.example')
      topOf(sound).Call = bearer({ uri: "@{triggerBody()?['ResourceUri']}" })
    },
    [`HostFromTrigger ${top}/Call/inputs/uri`]
  ],
  [
    'for a host that the caller names',
    sound => withToken(sound, "@{concat('https://', uriHost(coalesce(triggerBody()?['ResourceUri'], '')))}"),
    [`HostFromTrigger ${top}/Token/inputs/body`]
  ],
  [
    'an id from the caller in an address of our own is fine',
    sound => {
      withToken(sound, 'https://api.contoso.example')
      topOf(sound).Call = bearer({ uri: "https://api.contoso.example/referrals/@{triggerBody()?['id']}" })
    },
    []
  ]
])

finds('secrets in plain sight', [
  [
    'in a variable',
    sound => {
      const variables = [{ name: 'ClientSecret', type: 'String', value: 'hunter2' }]
      topOf(sound).Init = { type: 'InitializeVariable', inputs: { variables }, runAfter: {} }
      topOf(sound).Read = { type: 'Compose', inputs: "@variables('ClientSecret')", runAfter: { Init: ['Succeeded'] } }
    },
    [`PlainSecret ${top}/Init/inputs/variables/0`]
  ],
  [
    'in a header',
    sound => (topOf(sound).Call = unsecured(http({ headers: { 'X-API-Key': 'hunter2' } }))),
    [`PlainSecret ${top}/Call/inputs`, `CredentialInHistory ${top}/Call`]
  ],
  [
    'in an address',
    sound => (topOf(sound).Call = unsecured(http({ uri: 'https://f.example/api?code=hunter2' }))),
    [`PlainSecret ${top}/Call/inputs`]
  ],
  [
    'in a parameter',
    ({ definition }) => Object.assign(definition.parameters, { ApiKey: { type: 'String', defaultValue: 'hunter2' } }),
    ['PlainSecret #/parameters/ApiKey']
  ],
  [
    'a parameter that is kept',
    ({ definition }) => Object.assign(definition.parameters, { ApiKey: { type: 'SecureString', defaultValue: 'hunter2' } }),
    []
  ],
  [
    'from settings that are kept, the history hides it',
    sound => {
      topOf(sound).Settings = { type: 'Compose', inputs: { key: 'hunter2' }, runtimeConfiguration: secured, runAfter: {} }
      topOf(sound).Call = unsecured(http({ headers: { 'X-API-Key': "@{outputs('Settings')?['key']}" } }, 'Settings'))
    },
    []
  ],
  [
    'a token in the history',
    sound => {
      withToken(sound, 'https://api.contoso.example')
      topOf(sound).Token = unsecured(token('https://api.contoso.example'))
      topOf(sound).Parse = { type: 'ParseJson', inputs: { content: "@body('Token')", schema: {} }, runAfter: { Token: ['Succeeded'] } }
    },
    [`CredentialInHistory ${top}/Token`, `CredentialInHistory ${top}/Token`, `CredentialInHistory ${top}/Parse`]
  ]
])

const validation = (headers: JsonObject, body?: Json): FlowAction => http({ headers, ...(body !== undefined && { body }) })
finds('callbacks', [
  [
    'no content',
    ({ validate }) => (validate.inputs = operation('ValidateCallback', { 'body/signature': 'x' }).inputs ?? null),
    ['ValidationWithoutContent #/actions/Try/actions/Validate']
  ],
  [
    'nobody reads the answer',
    sound => (topOf(sound).Check = validation({ 'x-ms-signature': 'x', 'x-ms-certificate-url': 'y' }, '@triggerBody()')),
    [`ValidationUnread ${top}/Check`]
  ],
  [
    'signed in before the call is known to be genuine',
    sound => {
      withToken(sound, 'https://api.contoso.example')
      const headers = { 'x-ms-signature': 'x', Authorization: "Bearer @{body('Token')?['access_token']}" }
      topOf(sound).Check = http({ headers, body: '@triggerBody()' }, 'Token')
      topOf(sound).Read = { type: 'Compose', inputs: "@body('Check')?['eventName']", runAfter: { Check: ['Succeeded'] } }
    },
    [`TokenBeforeValidation ${top}/Token`]
  ],
  [
    'the event is never read',
    ({ isReferral }) => (isReferral.expression = { not: { equals: ["@body('Validate')?['referralId']", '@null'] } }),
    ['EventUnread #/triggers/manual']
  ],
  [
    'runs side by side',
    sound => {
      sound.trigger.runtimeConfiguration = secured
      topOf(sound).Write = http({ method: 'PATCH' })
    },
    ['UnlimitedRuns #/triggers/manual']
  ],
  ['who may call it', ({ trigger }) => (trigger.inputs = { schema: {} }), ['AnyoneOrTenant #/triggers/manual/inputs']]
] satisfies Case[])

t.test('no finding shows a secret', async t => {
  const found = JSON.stringify(
    findingsOf(sound => {
      withToken(sound, 'https://api.partnercenter.example')
      topOf(sound).Call = unsecured(bearer({ uri: 'https://user:hunter2@validate.contoso.example/check?code=hunter2' }))
      topOf(sound).Other = unsecured(http({ headers: { Authorization: 'Basic hunter2' }, body: 'client_secret=hunter2&grant_type=x' }))
      const variables = [{ name: 'Password', type: 'String', value: '@hunter2' }]
      topOf(sound).Secret = { type: 'InitializeVariable', inputs: { variables }, runAfter: {} }
    })
  )
  t.match(found, /PlainSecret/)
  t.notMatch(found, /hunter2/)
})
