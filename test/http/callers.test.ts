import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import t from 'tap'
import { Failure } from '../../src/failure.ts'
import type { Call } from '../../src/ports.ts'
import { app, withKey } from '../fixtures/app.ts'
import { type LocalAnswer, localServer, reset } from '../fixtures/local-server.ts'

const tenantId = '11111111-2222-4333-8444-555555555555'
const issuer = `https://login.microsoftonline.com/${tenantId}/v2.0`
const now = Math.floor(Date.now() / 1000)
const good = {
  iss: issuer,
  aud: 'api-audience',
  tid: tenantId,
  oid: 'caller-1',
  roles: ['Referrals.ReadWrite'],
  iat: now,
  nbf: now,
  exp: now + 600
}

t.test('a token of Entra ID is judged by signature, issuer, audience, tenant, dates and role', async t => {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const other = await generateKeyPair('RS256')
  let downloads = 0
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }] })
  const server = await localServer(t, (_request, response) => {
    downloads++
    response.setHeader('content-type', 'application/json').end(jwks)
  })
  const callerTokens = {
    issuers: [issuer],
    audience: ['api-audience'],
    tenantId,
    role: 'Referrals.ReadWrite',
    jwksUrl: `${server.url}/keys`
  }
  const service = await app(t, { callerTokens })
  const ask = async (token: string) =>
    (await service.inject({ method: 'GET', url: '/v1/connection', headers: { authorization: `Bearer ${token}` } })).json()
  const sign = (claims: object, key = privateKey) =>
    new SignJWT({ ...good, ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(key)

  t.match(await ask(await sign({})), { ok: true, caller: 'caller-1' })
  t.match(
    await ask(await sign({ roles: undefined, scp: 'Other Referrals.ReadWrite' })),
    { ok: true },
    'a scope of that name counts as well'
  )
  const refused: [string, object, string][] = [
    ['another audience', { aud: 'graph' }, 'CALLER_UNAUTHENTICATED'],
    ['another issuer', { iss: 'https://evil.example' }, 'CALLER_UNAUTHENTICATED'],
    ['another tenant', { tid: '99999999-2222-4333-8444-555555555555' }, 'CALLER_UNAUTHENTICATED'],
    ['no tenant', { tid: undefined }, 'CALLER_UNAUTHENTICATED'],
    ['past its end', { exp: now - 120 }, 'CALLER_TOKEN_EXPIRED'],
    ['without an end', { exp: undefined }, 'CALLER_UNAUTHENTICATED'],
    ['not valid yet', { nbf: now + 600 }, 'CALLER_UNAUTHENTICATED'],
    ['without the role', { roles: ['Other'] }, 'CALLER_FORBIDDEN'],
    ['with the role as text', { roles: 'Referrals.ReadWrite' }, 'CALLER_FORBIDDEN']
  ]
  for (const [what, claims, code] of refused) t.match(await ask(await sign(claims)), { code }, what)
  t.match(await ask(await sign({}, other.privateKey)), { code: 'CALLER_UNAUTHENTICATED' }, 'signed by another key')
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(good)).toString('base64url')}.`
  t.match(await ask(unsigned), { code: 'CALLER_UNAUTHENTICATED' }, 'alg none')
  const hmac = await new SignJWT(good).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(Buffer.from(jwks))
  t.match(await ask(hmac), { code: 'CALLER_UNAUTHENTICATED' }, 'a symmetric algorithm with the public key for a secret')
  const [head, , signature] = (await sign({})).split('.')
  const raised = Buffer.from(JSON.stringify({ ...good, oid: 'admin' })).toString('base64url')
  t.match(await ask(`${head}.${raised}.${signature}`), { code: 'CALLER_UNAUTHENTICATED' }, 'other claims under the same signature')
  t.match(await ask('x'.repeat(9000)), { code: 'CALLER_UNAUTHENTICATED' }, 'one without an end')
  t.match(await ask(await sign({ exp: now - 30 })), { ok: true }, 'clocks may differ by a minute')
  const withBoth = { authorization: `Bearer ${await sign({})}`, 'x-api-key': 'rc_wrong' }
  const both = await service.inject({ method: 'GET', url: '/v1/connection', headers: withBoth })
  t.match(both.json(), { code: 'CALLER_UNAUTHENTICATED' }, 'a wrong key is not made good by a token')
  const withEmptyKey = { ...withBoth, 'x-api-key': '' }
  const empty = await service.inject({ method: 'GET', url: '/v1/connection', headers: withEmptyKey })
  t.match(empty.json(), { ok: true }, 'an empty key, as the connector sends it, is none')
  t.match((await service.inject({ method: 'GET', url: '/v1/connection', headers: withKey })).json(), { ok: true }, 'keys work beside')
  t.equal(downloads, 1, 'the keys are downloaded once')
})

t.test('while the keys of Entra ID cannot be read, the answer is 503 and not a refusal', async t => {
  const { privateKey } = await generateKeyPair('RS256')
  const token = await new SignJWT(good).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(privateKey)
  const answers: [string, LocalAnswer][] = [
    ['an error', { status: 500 }],
    ['a cut line', reset],
    ['no JSON', { body: '<html>' }],
    ['no keys', { body: { error: 'x' } }]
  ]
  for (const [what, answer] of answers) {
    const { url } = await localServer(t, answer)
    const service = await app(t, {
      callerTokens: { issuers: [issuer], audience: ['api-audience'], tenantId, role: 'r', jwksUrl: `${url}/keys` }
    })
    const response = await service.inject({ method: 'GET', url: '/v1/connection', headers: { authorization: `Bearer ${token}` } })
    t.match(response.json(), { status: 503, code: 'SIGN_IN_UNREACHABLE' }, what)
    t.ok(Number(response.headers['retry-after']) > 0)
  }
})

t.test('a store that cannot be read is not taken for a wrong key', async t => {
  const verify = async () => Promise.reject(new Failure('STORE_UNAVAILABLE', 'The store cannot be read.'))
  const service = await app(t, { apiKeys: { verify } as never })
  t.match((await service.inject({ method: 'GET', url: '/v1/connection', headers: withKey })).json(), {
    status: 503,
    code: 'STORE_UNAVAILABLE'
  })
})

t.test('a caller who asks too often is held back, others are not', async t => {
  const service = await app(t, {}, { rateLimitPerMinute: 3 })
  const ask = (headers: Record<string, string>) => service.inject({ method: 'GET', url: '/v1/connection', headers })
  for (let request = 0; request < 3; request++) t.equal((await ask(withKey)).statusCode, 200)
  const late = await ask(withKey)
  t.match(late.json(), { status: 429, code: 'TOO_MANY_REQUESTS' })
  t.ok(Number(late.headers['retry-after']) > 0)
  for (let request = 0; request < 3; request++) t.equal((await ask({})).statusCode, 401, 'strangers are counted by their address')
  t.equal((await ask({})).statusCode, 429)
  const others = await app(
    t,
    { apiKeys: { verify: async (id: string) => ({ id, name: id, createdAt: new Date() }) } as never },
    {
      rateLimitPerMinute: 1
    }
  )
  const statuses: number[] = []
  for (const key of ['a', 'a', 'b', 'b'])
    statuses.push((await others.inject({ method: 'GET', url: '/v1/connection', headers: { 'x-api-key': key } })).statusCode)
  t.same(statuses, [200, 429, 200, 429], 'each caller is counted by itself')
})

t.test('health and readiness need no key; ready is only who can reach the store', async t => {
  const service = await app(t)
  t.match((await service.inject('/healthz')).json(), { status: 'ok' })
  t.match((await service.inject('/readyz')).json(), { status: 'ready', checks: { store: true } })
  const lame = await app(t, { readiness: { store: async () => Promise.reject(new Error('no')) } })
  const answer = await lame.inject('/readyz')
  t.equal(answer.statusCode, 503)
  t.match(answer.json(), { status: 'not ready', checks: { store: false } })
})

t.test('the OpenAPI document and the page need no key, and the page loads nothing from elsewhere', async t => {
  const service = await app(t)
  const document = (await service.inject('/openapi.json')).json()
  t.match(document, { openapi: '3.1.0', info: { version: '1.2.3' } })
  for (const item of Object.values<
    Record<string, { summary: string; description: string; responses: Record<string, { content: object }> }>
  >(document.paths))
    for (const { summary, description, responses } of Object.values(item)) {
      t.match(summary, /^[A-Z][A-Za-z0-9 ()]{1,78}[A-Za-z0-9)]$/)
      t.match(description, /\.$/)
      t.match(responses['401'], { content: { 'application/problem+json': {} } })
    }
  const page = await service.inject('/docs/')
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-security-policy'], /default-src 'none'/)
  for (const [, src] of page.body.matchAll(/<script[^>]*src="([^"]+)"/g)) {
    t.notMatch(src, /^https?:/)
    t.equal((await service.inject(new URL(src ?? '', 'http://x/docs/').pathname)).statusCode, 200, src ?? '')
  }
  t.notMatch(page.body, /<script>/, 'no inline script, which the policy would stop')
})

t.test('CreateReferral sent again has no second effect', async t => {
  let created = 0
  const slow: { release?: () => void } = {}
  const service = await app(t, {
    referrals: {
      get: async (id: string) => ({ id, name: 'read again' }),
      create: async () => {
        created++
        if (slow.release !== undefined) await new Promise<void>(resolve => (slow.release = resolve))
        return { referralId: `r-${created}`, referral: { id: `r-${created}` } }
      }
    } as never
  })
  const draft = { name: 'Ours', type: 'Independent', qualification: 'Direct', customerProfile: { name: 'Northwind' } }
  const post = (payload: object, headers: Record<string, string> = {}) =>
    service.inject({ method: 'POST', url: '/v1/referrals', payload, headers: { ...withKey, ...headers } })
  t.match((await post(draft)).json(), { id: 'r-1' })
  t.match((await post(draft)).json(), { id: 'r-1', name: 'read again' }, 'the same body again')
  t.match((await post({ ...draft, name: 'Other' })).json(), { id: 'r-2' }, 'another body')
  t.match((await post(draft, { 'idempotency-key': 'a' })).json(), { id: 'r-3' }, 'a key of its own')
  t.match((await post(draft, { 'idempotency-key': 'a' })).json(), { id: 'r-3' })
  t.match((await post({ ...draft, name: 'Other' }, { 'idempotency-key': 'a' })).json(), { status: 422, code: 'IDEMPOTENCY_KEY_REUSED' })
  t.match((await post(draft, { 'idempotency-key': 'x'.repeat(201) })).json(), { status: 400, code: 'REQUEST_INVALID' })
  t.equal(created, 3)

  slow.release = () => undefined
  const first = post(draft, { 'idempotency-key': 'b' })
  while (created < 4) await new Promise(resolve => setImmediate(resolve))
  const second = await post(draft, { 'idempotency-key': 'b' })
  t.match(second.json(), { status: 409, code: 'REQUEST_IN_PROGRESS' })
  slow.release()
  t.match((await first).json(), { id: 'r-4' })
})

t.test('a create that succeeded is answered so, though it cannot be remembered', async t => {
  const down = async () => Promise.reject(new Failure('STORE_UNAVAILABLE', 'The disk is full.'))
  const abandoned: string[] = []
  const service = await app(t, {
    referrals: { create: async () => ({ referralId: 'r-1', referral: { id: 'r-1' } }) } as never,
    replays: { begin: async () => 'new', finish: down, abandon: async key => void abandoned.push(key) }
  })
  const payload = { name: 'Ours', type: 'Independent', qualification: 'Direct', customerProfile: { name: 'N' } }
  const response = await service.inject({ method: 'POST', url: '/v1/referrals', payload, headers: withKey })
  t.match(response.json(), { id: 'r-1' })
  t.same(abandoned, [], 'and is not given free to be done again')
  t.match(service.lines.join(''), 'STORE_UNAVAILABLE')

  const failing = await app(t, {
    referrals: { create: async () => Promise.reject(new Failure('PARTNER_CENTER_BUSY', 'A pause.')) } as never,
    replays: { begin: async () => 'new', finish: down, abandon: down }
  })
  const failed = await failing.inject({ method: 'POST', url: '/v1/referrals', payload, headers: withKey })
  t.match(failed.json(), { code: 'PARTNER_CENTER_BUSY' }, 'the first failure is the one that is told')
})

t.test('a create that failed may be tried again', async t => {
  const wishes: (string | undefined)[] = []
  const service = await app(t, {
    referrals: {
      create: async (_draft: unknown, { requestId }: Call) => {
        wishes.push(requestId)
        if (wishes.length === 1) throw new Error('down')
        return { referralId: 'r-1', referral: { id: 'r-1' } }
      }
    } as never
  })
  const post = () =>
    service.inject({
      method: 'POST',
      url: '/v1/referrals',
      payload: { name: 'Ours', type: 'Independent', qualification: 'Direct', customerProfile: { name: 'N' } },
      headers: withKey
    })
  t.equal((await post()).statusCode, 500)
  t.match((await post()).json(), { id: 'r-1' })
  t.match(wishes[0], /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  t.same(wishes, [wishes[0], wishes[0]], 'and Partner Center can tell that it is the same wish')
})

t.test('a create whose referral could not be read afterwards is not done again', async t => {
  let created = 0
  let isDown = true
  const service = await app(t, {
    referrals: {
      create: async () => {
        created++
        return { referralId: 'r-1' }
      },
      get: async (id: string) => (isDown ? Promise.reject(new Failure('PARTNER_CENTER_BUSY', 'A pause.')) : { id })
    } as never
  })
  const payload = { name: 'Ours', type: 'Independent', qualification: 'Direct', customerProfile: { name: 'N' } }
  const post = () => service.inject({ method: 'POST', url: '/v1/referrals', payload, headers: withKey })
  t.match((await post()).json(), { code: 'PARTNER_CENTER_BUSY' })
  isDown = false
  t.match((await post()).json(), { id: 'r-1' })
  t.equal(created, 1)
})

t.test('what was answered and refused is counted by operation and code, for callers with a key', async t => {
  const service = await app(t)
  await service.inject({ method: 'GET', url: '/v1/connection', headers: withKey })
  await service.inject({ method: 'POST', url: '/v1/validate-callback', headers: withKey, payload: { content: 1 } })
  await service.inject({ method: 'GET', url: '/nowhere' })
  t.equal((await service.inject('/v1/metrics')).statusCode, 401)
  const { body, headers } = await service.inject({ method: 'GET', url: '/v1/metrics', headers: withKey })
  t.match(headers['content-type'], /^text\/plain/)
  t.match(body, 'referral_connector_answers_total{operation="TestConnection",status="200"} 1')
  t.match(body, 'referral_connector_answers_total{operation="ValidateCallback",status="400"} 1')
  t.match(body, 'referral_connector_failures_total{code="ROUTE_NOT_FOUND"} 1')
  t.match(body, 'referral_connector_failures_total{code="CALLER_UNAUTHENTICATED"} 1')
})
