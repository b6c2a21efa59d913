import { randomUUID } from 'node:crypto'
import t from 'tap'
import { request } from 'undici'
import { startPowerApps } from '../../src/sandbox/power-apps/power-apps.ts'
import { requestLog } from '../../src/sandbox/request-log.ts'
import { manualClock } from '../fixtures/manual-clock.ts'

type Scope = Pick<typeof t, 'teardown'>
type Headers = Record<string, string>
const client = '04b07795-8ddb-461a-bbee-02f9e1bf7b46'
const resource = 'https://service.powerapps.com/'

const definition = {
  swagger: '2.0',
  info: { title: 'One Two', version: '1', description: 'About one.' },
  host: 'one.example',
  paths: { '/one': { get: { operationId: 'GetOne', description: 'Gets one.', responses: { 200: { description: 'Good.' } } } } },
  'x-ms-connector-metadata': ['Website', 'Privacy policy', 'Categories'].map(propertyName => ({ propertyName, propertyValue: 'x' }))
}

async function sandbox(t: Scope) {
  const clock = manualClock()
  const log = requestLog()
  const powerApps = await startPowerApps({ log, now: clock.now })
  t.teardown(() => powerApps.close())
  const send = async (method: 'GET' | 'POST' | 'PUT' | 'PATCH', path: string, body?: unknown, headers: Headers = {}) => {
    const url = path.startsWith('http') ? path : powerApps.url + path
    const content = body === undefined || Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body)
    const type: Headers = typeof body === 'object' && !Buffer.isBuffer(body) ? { 'content-type': 'application/json' } : {}
    const answer = await request(url, { method, headers: { ...type, ...headers }, body: content ?? null })
    const text = await answer.body.text()
    const isJson = String(answer.headers['content-type'] ?? '').includes('json')
    return { status: answer.statusCode, headers: answer.headers, text, json: isJson && text !== '' ? JSON.parse(text) : undefined }
  }
  const form = (path: string, values: Headers) =>
    send('POST', path, new URLSearchParams(values).toString(), { 'content-type': 'application/x-www-form-urlencoded' })
  const signIn = async (of = resource) => {
    const { json: code } = await form('/common/oauth2/devicecode?api-version=1.0', { client_id: client, resource: of })
    const ask = () => form('/common/oauth2/token', { grant_type: 'device_code', client_id: client, resource: of, code: code.device_code })
    await ask()
    return (await ask()).json
  }
  const environment = powerApps.settings.environment
  const query = (more: Headers = {}) => `?${new URLSearchParams({ 'api-version': '2016-11-01', ...more })}`
  const apis = (name = '', of = environment) => `/providers/Microsoft.PowerApps/apis${name}${query({ $filter: `environment eq '${of}'` })}`
  const ofUser = (operation: string, more: Headers = {}) =>
    `/providers/Microsoft.PowerApps/objectIds/${powerApps.signIn.oid}/${operation}${query(more)}`
  const body = {
    properties: {
      openApiDefinition: definition,
      backendService: { serviceUrl: 'https://one.example' },
      environment: { name: environment },
      displayName: 'One Two',
      description: 'About one.',
      scriptDefinitionUrl: '',
      iconBrandColor: '#0b6a5b'
    }
  }
  return { powerApps, clock, log, send, form, signIn, environment, query, apis, ofUser, body }
}

t.test('a code is pending, then confirmed, then used up', async t => {
  const { powerApps, form } = await sandbox(t)
  const { status, json: code } = await form('/common/oauth2/devicecode?api-version=1.0', { client_id: client, resource })
  t.equal(status, 200)
  t.match(code, {
    user_code: /^[0-9A-F]{9}$/,
    device_code: String,
    verification_url: `${powerApps.url}/devicelogin`,
    interval: '1',
    expires_in: '900'
  })
  t.match(code.message, code.user_code)
  const ask = () => form('/common/oauth2/token', { grant_type: 'device_code', client_id: client, resource, code: code.device_code })
  t.match(await ask(), { status: 400, json: { error: 'authorization_pending', error_description: /^AADSTS70016: .*\r\nTrace ID/ } })
  const { json: token } = await ask()
  t.match(token, { token_type: 'Bearer', resource, expires_in: '3599', access_token: /^ey/, refresh_token: String, id_token: /^ey/ })
  t.match(await ask(), { status: 400, json: { error: 'bad_verification_code' } })
  const refreshed = await form('/common/oauth2/token', {
    grant_type: 'refresh_token',
    client_id: client,
    resource,
    refresh_token: token.refresh_token
  })
  t.match(refreshed, { status: 200, json: { resource } })
  t.not(refreshed.json.access_token, token.access_token)
})

t.test('what the sign-in refuses', async t => {
  const { powerApps, clock, form } = await sandbox(t)
  const device = '/common/oauth2/devicecode'
  t.match(await form(device, { client_id: client, resource }), { status: 400, json: { error: 'invalid_request' } }, 'version 1.0 is said')
  t.match(await form(`${device}?api-version=1.0`, { client_id: 'x', resource }), { status: 400, json: { error: 'invalid_request' } })
  t.match(await form(`${device}?api-version=1.0`, { client_id: client }), { status: 400, json: { error: 'invalid_resource' } })
  t.match(await form('/common/oauth2/token', { grant_type: 'password' }), { status: 400, json: { error: 'unsupported_grant_type' } })
  const refresh = { grant_type: 'refresh_token', client_id: client, resource, refresh_token: 'x' }
  t.match(await form('/common/oauth2/token', refresh), { status: 400, json: { error: 'invalid_grant' } })
  const { json: code } = await form('/common/oauth2/v2.0/devicecode', { client_id: client, scope: `${resource}.default offline_access` })
  t.match(code, { verification_uri: String, interval: 1, expires_in: 900 })
  const ask = () =>
    form('/common/oauth2/v2.0/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: client,
      device_code: code.device_code
    })
  await ask()
  powerApps.signIn.decide('ignore')
  t.match(await ask(), { status: 400, json: { error: 'authorization_pending' } })
  await clock.advance(901_000)
  t.match(await ask(), { status: 400, json: { error: 'expired_token' } })
})

t.test('only a token for Power Apps that has not ended lets in', async t => {
  const { powerApps, clock, send, signIn, apis, ofUser } = await sandbox(t)
  const { access_token: token } = await signIn()
  const { access_token: other } = await signIn('https://management.azure.com/')
  const bearer = { authorization: `Bearer ${token}` }
  t.match(await send('GET', apis()), { status: 401, json: { error: { code: 'AuthenticationFailed' } } })
  t.match(await send('GET', apis(), undefined, { authorization: 'Bearer x' }), { status: 401 })
  t.match(await send('GET', apis(), undefined, { authorization: `Bearer ${other}` }), {
    status: 401,
    json: { error: { code: 'InvalidAuthenticationToken', message: /wrong audience or resource/ } }
  })
  t.match(await send('GET', apis(), undefined, bearer), { status: 200 })
  const somebody = ofUser('validateApiSwagger').replace(powerApps.signIn.oid, randomUUID())
  t.match(await send('POST', somebody, {}, bearer), { status: 403, json: { error: { code: 'AuthorizationFailed' } } })
  t.match(await send('GET', '/providers/Microsoft.PowerApps/apis', undefined, bearer), {
    status: 400,
    json: { error: { code: 'MissingApiVersionParameter' } }
  })
  await clock.advance(3_600_000)
  t.match(await send('GET', apis(), undefined, bearer), { status: 401, json: { error: { code: 'ExpiredAuthenticationToken' } } })
  t.ok(
    powerApps.received().every(({ headers }) => !headers.authorization?.includes(token)),
    'the record holds no token'
  )
})

t.test('a definition is checked, as text with the rules of certification and as an error without', async t => {
  const { send, signIn, ofUser } = await sandbox(t)
  const bearer = { authorization: `Bearer ${(await signIn()).access_token}` }
  const certification = { enableConnectorCertificationRules: 'true' }
  const validate = (body: unknown, more: Headers = {}) => send('POST', ofUser('validateApiSwagger', more), body, bearer)
  t.match(await validate(definition, certification), { status: 200, text: '' })
  t.match(await validate(definition), { status: 200, text: '' })
  const [get] = [definition.paths['/one'].get]
  const broken: [object, RegExp][] = [
    [{ ...definition, swagger: '3.0.0' }, /SpecificationVersionIncorrect/],
    [{ ...definition, info: {} }, /InfoRequired/],
    [{ ...definition, host: 'https://x/' }, /HostNameNotValid/],
    [{ ...definition, paths: {} }, /PathsRequired/],
    [{ ...definition, paths: { '/one': { get: { ...get, operationId: undefined } } } }, /OperationIdRequired. The operation 'GET \/one'/],
    [{ ...definition, paths: { '/one': { get, put: get } } }, /OperationIdNotUnique/],
    [{ ...definition, paths: { '/one': { get: { ...get, operationId: 'a b' } } } }, /OperationIdSanitized/],
    [{ ...definition, paths: { '/one': { get: { ...get, responses: { 400: {} } } } } }, /OperationShouldHaveSuccessfulResponse/]
  ]
  for (const [body, finding] of broken) {
    const said = await validate(body, certification)
    t.equal(said.status, 200)
    t.match(said.json, finding)
    t.match(said.json, /^Error : /)
    t.match(await validate(body), { status: 400, json: { error: { code: 'InvalidOpenApiDefinition', message: finding } } })
  }
  const two = { ...definition, 'x-ms-connector-metadata': [], paths: { '/one': { get: { ...get, description: '' } } } }
  t.match((await validate(two, certification)).text, /^"Error : [^"]*\\r\\nWarning : [^"]*"$/)
  t.match(await validate(two), { status: 200, text: '' })
})

t.test('the storage takes block blobs from whoever has the signature', async t => {
  const { powerApps, send, signIn, environment, ofUser } = await sandbox(t)
  const bearer = { authorization: `Bearer ${(await signIn()).access_token}` }
  t.match(await send('POST', ofUser('generateResourceStorage'), { environment: { name: 'x' } }, bearer), { status: 404 })
  const { json } = await send('POST', ofUser('generateResourceStorage'), { environment: { name: environment } }, bearer)
  const place: string = json.sharedAccessSignature
  const blob = place.replace('?', '/icon.png?')
  const good = { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2019-02-02', 'x-ms-blob-content-type': 'image/png' }
  const bytes = Buffer.from('icon')
  t.match(await send('PUT', blob, bytes, good), { status: 201 })
  t.match(await send('GET', blob), { status: 200, text: 'icon', headers: { 'content-type': 'image/png' } })
  t.match(powerApps.storage.blob(blob), { contentType: 'image/png' })
  const { 'x-ms-blob-type': _type, ...untyped } = good
  t.match(await send('PUT', blob, bytes, untyped), { status: 400, text: /MissingRequiredHeader/ })
  t.match(await send('PUT', blob, bytes, { ...good, 'x-ms-blob-type': 'PageBlob' }), { status: 400, text: /InvalidHeaderValue/ })
  t.match(await send('PUT', blob, bytes, { ...good, 'x-ms-version': '' }), { status: 400 })
  t.match(await send('PUT', blob, bytes, { ...good, ...bearer }), { status: 400 }, 'a token has no place here')
  t.match(await send('PUT', blob.replace(/sig=[^&]+/, 'sig=x'), bytes, good), { status: 403, text: /AuthenticationFailed/ })
  t.match(await send('GET', blob.replace('icon.png', 'other.png')), { status: 404, text: /BlobNotFound/ })
})

t.test('a connector is kept, without its secret, and told', async t => {
  const { powerApps, send, signIn, apis, body, environment } = await sandbox(t)
  const bearer = { authorization: `Bearer ${(await signIn()).access_token}` }
  const token = (clientSecret?: string | null) => ({
    connectionParameters: {
      token: { type: 'oauthSetting', oAuthSettings: { clientId: 'a', ...(clientSecret !== undefined && { clientSecret }) } }
    }
  })
  const properties = { ...body.properties, ...token('secret') }
  const created = await send('POST', apis(), { properties }, bearer)
  t.match(created, {
    status: 201,
    json: { name: /^shared_one-20two-[0-9a-f]{18}-[0-9a-f]{18}$/, properties: { isCustomApi: true, createdBy: { displayName: String } } }
  })
  t.notMatch(created.text, /"secret"/)
  const name: string = created.json.name
  t.same(powerApps.connectors()[0]?.clientSecrets, { token: 'secret' })
  t.match(await send('POST', apis(), { properties: { ...properties, ...token() } }, bearer), {
    status: 400,
    json: { error: { code: 'ClientSecretMissing' } }
  })

  const { displayName: _displayName, ...changed } = { ...properties, ...token(), iconBrandColor: '#123456' }
  t.match(await send('PATCH', apis(`/${name}`), { properties: changed }, bearer), { status: 200 })
  t.match(powerApps.connectors()[0], {
    clientSecrets: { token: 'secret' },
    properties: { displayName: 'One Two', iconBrandColor: '#123456' }
  })
  await send('PATCH', apis(`/${name}`), { properties: { ...changed, ...token(null) } }, bearer)
  t.same(powerApps.connectors()[0]?.clientSecrets, {}, 'null wipes it')

  const { json: read } = await send('GET', apis(`/${name}`), undefined, bearer)
  t.match(read.properties, { displayName: 'One Two', iconBrandColor: '#123456', apiDefinitions: { originalSwaggerUrl: String } })
  t.notOk('openApiDefinition' in read.properties)
  t.notOk('scriptDefinitionUrl' in read.properties)
  const { text } = await send('GET', read.properties.apiDefinitions.originalSwaggerUrl)
  t.same(JSON.parse(text.replace(/^\ufeff/, '')), definition)

  const { json: list } = await send('GET', apis(), undefined, bearer)
  t.match(list.value, [{ name: 'shared_office365', properties: { isCustomApi: false } }, { name }])
  const [other] = powerApps.environments
  t.match((await send('GET', apis('', other?.name), undefined, bearer)).json.value.length, 1, 'not in another environment')
  t.match(await send('GET', apis(`/${name}`, other?.name), undefined, bearer), {
    status: 404,
    json: { error: { code: 'ApiResourceNotFound' } }
  })
  t.match(await send('PATCH', apis('/shared_none'), { properties: changed }, bearer), { status: 404 })
  t.match(await send('GET', apis('', 'none'), undefined, bearer), { status: 404, json: { error: { code: 'EnvironmentNotFound' } } })
  t.ok(powerApps.environments.some(({ name }) => name === environment))
})

t.test('a registration that lacks something is refused', async t => {
  const { send, signIn, apis, body, query } = await sandbox(t)
  const bearer = { authorization: `Bearer ${(await signIn()).access_token}` }
  const cases: [string, object, RegExp][] = [
    ['stackOwner', { stackOwner: 'x' }, /Could not find member 'stackOwner' on object of type 'ApiPropertiesDefinition'/],
    ['no definition', { openApiDefinition: undefined }, /'openApiDefinition' not found/],
    ['a bad definition', { openApiDefinition: { ...definition, swagger: '3.0' } }, /SpecificationVersionIncorrect/],
    ['no backend', { backendService: undefined }, /service URL/],
    ['another environment', { environment: { name: 'x' } }, /environment of the body/],
    ['no name', { displayName: undefined }, /display name/],
    ['an icon from elsewhere', { iconUri: 'https://evil.example/icon.png' }, /'iconUri' cannot be read/]
  ]
  for (const [what, change, message] of cases) {
    const answer = await send('POST', apis(), { properties: { ...body.properties, ...change } }, bearer)
    t.match(answer, { status: 400, json: { error: { message } } }, what)
  }
  t.match(await send('POST', apis(), {}, bearer), { status: 400, json: { error: { code: 'InvalidRequestContent' } } })
  t.match(await send('POST', `/providers/Microsoft.PowerApps/apis${query()}`, body, bearer), {
    status: 400,
    json: { error: { code: 'InvalidFilter' } }
  })
})

t.test('the next answer can be made wrong, and requests are on record', async t => {
  const { powerApps, log, send, query } = await sandbox(t)
  powerApps.nextAnswers.next({ status: 429, headers: { 'retry-after': '3' } })
  const path = `/providers/Microsoft.ProcessSimple/environments${query()}`
  t.match(await send('GET', path), { status: 429, headers: { 'retry-after': '3' } })
  t.match(await send('GET', path), { status: 401 })
  t.match(log.all(), [{ system: 'power-apps', method: 'GET', status: 429 }, { status: 401 }])
})
