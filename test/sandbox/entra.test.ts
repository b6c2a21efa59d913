import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { ConfidentialClientApplication, type INetworkModule, ManagedIdentityApplication } from '@azure/msal-node'
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose'
import forge from 'node-forge'
import t from 'tap'
import { request } from 'undici'
import { startEntra } from '../../src/sandbox/entra.ts'
import { requestLog } from '../../src/sandbox/request-log.ts'

type Scope = { teardown(close: () => unknown): unknown }
type Form = Record<string, string | undefined>

const partnerScope = 'https://api.partner.microsoft.com/.default'
const crmScope = 'https://contoso.crm.dynamics.com/.default'
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The authority, and a token request that is valid for the application with its secret until something of it is changed. */
async function authority(t: Scope, options: { now?: () => Date } = {}) {
  const log = requestLog()
  const entra = await startEntra({ log, ...options })
  t.teardown(() => entra.close())
  const valid: Form = { grant_type: 'client_credentials', client_id: entra.clientId, client_secret: entra.clientSecret, scope: crmScope }
  const refresh: Form = {
    ...valid,
    grant_type: 'refresh_token',
    refresh_token: entra.refreshToken,
    scope: `${partnerScope} openid offline_access`
  }
  const send = async (
    form: Form,
    { tenant = entra.tenantId, headers = {} }: { tenant?: string; headers?: Record<string, string> } = {}
  ) => {
    const body = new URLSearchParams(Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined)).toString()
    const answer = await request(`${entra.url}/${tenant}/oauth2/v2.0/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body
    })
    // biome-ignore lint/suspicious/noExplicitAny: what any token endpoint may answer
    return { status: answer.statusCode, headers: answer.headers, body: (await answer.body.json()) as any }
  }
  return { entra, log, valid, refresh, send }
}

t.test('an application gets a token for the resource that its scope names', async t => {
  const { entra, log, valid, send } = await authority(t)
  const { status, body, headers } = await send(valid)
  t.equal(status, 200)
  t.match(body, { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599 })
  t.notOk('refresh_token' in body, 'an application gets no refresh token')
  t.match(headers, { 'cache-control': /no-store/, 'x-ms-request-id': guid })
  const { payload, protectedHeader } = await jwtVerify(body.access_token, createLocalJWKSet(entra.jwks as JSONWebKeySet), {
    algorithms: ['RS256']
  })
  t.match(payload, {
    aud: 'https://contoso.crm.dynamics.com',
    iss: `https://sts.windows.net/${entra.tenantId}/`,
    tid: entra.tenantId,
    appid: entra.clientId,
    oid: guid,
    idtyp: 'app',
    ver: '1.0'
  })
  t.notOk('amr' in payload)
  t.equal(protectedHeader.typ, 'JWT')
  t.match(entra.checkToken(body.access_token), {
    audience: 'https://contoso.crm.dynamics.com',
    user: undefined,
    mfa: false,
    appId: entra.clientId
  })
  t.same(log.all(), [{ system: 'entra', method: 'POST', path: `/${entra.tenantId}/oauth2/v2.0/token`, status: 200 }])
  t.match(entra.tokenRequests(), [{ grantType: 'client_credentials', outcome: 'issued' }])
})

t.test('a resource named by its client id gets a token of version 2.0, with the roles that the application has there', async t => {
  const { entra, valid, send } = await authority(t)
  const resource = randomUUID()
  entra.application().roles[resource] = ['Referrals.Use']
  const { body } = await send({ ...valid, scope: `${resource}/.default` })
  t.match(decodeJwt(body.access_token), {
    aud: resource,
    iss: `https://login.microsoftonline.com/${entra.tenantId}/v2.0`,
    azp: entra.clientId,
    roles: ['Referrals.Use'],
    ver: '2.0'
  })
  t.equal(decodeJwt((await send({ ...valid, scope: 'https://host//.default' })).body.access_token).aud, 'https://host/')
})

t.test('what Entra ID refuses is refused with its number', async t => {
  const { entra, valid, refresh, send } = await authority(t)
  const other = entra.registerApplication({ secret: 'another' })
  const password = {
    ...valid,
    grant_type: 'password',
    scope: partnerScope,
    username: entra.users[1]?.username,
    password: entra.users[1]?.password
  }
  const refusals: [string, Form, number, string, number][] = [
    ['no grant type', { ...valid, grant_type: undefined }, 400, 'invalid_request', 900144],
    [
      'a grant type of another kind',
      { ...valid, grant_type: 'urn:ietf:params:oauth:grant-type:device_code' },
      400,
      'unsupported_grant_type',
      70003
    ],
    ['no client id', { ...valid, client_id: undefined }, 400, 'invalid_request', 900144],
    ['an unknown client id', { ...valid, client_id: randomUUID() }, 400, 'unauthorized_client', 700016],
    ['a wrong secret', { ...valid, client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
    ['no secret', { ...valid, client_secret: undefined }, 401, 'invalid_client', 7000218],
    ['no secret for a refresh token', { ...refresh, client_secret: undefined }, 401, 'invalid_client', 7000218],
    ['no scope', { ...valid, scope: undefined }, 400, 'invalid_request', 900144],
    [
      'a scope that is not /.default',
      { ...valid, scope: 'https://contoso.crm.dynamics.com/user_impersonation' },
      400,
      'invalid_scope',
      1002012
    ],
    ['a scope without a resource', { ...valid, scope: '/.default' }, 400, 'invalid_scope', 70011],
    ['a scope that is no scope', { ...refresh, scope: 'referrals' }, 400, 'invalid_scope', 70011],
    ['two resources at once', { ...refresh, scope: `${partnerScope} ${crmScope}` }, 400, 'invalid_request', 28000],
    ['a made-up refresh token', { ...refresh, refresh_token: 'made-up' }, 400, 'invalid_grant', 9002313],
    [
      "another application's refresh token",
      { ...refresh, client_id: other.clientId, client_secret: 'another' },
      400,
      'invalid_grant',
      70000
    ],
    ['a wrong password', { ...password, password: 'wrong' }, 400, 'invalid_grant', 50126],
    ['an unknown user', { ...password, username: 'nobody@example.com' }, 400, 'invalid_grant', 50034],
    [
      'a password where a second factor is needed',
      { ...password, username: entra.users[0]?.username, password: entra.users[0]?.password },
      400,
      'invalid_grant',
      50076
    ],
    ['an assertion that is no JWT', { ...valid, client_secret: undefined, client_assertion: 'x.y' }, 400, 'invalid_request', 50027]
  ]
  for (const [what, form, status, error, number] of refusals) {
    const answer = await send(form)
    t.match(
      answer,
      {
        status,
        body: {
          error,
          error_description: new RegExp(`^AADSTS${number}: .+ Trace ID: ${guid.source.slice(1, -1)} Correlation ID: .+ Timestamp: `),
          error_codes: [number],
          timestamp: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/,
          trace_id: guid,
          correlation_id: guid
        }
      },
      what
    )
    t.equal(answer.body.suberror, number === 50076 ? 'basic_action' : undefined)
    t.equal(entra.tokenRequests().at(-1)?.outcome, number)
  }
  t.match(await send(valid, { tenant: randomUUID() }), { status: 400, body: { error: 'invalid_request', error_codes: [90002] } })
  const json = await request(`${entra.url}/${entra.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(valid)
  })
  t.match(await json.body.json(), { error_codes: [900144] }, 'the endpoint reads forms only')
  entra.application().isSecretExpired = true
  t.match(await send(valid), { status: 401, body: { error_codes: [7000222] } })
})

t.test("the caller's correlation id is taken over", async t => {
  const { valid, send } = await authority(t)
  const id = randomUUID()
  const headers = { 'client-request-id': id, 'return-client-request-id': 'true' }
  t.match(await send({ ...valid, client_secret: 'wrong' }, { headers }), {
    headers: { 'client-request-id': id },
    body: { correlation_id: id }
  })
})

t.test('the tenant goes by its domain too, and the secret may come as HTTP Basic', async t => {
  const { entra, valid, send } = await authority(t)
  const basic = Buffer.from(`${encodeURIComponent(entra.clientId)}:${encodeURIComponent(entra.clientSecret)}`).toString('base64')
  const answer = await send(
    { grant_type: valid.grant_type, scope: valid.scope },
    { tenant: 'contoso-partner.onmicrosoft.com', headers: { authorization: `Basic ${basic}` } }
  )
  t.equal(answer.status, 200)
})

t.test('a refresh token from a sign-in with MFA gives tokens of the user that say so, and a successor', async t => {
  const { entra, refresh, send } = await authority(t)
  const { status, body } = await send({ ...refresh, client_info: '1' })
  t.equal(status, 200)
  t.match(decodeJwt(body.access_token), {
    aud: 'https://api.partner.microsoft.com',
    upn: entra.users[0]?.username,
    idtyp: 'user',
    scp: 'user_impersonation',
    amr: ['pwd', 'mfa']
  })
  t.match(entra.checkToken(body.access_token), { user: entra.users[0]?.username, mfa: true, audience: 'https://api.partner.microsoft.com' })
  t.equal(decodeJwt(body.id_token).aud, entra.clientId)
  t.match(JSON.parse(Buffer.from(body.client_info, 'base64url').toString()), { utid: entra.tenantId })
  t.type(body.refresh_token, 'string')
  t.not(body.refresh_token, entra.refreshToken)

  const crm = await send({ ...refresh, refresh_token: body.refresh_token, scope: crmScope })
  t.equal(
    decodeJwt(crm.body.access_token).aud,
    'https://contoso.crm.dynamics.com',
    'one refresh token serves several resources, each with its own access token'
  )
})

t.test('a refresh token that was redeemed before still works, but it is seen, and can be refused', async t => {
  const { entra, refresh, send } = await authority(t)
  await send(refresh)
  t.equal((await send(refresh)).status, 200)
  t.same(
    entra.tokenRequests().map(({ isRefreshTokenReused }) => isRefreshTokenReused),
    [false, true]
  )
  entra.refuseReusedRefreshTokens(true)
  t.match(await send(refresh), { status: 400, body: { error: 'invalid_grant', error_codes: [50173] } })
  t.match(entra.tokenRequests().at(-1), { outcome: 50173, isRefreshTokenReused: true })
  t.notMatch(JSON.stringify(entra.tokenRequests()), entra.refreshToken)
})

t.test('a dead refresh token is told apart from a revoked one', async t => {
  let now = new Date('2026-03-01T00:00:00Z')
  const { entra, refresh, send } = await authority(t, { now: () => now })
  now = new Date('2026-05-31T00:00:00Z')
  t.match(await send(refresh), { status: 400, body: { error: 'invalid_grant', error_codes: [700082] } }, 'after 90 days without use')
  const fresh = { ...refresh, refresh_token: entra.issueRefreshToken() }
  t.equal((await send(fresh)).status, 200)
  entra.endRefreshTokens('revoked')
  t.match(await send(fresh), { body: { error: 'invalid_grant', error_codes: [50173] } })
  entra.endRefreshTokens('expired')
  t.match(await send(fresh), { body: { error: 'invalid_grant', error_codes: [700082] } })
})

t.test('a password gives a token without a second factor, and a refresh token only if asked for', async t => {
  const { entra, valid, send } = await authority(t)
  const [, legacy] = entra.users
  const form = { ...valid, grant_type: 'password', scope: partnerScope, username: legacy?.username, password: legacy?.password }
  const { body } = await send(form)
  t.match(entra.checkToken(body.access_token), { user: legacy?.username, mfa: false })
  t.notOk('refresh_token' in body)
  t.ok('refresh_token' in (await send({ ...form, scope: `${partnerScope} offline_access` })).body)
  const app = entra.registerApplication({ isPublic: true })
  t.equal((await send({ ...form, client_id: app.clientId, client_secret: undefined })).status, 200, 'a public client has no secret')
  t.match(await send({ ...valid, client_id: app.clientId, client_secret: undefined }), { status: 401 }, 'and is no identity by itself')
})

t.test('a token is good for its time, its tenant and its signature only', async t => {
  let now = new Date('2026-03-01T00:00:00Z')
  const { entra, valid, send } = await authority(t, { now: () => now })
  entra.setTokenLifetime(60)
  const token: string = (await send(valid)).body.access_token
  t.ok(entra.checkToken(token))
  const [header, payload, signature] = token.split('.')
  const forged = Buffer.from(JSON.stringify({ ...decodeJwt(token), roles: ['x'] })).toString('base64url')
  const none = Buffer.from('{"alg":"none"}').toString('base64url')
  for (const bad of ['', 'x', `${header}.${payload}.`, `${none}.${payload}.`, `${header}.${forged}.${signature}`, `${token}.x`])
    t.equal(entra.checkToken(bad), undefined)
  t.equal(entra.checkToken(entra.issueToken({ tid: randomUUID() })), undefined)
  t.equal(entra.checkToken(entra.issueToken({ nbf: now.getTime() / 1000 + 600 })), undefined)
  t.match(entra.checkToken(entra.issueToken({ aud: 'api://x', roles: ['y'] })), { audience: 'api://x', roles: ['y'] })
  now = new Date('2026-03-01T00:01:00Z')
  t.equal(entra.checkToken(token), undefined)
  entra.setTokenLifetime(86_400)
  t.match((await send(valid)).body, { expires_in: 86_400, refresh_in: 43_200 }, 'a long-lived token says when to renew it')
})

t.test('the metadata leads to the keys', async t => {
  const { entra, valid, send } = await authority(t)
  const answer = await request(`${entra.url}/${entra.tenantId}/v2.0/.well-known/openid-configuration`)
  const metadata = (await answer.body.json()) as Record<string, string>
  t.equal(metadata.issuer, `https://login.microsoftonline.com/${entra.tenantId}/v2.0`)
  t.equal(metadata.token_endpoint, `${entra.url}/${entra.tenantId}/oauth2/v2.0/token`)
  const keys = createRemoteJWKSet(new URL(metadata.jwks_uri ?? ''))
  await t.resolves(jwtVerify((await send(valid)).body.access_token, keys, { audience: 'https://contoso.crm.dynamics.com' }))
  t.equal((await request(`${entra.url}/common/discovery/v2.0/keys`)).statusCode, 200)
  t.equal((await request(`${entra.url}/${randomUUID()}/discovery/v2.0/keys`)).statusCode, 400)
})

t.test('throttling is a 429 with Retry-After', async t => {
  const { entra, valid, send } = await authority(t)
  entra.throttle(7, 2)
  for (let n = 0; n < 2; n++) t.match(await send(valid), { status: 429, headers: { 'retry-after': '7' }, body: { error_codes: [90033] } })
  t.equal((await send(valid)).status, 200)
})

t.test('a client assertion is believed when a registered certificate has signed it', async t => {
  const { entra, valid, send } = await authority(t)
  const { certificate, privateKey, thumbprint } = selfSigned()
  const app = entra.registerApplication({ certificatePem: certificate })
  const seconds = Math.floor(Date.now() / 1000)
  const header = { alg: 'RS256', typ: 'JWT', 'x5t#S256': thumbprint }
  const payload = {
    aud: `https://login.microsoftonline.com/${entra.tenantId}/oauth2/v2.0/token`,
    iss: app.clientId,
    sub: app.clientId,
    jti: randomUUID(),
    nbf: seconds,
    exp: seconds + 300
  }
  const assertion = (changed: object = {}, head: object = {}, key = privateKey) => {
    const input = [
      { ...header, ...head },
      { ...payload, ...changed }
    ]
      .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`
  }
  const ask = async (client_assertion: string) => {
    const { status, body } = await send({ ...valid, client_id: app.clientId, client_secret: undefined, client_assertion })
    return body.error_codes?.[0] ?? status
  }
  t.equal(await ask(assertion()), 200)
  t.equal(await ask(assertion({ iss: entra.clientId })), 700021)
  t.equal(await ask(assertion({ aud: `https://login.microsoftonline.com/${randomUUID()}/v2.0` })), 700023)
  t.equal(await ask(assertion({ exp: seconds - 1000 })), 700024)
  t.equal(await ask(assertion({ nbf: seconds + 1000 })), 700024)
  t.equal(await ask(assertion({}, { 'x5t#S256': 'another' })), 700027)
  t.equal(await ask(assertion({}, { alg: 'none' })), 700027)
  t.equal(await ask(assertion({}, {}, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)), 700027)
})

t.test('MSAL signs in with secret, certificate and refresh token', async t => {
  const { entra } = await authority(t)
  const { certificate, privateKey, thumbprintHex } = selfSigned()
  const { clientId } = entra.registerApplication({ certificatePem: certificate })
  const client = (auth: object) =>
    new ConfidentialClientApplication({
      auth: { clientId: entra.clientId, authority: `https://login.microsoftonline.com/${entra.tenantId}`, ...auth },
      system: { networkClient: through(entra.url) }
    })
  const bySecret = client({ clientSecret: entra.clientSecret })
  t.match(await bySecret.acquireTokenByClientCredential({ scopes: [crmScope] }), { accessToken: /^ey/, tokenType: 'Bearer' })
  const byCertificate = client({
    clientId,
    clientCertificate: { thumbprintSha256: thumbprintHex, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
  })
  const token = await byCertificate.acquireTokenByClientCredential({ scopes: [crmScope] })
  t.equal(entra.checkToken(token?.accessToken ?? '')?.appId, clientId)
  const user = await bySecret.acquireTokenByRefreshToken({ refreshToken: entra.refreshToken, scopes: [partnerScope], forceCache: true })
  t.equal(user?.account?.username, entra.users[0]?.username)
  const account = user?.account
  if (account) await bySecret.acquireTokenSilent({ account, scopes: [partnerScope], forceRefresh: true })
  t.same(
    entra.tokenRequests().map(({ outcome, isRefreshTokenReused }) => [outcome, isRefreshTokenReused]),
    [
      ['issued', false],
      ['issued', false],
      ['issued', false],
      ['issued', false]
    ],
    'and goes on with the successor'
  )
  entra.endRefreshTokens('expired')
  await t.rejects(
    client({ clientSecret: entra.clientSecret }).acquireTokenByRefreshToken({ refreshToken: entra.refreshToken, scopes: [partnerScope] }),
    /invalid_grant.*AADSTS700082/
  )
})

t.test('an app in App Service gets tokens by its managed identity', async t => {
  const { entra, log } = await authority(t)
  const { endpoint, header, systemClientId, userAssignedClientId } = entra.managedIdentity
  const ask = async (query: object, identityHeader = header) => {
    const answer = await request(
      `${endpoint}?${new URLSearchParams({ resource: 'https://contoso.crm.dynamics.com', 'api-version': '2019-08-01', ...query })}`,
      {
        headers: { 'x-identity-header': identityHeader }
      }
    )
    return { status: answer.statusCode, body: (await answer.body.json()) as Record<string, string> }
  }
  const { status, body } = await ask({})
  t.match({ status, body }, { status: 200, body: { token_type: 'Bearer', expires_on: /^\d{10}$/, client_id: systemClientId } })
  t.match(entra.checkToken(body.access_token ?? ''), { audience: 'https://contoso.crm.dynamics.com', appId: systemClientId })
  t.match(await ask({ client_id: userAssignedClientId }), { status: 200, body: { client_id: userAssignedClientId } })
  t.match(await ask({ client_id: randomUUID() }), { status: 400, body: { statusCode: 400, message: /^No User Assigned/ } })
  t.match(await ask({ 'api-version': '2017-09-01' }), { status: 400 })
  t.match(await ask({ resource: '' }), { status: 400 })
  t.match(await ask({}, 'wrong'), { status: 401 })
  t.notMatch(JSON.stringify(log.all()), header)

  process.env.IDENTITY_ENDPOINT = endpoint
  process.env.IDENTITY_HEADER = header
  t.teardown(() => {
    delete process.env.IDENTITY_ENDPOINT
    delete process.env.IDENTITY_HEADER
  })
  const token = await new ManagedIdentityApplication().acquireToken({ resource: crmScope })
  t.equal(entra.checkToken(token.accessToken)?.audience, 'https://contoso.crm.dynamics.com')
})

/** A certificate as an administrator makes one for an app registration. */
function selfSigned() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey.export({ type: 'spki', format: 'pem' }).toString())
  certificate.serialNumber = '01'
  certificate.validity.notBefore = new Date(Date.now() - 60_000)
  certificate.validity.notAfter = new Date(Date.now() + 86_400_000)
  const name = [{ name: 'commonName', value: 'referral-connector' }]
  certificate.setSubject(name)
  certificate.setIssuer(name)
  certificate.sign(forge.pki.privateKeyFromPem(privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()), forge.md.sha256.create())
  const der = forge.asn1.toDer(forge.pki.certificateToAsn1(certificate)).getBytes()
  const thumbprintHex = forge.md.sha256.create().update(der).digest().toHex()
  return {
    certificate: forge.pki.certificateToPem(certificate),
    privateKey,
    thumbprintHex,
    thumbprint: Buffer.from(thumbprintHex, 'hex').toString('base64url')
  }
}

/** MSAL's way to the network, with all requests going to one origin. */
function through(origin: string): INetworkModule {
  const send =
    (method: 'GET' | 'POST') =>
    async (url: string, options: { headers?: Record<string, string>; body?: string } = {}) => {
      const { pathname, search } = new URL(url)
      const answer = await request(origin + pathname + search, {
        method,
        headers: options.headers ?? {},
        ...(options.body && { body: options.body })
      })
      // biome-ignore lint/suspicious/noExplicitAny: MSAL's own signature
      return { status: answer.statusCode, headers: {}, body: (await answer.body.json()) as any }
    }
  return { sendGetRequestAsync: send('GET'), sendPostRequestAsync: send('POST') } as INetworkModule
}
