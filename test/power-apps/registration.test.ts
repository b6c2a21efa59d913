import t from 'tap'
import { registrationFrom, secretsIn } from '../../src/power-apps/registration.ts'
import { holdsError, serviceText } from '../../src/power-apps/validation-text.ts'

const definition = {
  swagger: '2.0',
  info: { title: 'Referrals', description: 'About referrals.', version: '1' },
  host: 'referrals.example.com',
  basePath: '/api',
  schemes: ['https', 'http'],
  paths: {}
}
const token = (clientSecret?: string | null) => ({
  type: 'oauthSetting',
  oAuthSettings: { clientId: 'a', ...(clientSecret !== undefined && { clientSecret }) }
})
const given = {
  apiProperties: { properties: { iconBrandColor: '#0b6a5b' } },
  definition,
  environment: 'e',
  clientSecret: undefined,
  isUpdate: false
}

t.test('what is added is what paconn adds', async t => {
  t.same(registrationFrom(given), {
    properties: {
      iconBrandColor: '#0b6a5b',
      openApiDefinition: definition,
      backendService: { serviceUrl: 'https://referrals.example.com/api' },
      environment: { name: 'e' },
      displayName: 'Referrals',
      description: 'About referrals.'
    }
  })
  t.notOk('displayName' in registrationFrom({ ...given, isUpdate: true }).properties)
  const { basePath: _basePath, ...bare } = definition
  t.match(registrationFrom({ ...given, definition: bare }), {
    properties: { backendService: { serviceUrl: 'https://referrals.example.com' } }
  })
})

t.test('only a parameter named token gets the secret, in every set', async t => {
  const apiProperties = {
    properties: {
      connectionParameters: { token: token(), other: token('own') },
      connectionParameterSets: {
        values: [
          { name: 'a', parameters: { token: token('old') } },
          { name: 'b', parameters: { key: { type: 'securestring' } } }
        ]
      }
    }
  }
  const before = structuredClone(apiProperties)
  t.match(registrationFrom({ ...given, apiProperties, clientSecret: 'new' }), {
    properties: {
      connectionParameters: { token: token('new'), other: token('own') },
      connectionParameterSets: { values: [{ parameters: { token: token('new') } }, { parameters: { key: { type: 'securestring' } } }] }
    }
  })
  t.same(apiProperties, before, 'the file is left as it was')
  t.throws(() => registrationFrom({ ...given, apiProperties }), { code: 'POWER_APPS_SECRET_MISSING' })
  const inSetOnly = { properties: { connectionParameterSets: { values: [{ name: 'a', parameters: { token: token() } }] } } }
  t.throws(() => registrationFrom({ ...given, apiProperties: inSetOnly }), { code: 'POWER_APPS_SECRET_MISSING' })
  t.same(secretsIn(registrationFrom({ ...given, apiProperties, clientSecret: 'new' })), ['new', 'own', 'new'])
})

t.test('odd properties do not break it', async t => {
  for (const odd of [null, [], 'x', { token: null }, { token: { oAuthSettings: 'x' } }])
    t.ok(registrationFrom({ ...given, apiProperties: { properties: { connectionParameters: odd, connectionParameterSets: odd } } }))
})

t.test("the service's words are read in each of their forms", async t => {
  const cases: [string, string[], boolean][] = [
    ['', [], false],
    ['""', [], false],
    ['{}', [], false],
    ['null', [], false],
    [JSON.stringify('Warning : A.\r\nError : B.\r\n'), ['Warning : A.', 'Error : B.'], true],
    [JSON.stringify('Warning : The error has no schema.'), ['Warning : The error has no schema.'], false],
    ['Error : plain', ['Error : plain'], true],
    [JSON.stringify({ error: { code: 'X', message: 'error: one\ntwo' } }), ['error: one', 'two'], true]
  ]
  for (const [body, lines, isError] of cases) {
    const read = serviceText(Buffer.from(body))
    t.same(read, lines, body)
    t.equal(holdsError(read), isError, body)
  }
})
