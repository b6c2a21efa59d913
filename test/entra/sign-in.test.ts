import { constants, createHash, createPublicKey, generateKeyPairSync, verify, X509Certificate } from 'node:crypto'
import t from 'tap'
import { type AppTokenOptions, appToken } from '../../src/entra/app-token.ts'
import { type UserSignInOptions, userSignIn, userToken } from '../../src/entra/user-token.ts'
import { Failure } from '../../src/failure.ts'
import type { Secrets } from '../../src/ports.ts'
import { certificatePem } from '../fixtures/certificate-pem.ts'
import { failureOf } from '../fixtures/failure-of.ts'
import { type LocalAnswer, localServer, reset, type Scope, stall } from '../fixtures/local-server.ts'
import { memoryLog } from '../fixtures/memory-log.ts'

const tenantId = '7d23e5ca-19dc-4eaa-aac8-5e6b559f0d1d'
const clientId = '2a1c7f10-0a51-4a3c-8f0e-3f2b5c1d9e77'
const clientSecret = 'a-client-secret-nobody-may-see'
const scope = 'https://api.partner.microsoft.com/.default'

const granted = (name: string, more: object = {}): LocalAnswer => ({
  body: { token_type: 'Bearer', expires_in: 3600, access_token: name, ...more }
})
const refused = (error: string, number: number): LocalAnswer => ({
  status: 400,
  body: { error, error_description: `AADSTS${number}: Something about kim@contoso.example. Trace ID: 1`, error_codes: [number] }
})
const rotating = (from: number): LocalAnswer[] =>
  [0, 1, 2, 3].map(step => granted(`access-${from + step}`, { refresh_token: `refresh-${from + step}` }))

function memorySecrets() {
  const kept = new Map<string, string>()
  const secrets: Secrets = { get: async name => kept.get(name), put: async (name, value) => void kept.set(name, value) }
  return Object.assign(secrets, { text: () => [...kept.values()].join('\n') })
}

/** A user's sign-in against a scripted authority; the clock can be set ahead. */
async function user(t: Scope, answers: LocalAnswer[], more: Partial<UserSignInOptions> = {}) {
  const server = await localServer(t, ...answers)
  const clock = { ms: 0 }
  const { log, lines, text } = memoryLog()
  const secrets = memorySecrets()
  const options: UserSignInOptions = {
    authority: 'https://login.microsoftonline.com',
    endpoint: server.url,
    tenantId,
    clientId,
    clientSecret,
    refreshToken: 'seed',
    secrets,
    log,
    now: () => new Date(Date.now() + clock.ms),
    timeoutMs: 500,
    ...more
  }
  const forms = () => server.received.map(({ body }) => Object.fromEntries(new URLSearchParams(body)))
  return { server, clock, lines, logText: text, secrets, options, forms, getToken: userToken({ ...options, scope }) }
}

const hourMs = 3600_000

t.test('a refresh token is exchanged for an access token in one request', async t => {
  const { getToken, server, forms } = await user(t, rotating(1))
  t.same(await Promise.all([getToken(), getToken(), getToken()]), ['access-1', 'access-1', 'access-1'])
  t.equal(await getToken(), 'access-1')
  t.equal(server.received.length, 1, 'no discovery, and one flight for all')
  t.match(server.received[0], { method: 'POST', url: new RegExp(`^/${tenantId}/oauth2/v2.0/token`) })
  t.match(forms()[0], { grant_type: 'refresh_token', refresh_token: 'seed', client_id: clientId, client_secret: clientSecret })
  t.match(forms()[0]?.scope, /^https:\/\/api\.partner\.microsoft\.com\/\.default/)
})

t.test('each refresh token is used once, also over a restart', async t => {
  const { getToken, clock, forms, options } = await user(t, rotating(1))
  await getToken()
  clock.ms = hourMs
  await getToken()
  t.equal(await userToken({ ...options, scope })(), 'access-3')
  t.same(
    forms().map(({ refresh_token }) => refresh_token),
    ['seed', 'refresh-1', 'refresh-2']
  )
})

t.test('the successor is in the store before the access token is given out', async t => {
  const secrets = memorySecrets()
  const order: string[] = []
  const put: Secrets['put'] = async (name, value) => {
    await new Promise(resolve => setImmediate(resolve))
    order.push('stored')
    return secrets.put(name, value)
  }
  const { getToken } = await user(t, rotating(1), { secrets: { get: secrets.get, put } })
  await getToken().then(() => order.push('given'))
  t.same(order, ['stored', 'given'])
})

t.test('a successor that could not be stored is stored first thing next time, and its forerunner is never sent again', async t => {
  const secrets = memorySecrets()
  let isBroken = true
  const put: Secrets['put'] = async (name, value) => {
    if (isBroken) throw new Failure('STORE_UNAVAILABLE', 'The data folder cannot be written.')
    return secrets.put(name, value)
  }
  const { getToken, forms } = await user(t, rotating(1), { secrets: { get: secrets.get, put } })
  t.match(await failureOf(getToken()), { code: 'STORE_UNAVAILABLE' })
  t.match(await failureOf(getToken()), { code: 'STORE_UNAVAILABLE' })
  isBroken = false
  t.equal(await getToken(), 'access-2')
  t.same(
    forms().map(({ refresh_token }) => refresh_token),
    ['seed', 'refresh-1']
  )
})

t.test('the successor is kept even when the access token that came with it cannot be used', async t => {
  const { getToken, server, forms } = await user(t, [granted('', { refresh_token: 'refresh-1', id_token: 'no.jwt' })])
  await t.rejects(getToken())
  server.now(...rotating(2))
  t.equal(await getToken(), 'access-2')
  t.equal(forms().at(-1)?.refresh_token, 'refresh-1')
})

t.test('an answer without a successor leaves the refresh token good', async t => {
  const { getToken, clock, forms } = await user(t, [granted('access-1')])
  await getToken()
  clock.ms = hourMs
  await getToken()
  t.same(
    forms().map(({ refresh_token }) => refresh_token),
    ['seed', 'seed']
  )
})

t.test('a new refresh token in the settings is used first; one that was used up before is not', async t => {
  const { getToken, options, server, forms, lines } = await user(t, rotating(1))
  await getToken()
  const restartWith = (refreshToken: string) => userToken({ ...options, refreshToken, scope })
  server.now(refused('invalid_grant', 700082), ...rotating(2))
  t.equal(await restartWith('another seed')(), 'access-2', 'the stored one helps when the new one is refused')
  t.match(lines, [{ level: 'warn', message: /trying the stored one/ }])
  t.equal(await restartWith('seed')(), 'access-3', 'settings rolled back')
  t.equal(await restartWith('third seed')(), 'access-4')
  t.same(
    forms().map(({ refresh_token }) => refresh_token),
    ['seed', 'another seed', 'refresh-1', 'refresh-2', 'third seed']
  )
})

t.test('two audiences share the refresh token in turn, and never an access token', async t => {
  const { options, forms } = await user(t, rotating(1))
  const tokenFor = userSignIn(options)
  const referrals = tokenFor(scope)
  const webhooks = tokenFor('https://api.partnercenter.microsoft.com/.default')
  t.same(await Promise.all([referrals(), webhooks(), referrals(), webhooks()]), ['access-1', 'access-2', 'access-1', 'access-2'])
  t.same([await referrals(), await webhooks()], ['access-1', 'access-2'])
  t.same(
    forms().map(({ refresh_token, scope }) => [refresh_token, scope?.split(' ')[0]]),
    [
      ['seed', scope],
      ['refresh-1', 'https://api.partnercenter.microsoft.com/.default']
    ]
  )
})

t.test('what Entra ID says becomes a failure with its number, and without its words', async t => {
  for (const [error, number, code] of [
    ['invalid_grant', 700082, 'SIGN_IN_EXPIRED'],
    ['invalid_grant', 50173, 'SIGN_IN_EXPIRED'],
    ['invalid_grant', 50076, 'SIGN_IN_EXPIRED'],
    ['interaction_required', 53003, 'SIGN_IN_EXPIRED'],
    ['invalid_grant', 65001, 'SIGN_IN_REFUSED'],
    ['invalid_grant', 50126, 'SIGN_IN_REFUSED'],
    ['invalid_client', 7000215, 'SIGN_IN_REFUSED'],
    ['unauthorized_client', 700016, 'SIGN_IN_REFUSED'],
    ['invalid_request', 90002, 'SIGN_IN_REFUSED'],
    ['invalid_scope', 70011, 'SIGN_IN_REFUSED'],
    ['temporarily_unavailable', 90033, 'SIGN_IN_UNREACHABLE']
  ] as const) {
    const { getToken, logText } = await user(t, [refused(error, number)])
    const failure = await failureOf(getToken())
    t.equal(failure.code, code, `${error} ${number}`)
    t.match(failure.message, `AADSTS${number}`)
    t.match(failure.message, 'https://api.partner.microsoft.com')
    t.notMatch(failure.message + logText(), /contoso\.example|seed|client-secret/)
    t.ok(failure.cause, 'the cause is kept')
  }
})

t.test('an authority that cannot answer now is told apart from one that refuses, and used again as soon as it can', async t => {
  const page = '<html><body>Service Unavailable</body></html>'
  for (const [name, answer] of Object.entries<LocalAnswer>({
    'an HTML 503': { status: 503, body: page },
    'an HTML 200': { status: 200, headers: { 'content-type': 'text/html' }, body: page },
    'an HTML 403 of a proxy': { status: 403, body: page },
    'a redirect': { status: 302, headers: { location: 'https://proxy.example/' } },
    'a JSON 500': { status: 500, body: { error: 'server_error', error_description: 'AADSTS90033: A transient error.' } },
    'an empty JSON 401': { status: 401 },
    'a token answer without a token': { body: { token_type: 'Bearer' } },
    'a JSON list': { body: [] },
    'ten megabytes': { body: 'x'.repeat(10_000_000) },
    'half an answer': (_request, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('{"access_token":')
      setImmediate(() => response.destroy())
    },
    'a cut connection': reset,
    'no answer in time': stall
  })) {
    const { getToken, server } = await user(t, [answer], { timeoutMs: name === 'no answer in time' ? 100 : 5000 })
    t.match(await failureOf(getToken()), { code: 'SIGN_IN_UNREACHABLE' }, name)
    server.now(...rotating(1))
    t.equal(await getToken(), 'access-1', `${name}, healed`)
  }
})

t.test('Retry-After is kept by us, and MSAL knows no throttling of its own beside it', async t => {
  const { getToken, server, clock } = await user(t, [{ status: 429, headers: { 'retry-after': '7' }, body: { error: 'throttled' } }])
  t.match(await failureOf(getToken()), { code: 'SIGN_IN_UNREACHABLE', retryAfterMs: 7000, message: /HTTP 429/ })
  server.now(...rotating(1))
  await t.rejects(getToken(), { code: 'SIGN_IN_UNREACHABLE' })
  t.equal(server.received.length, 1)
  clock.ms = 7001
  t.equal(await getToken(), 'access-1')
})

t.test('a token serves on while the authority is down, without a request for each call', async t => {
  const { getToken, server, clock } = await user(t, rotating(1))
  await getToken()
  server.now({ status: 500, body: {} })
  clock.ms = hourMs - 200_000
  t.same([await getToken(), await getToken(), await getToken()], ['access-1', 'access-1', 'access-1'])
  t.equal(server.received.length, 2)
})

t.test('user name and password are the legacy way, with one warning', async t => {
  const { refreshToken: _, ...noRefreshToken } = (await user(t, [])).options
  const server = await localServer(t, granted('access-1'))
  const { log, lines } = memoryLog()
  const options = { ...noRefreshToken, endpoint: server.url, log, username: 'kim@contoso.example', password: 'a password' }
  const tokenFor = userSignIn(options)
  t.equal(await tokenFor(scope)(), 'access-1')
  await tokenFor('https://api.partnercenter.microsoft.com/.default')()
  t.match(Object.fromEntries(new URLSearchParams(server.received[0]?.body)), { grant_type: 'password', username: 'kim@contoso.example' })
  t.match(lines, [{ level: 'warn', message: /MFA/ }])
  t.equal(lines.length, 1)
  server.now(refused('invalid_grant', 50076))
  t.match(await failureOf(tokenFor(scope)()), { code: 'SIGN_IN_EXPIRED', message: /multifactor/ })
})

t.test('an application without a secret is a public client', async t => {
  const { clientSecret: _, ...options } = (await user(t, [])).options
  const server = await localServer(t, ...rotating(1))
  t.equal(await userToken({ ...options, endpoint: server.url, scope })(), 'access-1')
  t.notOk(new URLSearchParams(server.received[0]?.body).has('client_secret'))
})

t.test('the authority of another cloud is discovered at the endpoint too', async t => {
  const metadata = {
    issuer: 'https://login.sandbox.example/tenant/v2.0',
    authorization_endpoint: 'https://login.sandbox.example/tenant/oauth2/v2.0/authorize',
    token_endpoint: 'https://login.sandbox.example/tenant/oauth2/v2.0/token',
    jwks_uri: 'https://login.sandbox.example/tenant/keys'
  }
  const { getToken, server } = await user(t, [{ body: metadata }, ...rotating(1)], { authority: 'https://login.sandbox.example' })
  t.equal(await getToken(), 'access-1')
  t.match(server.received, [
    { method: 'GET', url: /openid-configuration/ },
    { method: 'POST', url: /\/oauth2\/v2.0\/token/ }
  ])
})

t.test('missing settings are named, and nothing is asked', async t => {
  for (const [lacking, message] of [
    [{ tenantId: '' }, /tenant id/],
    [{ clientId: '' }, /client id/],
    [{ tenantId: '../common' }, /tenant id/]
  ] as const) {
    const { getToken, server } = await user(t, rotating(1), lacking)
    t.match(await failureOf(getToken()), { code: 'SIGN_IN_NOT_CONFIGURED', message })
    t.equal(server.received.length, 0)
  }
  const { refreshToken: _, ...options } = (await user(t, [])).options
  t.match(await failureOf(userToken({ ...options, scope })()), { code: 'SIGN_IN_NOT_CONFIGURED', message: /refresh token/ })
  t.match(await failureOf(userToken({ ...options, username: 'kim', scope })()), { code: 'SIGN_IN_NOT_CONFIGURED', message: /password/ })
})

async function app(t: Scope, answers: LocalAnswer[], more: Partial<AppTokenOptions>) {
  const server = await localServer(t, ...answers)
  const getToken = appToken({
    authority: 'https://login.microsoftonline.com',
    endpoint: server.url,
    tenantId,
    clientId,
    scope: 'https://contoso.crm.dynamics.com/.default',
    log: memoryLog().log,
    now: () => new Date(),
    timeoutMs: 2000,
    ...more
  })
  return { getToken, server, form: () => Object.fromEntries(new URLSearchParams(server.received[0]?.body)) }
}

t.test('an application signs in with its secret', async t => {
  const { getToken, server, form } = await app(t, [granted('access')], { clientSecret })
  t.same(await Promise.all(Array.from({ length: 20 }, () => getToken())), Array(20).fill('access'))
  t.equal(server.received.length, 1)
  t.match(form(), { grant_type: 'client_credentials', client_secret: clientSecret, scope: /^https:\/\/contoso.crm.dynamics.com\/.default/ })
})

t.test('an application signs in with its certificate, by an assertion that the certificate proves', async t => {
  const { key, certificate } = certificatePem()
  const other = certificatePem()
  const { getToken, form } = await app(t, [granted('access')], { certificatePem: `${other.certificate}\n${certificate}\n${key}` })
  t.equal(await getToken(), 'access')
  const assertion = form().client_assertion ?? ''
  const [header = '', payload = '', signature = ''] = assertion.split('.')
  const decoded = JSON.parse(Buffer.from(header, 'base64url').toString())
  const der = new X509Certificate(certificate).raw
  t.match(decoded, { alg: 'PS256', 'x5t#S256': createHash('sha256').update(der).digest('base64url') })
  t.ok(
    verify(
      'sha256',
      Buffer.from(`${header}.${payload}`),
      { key: createPublicKey(certificate), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
      Buffer.from(signature, 'base64url')
    )
  )
})

t.test('an unusable client certificate is refused before anything is asked', async t => {
  const { key, certificate } = certificatePem()
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  for (const [pem, message] of [
    [certificate, /no private key/],
    [key, /no certificate/],
    [`${key}${certificatePem().certificate}`, /belongs to none/],
    [`${ec}${certificate}`, /RSA/],
    [`${key.replace(/[A-Z]{10}/, '!')}${certificate}`, /cannot be read/]
  ] as const) {
    const { getToken, server } = await app(t, [granted('access')], { certificatePem: pem })
    const failure = await failureOf(getToken())
    t.match(failure, { code: 'SIGN_IN_NOT_CONFIGURED', message })
    t.notMatch(failure.message, /-----|MII/)
    t.equal(server.received.length, 0)
  }
})

t.test('an application without any credential says what it lacks', async t => {
  const { getToken } = await app(t, [], {})
  t.match(await failureOf(getToken()), {
    code: 'SIGN_IN_NOT_CONFIGURED',
    message: /client secret, a client certificate or a managed identity/
  })
})

t.test('a managed identity is asked at its own endpoint, whatever the authority', async t => {
  const server = await localServer(
    t,
    ...['first', 'second', 'third'].map(name => granted(name, { expires_on: Math.floor(Date.now() / 1000) + 3600 }))
  )
  const before = { ...process.env }
  Object.assign(process.env, { IDENTITY_ENDPOINT: `${server.url}/msi/token`, IDENTITY_HEADER: 'the header' })
  t.teardown(() => {
    process.env = before
  })
  const of = async (managedIdentity: string, host: string) => {
    const { getToken, server } = await app(t, [], { managedIdentity, scope: `https://${host}/.default` })
    return { getToken, authority: server }
  }
  const system = await of('system', 'contoso.crm.dynamics.com')
  const named = await of('5f0b1f0e-6f6a-4c5c-9a59-3d6c7b8a9e01', 'fabrikam.crm.dynamics.com')
  t.same([await system.getToken(), await named.getToken(), await system.getToken()], ['first', 'second', 'first'])
  t.equal(system.authority.received.length, 0)
  const asked = server.received.map(({ url, headers }) => ({
    ...Object.fromEntries(new URL(url, server.url).searchParams),
    header: headers['x-identity-header']
  }))
  t.match(asked, [
    { resource: 'https://contoso.crm.dynamics.com', header: 'the header' },
    { resource: 'https://fabrikam.crm.dynamics.com', client_id: '5f0b1f0e-6f6a-4c5c-9a59-3d6c7b8a9e01' }
  ])
  for (const [answer, code] of [
    [{ status: 400, body: { error: 'invalid_request', error_description: 'Identity not found' } }, 'SIGN_IN_REFUSED'],
    [{ status: 410, body: { error: 'being_updated' } }, 'SIGN_IN_UNREACHABLE'],
    [{ status: 500, body: '<html>' }, 'SIGN_IN_UNREACHABLE']
  ] as const) {
    server.now(answer)
    t.match(await failureOf((await of('system', 'contoso.crm.dynamics.com')).getToken()), { code })
  }
})
