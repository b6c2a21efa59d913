import t from 'tap'
import { lintProperties } from '../../src/connector/lint.ts'
import { connectionRules } from '../../src/connector/rules/connection-rules.ts'
import { policyRules } from '../../src/connector/rules/policy-rules.ts'
import { type Break, tryAll, tryBreaks, withValueAt } from '../fixtures/broken-definition.ts'
import { validDefinition, validProperties } from '../fixtures/valid-definition.ts'

const connection = '#/properties/connectionParameters'
const sets = '#/properties/connectionParameterSets'
const key = `${connection}/api_key`
const token = `${sets}/values/1/parameters/token`
const settings = `${token}/oAuthSettings`
const policies = '#/properties/policyTemplateInstances'
const constraints = `${connection}/host/uiDefinition/constraints`

const policyBreaks: readonly Break[] = [
  ['#/properties/displayName', 'Notes', 'PropertyNotKnown'],
  ['#/properties/iconBrandColor', 'green', 'IconBrandColorNotValid'],
  ['#/properties/iconBrandColor', undefined, 'IconBrandColorNotValid'],
  ['#/properties/iconBrandColor', '#FFFFFF', 'IconBrandColorReserved'],
  ['#/properties/stackOwner', undefined, 'PublisherMissing'],
  ['#/properties/capabilities', 'actions', 'CapabilitiesNotValid'],
  ['#/properties/capabilities', ['actions'], 'CapabilityMissing'],
  [policies, {}, 'PolicyNotValid', policies, ['PollingTriggerPolicyMissing']],
  [`${policies}/0/templateId`, undefined, 'PolicyNotValid', policies, ['PolicyTemplateNotKnown']],
  [`${policies}/0/templateId`, 'dynamichost', 'PolicyTemplateNotKnown', `${policies}/0`],
  [`${policies}/0/parameters/urlTemplate`, 'https://a', 'PolicyParameterNotKnown', `${policies}/0`],
  [`${policies}/1/parameters/x-ms-apimTemplate-policySection`, 'Outbound', 'PolicyParameterNotKnown', `${policies}/1`],
  [`${policies}/1/parameters/x-ms-apimTemplate-operationName`, 'KeepNote', 'PolicyParameterNotKnown', `${policies}/1`],
  [`${policies}/1/parameters/x-ms-apimTemplate-operationName`, ['Keep'], 'PolicyOperationNotFound', `${policies}/1`],
  [
    `${policies}/0/parameters/x-ms-apimTemplateParameter.urlTemplate`,
    "@connectionParameters('site','')",
    'ConnectionParameterNotDeclared',
    `${policies}/0`
  ],
  [`${policies}/2`, undefined, 'PollingTriggerPolicyMissing', policies],
  [`${policies}/2/parameters/x-ms-apimTemplate-operationName`, ['KeepNote'], 'PollingTriggerPolicyMissing', policies],
  [`${policies}/1/parameters/x-ms-apimTemplateParameter.value`, 'k1234567', 'SecretInPolicy', `${policies}/1`],
  ['#/properties/scriptOperations', 'KeepNote', 'ScriptOperationsNotValid'],
  ['#/properties/scriptOperations', ['Keep'], 'ScriptOperationNotFound']
]

const connectionBreaks: readonly Break[] = [
  [`${connection}/api-key`, { type: 'string', uiDefinition: { displayName: 'Key' } }, 'ConnectionParameterNameNotValid'],
  [`${key}/type`, 'secret', 'ConnectionParameterTypeNotKnown', key],
  [`${connection}/host`, null, 'ConnectionParameterTypeNotKnown', `${connection}/host`, ['ConnectionDisplayNameMissing']],
  [`${constraints}/required`, true, 'ConstraintNotText'],
  [`${constraints}/hidden`, 'no', 'ConstraintNotText'],
  [`${constraints}/clearText`, 'true', 'ClearTextNotBoolean', `${connection}/host`],
  [`${constraints}/allowedValues`, [{ text: 'One' }], 'AllowedValuesNotValid', `${connection}/host`],
  [`${connection}/host/allowedValues`, {}, 'AllowedValuesNotValid', `${connection}/host`],
  [`${sets}/values/0/uiDefinition`, { displayname: 'With a key' }, 'ConnectionDisplayNameMissing', `${sets}/values/0`],
  [`${key}/uiDefinition/displayName`, undefined, 'ConnectionDisplayNameMissing', key],
  [`${sets}/values`, [], 'ConnectionParameterSetNotValid', sets],
  [`${sets}/values/0/name`, 'person', 'ConnectionParameterSetNotValid', sets],
  [`${sets}/values/0/parameters/api_key/uiDefinition/constraints`, {}, 'ConnectionParameterSetNothingRequired', `${sets}/values/0`],
  [connection, undefined, 'FlatConnectionParametersMissing', connection, ['ConnectionParameterNotDeclared']],
  [settings, undefined, 'OAuthSettingsMissing', token],
  [`${settings}/identityProvider`, 'octopus', 'IdentityProviderNotKnown', token],
  [`${settings}/redirectMode`, 'Local', 'RedirectModeNotKnown', token],
  [`${settings}/customParameters`, {}, 'ResourceUriMissing', token],
  [`${settings}/clientSecret`, 'a secret', 'SecretInFile'],
  [`${key}/defaultValue`, 'a secret', 'SecretInFile']
]

const check = (at: string, value: Break[1]) =>
  lintProperties(withValueAt(validProperties(), at, value), validDefinition()).map(({ at: place, ...rest }) => ({
    ...rest,
    at: place.replace('apiProperties.json', '')
  }))

t.test('one thing broken in the properties is found by one rule, at its place', async t => {
  tryBreaks(t, policyBreaks, check)
  const moved = lintProperties(validProperties(), withValueAt(validDefinition(), '#/basePath', '/v1'))
  t.match(moved, [{ rule: 'BasePathBesideDynamicHost', at: `apiProperties.json${policies}/0` }])
  tryAll(t, policyRules, [...policyBreaks, ['', null, 'BasePathBesideDynamicHost']])
})

t.test('one thing broken in the connection is found by one rule, at its place', async t => {
  tryBreaks(t, connectionBreaks, check)
  tryAll(t, connectionRules, connectionBreaks)
})

t.test('properties are {"properties": {…}} and nothing else', async t => {
  for (const file of [{}, { properties: [] }, { ...validProperties(), version: 1 }])
    t.match(lintProperties(file), [{ rule: 'PropertiesNotAnObject', at: 'apiProperties.json#' }])
})

t.test('a secret is told of by its place alone, and a placeholder is none', async t => {
  const found = check(`${settings}/clientSecret`, 'hunter2-hunter2')
  t.notMatch(JSON.stringify(found), /hunter2/)
  t.strictSame(check(`${settings}/clientSecret`, '<your client secret>'), [])
  t.strictSame(check(`${settings}/clientSecret`, ''), [])
})

t.test('without a definition nothing is asked of its operations', async t => {
  const properties = withValueAt(validProperties(), `${policies}/1/parameters/x-ms-apimTemplate-operationName`, ['Unknown'])
  t.strictSame(lintProperties(properties), [])
})
