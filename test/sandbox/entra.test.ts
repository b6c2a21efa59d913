import { randomUUID } from 'node:crypto'
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose'
import t from 'tap'
import { request } from 'undici'
import { crmScope, type Form, partnerScope, sandboxEntra } from '../fixtures/sandbox-entra.ts'

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

t.test('an application gets a token for the resource that its scope names', async t => {
  const { entra, log, valid, send } = await sandboxEntra(t)
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
  t.match(log.all(), [{ system: 'entra', method: 'POST', path: `/${entra.tenantId}/oauth2/v2.0/token`, status: 200 }])
  t.match(entra.tokenRequests(), [{ grantType: 'client_credentials', outcome: 'issued' }])
})

t.test('a resource named by its client id gets a token of version 2.0, with the roles that the application has there', async t => {
  const { entra, valid, send } = await sandboxEntra(t)
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
  const { entra, valid, refresh, send } = await sandboxEntra(t)
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
  const { valid, send } = await sandboxEntra(t)
  const id = randomUUID()
  const headers = { 'client-request-id': id, 'return-client-request-id': 'true' }
  t.match(await send({ ...valid, client_secret: 'wrong' }, { headers }), {
    headers: { 'client-request-id': id },
    body: { correlation_id: id }
  })
})

t.test('the tenant goes by its domain too, and the secret may come as HTTP Basic', async t => {
  const { entra, valid, send } = await sandboxEntra(t)
  const basic = Buffer.from(`${encodeURIComponent(entra.clientId)}:${encodeURIComponent(entra.clientSecret)}`).toString('base64')
  const answer = await send(
    { grant_type: valid.grant_type, scope: valid.scope },
    { tenant: 'contoso-partner.onmicrosoft.com', headers: { authorization: `Basic ${basic}` } }
  )
  t.equal(answer.status, 200)
})

t.test('a refresh token from a sign-in with MFA gives tokens of the user that say so, and a successor', async t => {
  const { entra, refresh, send } = await sandboxEntra(t)
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
  const { entra, refresh, send } = await sandboxEntra(t)
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
  const { entra, refresh, send } = await sandboxEntra(t, { now: () => now })
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
  const { entra, valid, send } = await sandboxEntra(t)
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
  const { entra, valid, send } = await sandboxEntra(t, { now: () => now })
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
  const { entra, valid, send } = await sandboxEntra(t)
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
  const { entra, valid, send } = await sandboxEntra(t)
  entra.throttle(7, 2)
  for (let n = 0; n < 2; n++) t.match(await send(valid), { status: 429, headers: { 'retry-after': '7' }, body: { error_codes: [90033] } })
  t.equal((await send(valid)).status, 200)
})
