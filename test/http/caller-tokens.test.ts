import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { SignJWT } from 'jose'
import t from 'tap'
import { app, withKey } from '../fixtures/app.ts'
import { localServer, type Scope } from '../fixtures/local-server.ts'
import { audience, issuersOf, otherTenantId, signingKey, tenantId, tokenAuthority } from '../fixtures/token-authority.ts'

type Authority = Awaited<ReturnType<typeof tokenAuthority>>

/** The service, which is asked with a token, and the authority that makes them. */
async function stage(t: Scope) {
  const authority = await tokenAuthority(t)
  const service = await app(t, authority.ports)
  const ask = async (token: string, headers: Record<string, string> = {}) =>
    (await service.inject({ method: 'GET', url: '/v1/connection', headers: { authorization: `Bearer ${token}`, ...headers } })).json()
  return { authority, service, ask }
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const newIssuer = issuersOf(tenantId)[0]
const otherIssuer = issuersOf(otherTenantId)[0]

t.test('a token of each tenant and of both versions is let in', async t => {
  const { authority, ask } = await stage(t)
  const { sign, keys } = authority
  t.match(await ask(await sign()), { ok: true, caller: 'caller-1' })
  const [key] = keys[otherTenantId] ?? []
  if (!key) throw new Error('The other tenant has a key.')
  for (const [version, audienceOfVersion] of [
    [0, audience],
    [1, `api://${audience}`]
  ] as const) {
    t.match(await ask(await sign({ iss: issuersOf(tenantId)[version], aud: audienceOfVersion })), { ok: true })
    const other = { iss: issuersOf(otherTenantId)[version], tid: otherTenantId, aud: audienceOfVersion, oid: 'caller-2' }
    t.match(await ask(await sign(other, { key })), { ok: true, caller: 'caller-2' })
  }
  t.equal(authority.server.received.length, 2, 'the keys of each tenant are read once')
})

t.test('clocks may differ by a minute', async t => {
  const { authority, ask } = await stage(t)
  const { sign, now } = authority
  t.match(await ask(await sign({ exp: now() - 59 })), { ok: true })
  t.match(await ask(await sign({ nbf: now() + 60 })), { ok: true })
  t.match(await ask(await sign({ exp: now() - 60 })), { code: 'CALLER_TOKEN_EXPIRED' })
  t.match(await ask(await sign({ nbf: now() + 61 })), { code: 'CALLER_UNAUTHENTICATED' })
})

const wrongClaims: [what: string, claims: (authority: Authority) => object][] = [
  ['another audience', () => ({ aud: '00000003-0000-0000-c000-000000000000' })],
  ['an audience that begins like ours', () => ({ aud: `${audience}-2` })],
  ['no audience', () => ({ aud: undefined })],
  ['our audience among others', () => ({ aud: [audience, 'graph'] })],
  ['our audience as a list', () => ({ aud: [audience] })],
  ['a foreign issuer', () => ({ iss: 'https://evil.example' })],
  ['the issuer of the other tenant', () => ({ iss: otherIssuer })],
  ['the other tenant beside our issuer', () => ({ tid: otherTenantId })],
  ['the other tenant and its issuer, by the key of the first', () => ({ tid: otherTenantId, iss: otherIssuer })],
  ['an issuer that begins like ours', () => ({ iss: `${newIssuer}/x` })],
  ['an issuer in capitals', () => ({ iss: newIssuer.toUpperCase() })],
  ['the issuer of everybody', () => ({ iss: newIssuer.replace(tenantId, 'common') })],
  ['no issuer', () => ({ iss: undefined })],
  ['a list of issuers', () => ({ iss: [newIssuer] })],
  ['a tenant that is not let in', () => ({ tid: '77777777-2222-4333-8444-555555555555' })],
  ['no tenant', () => ({ tid: undefined })],
  ['a tenant that is no text', () => ({ tid: [tenantId] })],
  ['a tenant named like a property of every object', () => ({ tid: '__proto__' })],
  ['no end', () => ({ exp: undefined })],
  ['an end that is text', ({ now }) => ({ exp: String(now() + 600) })],
  ['a beginning that is still to come', ({ now }) => ({ nbf: now() + 600 })],
  ['a beginning that is text', ({ now }) => ({ nbf: String(now()) })],
  ['the nonce of an ID token', () => ({ nonce: 'n-1' })],
  ['nobody whose it is', () => ({ oid: undefined })],
  ['an owner that is no text', () => ({ oid: { id: 'caller-1' } })]
]

t.test('a token with one wrong claim is refused, signed well as it is', async t => {
  const { authority, ask } = await stage(t)
  for (const [what, claims] of wrongClaims)
    t.match(await ask(await authority.sign(claims(authority))), { status: 401, code: 'CALLER_UNAUTHENTICATED' }, what)
  t.match(await ask(await authority.sign({ exp: authority.now() - 600 })), { status: 401, code: 'CALLER_TOKEN_EXPIRED' }, 'past its end')
  const both = { exp: authority.now() - 600, aud: 'graph' }
  t.match(await ask(await authority.sign(both)), { code: 'CALLER_UNAUTHENTICATED' }, 'what was never meant for us does not expire')
})

/** What is sent instead of a good token; `asked` is an address of the attacker, where nobody may ask. */
const forged: [what: string, forge: (authority: Authority, asked: string) => Promise<string> | string][] = [
  ['no signature at all', ({ claims }) => `${encoded({ alg: 'none' })}.${encoded(claims())}.`],
  ['no signature, with the id of a key', ({ claims }) => `${encoded({ alg: 'None', kid: 'k1' })}.${encoded(claims())}.`],
  ['its signature cut off', async ({ sign }) => `${(await sign()).split('.').slice(0, 2).join('.')}.`],
  ['two parts', async ({ sign }) => (await sign()).split('.').slice(0, 2).join('.')],
  ['five parts', async ({ sign }) => `${await sign()}.x.y`],
  [
    'other claims under the same signature',
    async ({ sign, claims }) =>
      (await sign())
        .split('.')
        .with(1, encoded(claims({ oid: 'admin' })))
        .join('.')
  ],
  [
    'the public key for a symmetric secret',
    ({ claims, keys }) => hmac(claims(), JSON.stringify({ keys: keys[tenantId]?.map(({ publicJwk }) => publicJwk) }))
  ],
  [
    'the modulus for a symmetric secret',
    ({ claims, keys }) => hmac(claims(), Buffer.from(`${keys[tenantId]?.[0]?.publicJwk.n}`, 'base64url'))
  ],
  ["a stranger's key under a known id", async ({ sign }) => await sign({}, { key: await signingKey('k1') })],
  ["a stranger's key under an id of its own", async ({ sign }) => await sign({}, { key: await signingKey('mine') })],
  ['the key of the other tenant', async ({ sign, keys }) => await sign({}, { key: keys[otherTenantId]?.[0] as never })],
  [
    'another algorithm with the right key',
    async ({ sign }) =>
      (await sign())
        .split('.')
        .with(0, encoded({ alg: 'RS384', kid: 'k1' }))
        .join('.')
  ],
  ['an elliptic key', async ({ sign }) => await sign({}, { key: await signingKey('k1', { alg: 'ES256' }) })],
  ['a PSS signature', async ({ sign }) => await sign({}, { key: await signingKey('k1', { alg: 'PS256' }) })],
  ['no id of a key', async ({ sign }) => await sign({}, { header: { kid: undefined } })],
  ['an id of a key that is no text', async ({ claims }) => `${encoded({ alg: 'RS256', kid: 1 })}.${encoded(claims())}.AAAA`],
  [
    'its own key in the header',
    async ({ sign }) => {
      const key = await signingKey('k1')
      return await sign({}, { key, header: { jwk: key.publicJwk } })
    }
  ],
  ['an address of its keys', async ({ sign }, asked) => await sign({}, { key: await signingKey('k1'), header: { jku: asked } })],
  ['an address of its certificate', async ({ sign }, asked) => await sign({}, { key: await signingKey('k1'), header: { x5u: asked } })],
  ['an id of its key that is an address', async ({ sign }, asked) => await sign({}, { key: await signingKey(asked) })],
  ['a critical extension', async ({ claims }) => `${encoded({ alg: 'RS256', kid: 'k1', crit: ['x'], x: 1 })}.${encoded(claims())}.AAAA`],
  [
    'claims that are no object',
    async ({ sign }) =>
      (await sign())
        .split('.')
        .with(1, encoded([1]))
        .join('.')
  ],
  ['claims that are no JSON', async ({ sign }) => (await sign()).split('.').with(1, 'AAAA').join('.')],
  ['more than 8000 characters', async ({ sign }) => await sign({ groups: 'x'.repeat(8000) })],
  ['only dots', () => '..']
]

function hmac(claims: Record<string, unknown>, secret: string | Buffer): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(Buffer.from(secret))
}

t.test('a forged token is refused, and nobody is asked where it says', async t => {
  const { authority, ask } = await stage(t)
  const attacker = await localServer(t, { body: {} })
  for (const [what, forge] of forged)
    t.match(await ask(await forge(authority, `${attacker.url}/keys`)), { status: 401, code: 'CALLER_UNAUTHENTICATED' }, what)
  t.equal(attacker.received.length, 0)
  t.ok(authority.server.received.length <= 2)
  t.match(
    await ask(await authority.sign({}, { header: { jku: attacker.url, x5u: attacker.url } })),
    { ok: true },
    'a good token may say them'
  )
  t.equal(attacker.received.length, 0)
})

t.test('a token says by its roles and scopes what its caller may do', async t => {
  const { authority, service } = await stage(t)
  const may = async (claims: object): Promise<string> => {
    const token = await authority.sign({ oid: JSON.stringify(claims), roles: undefined, ...claims })
    const headers = { authorization: `Bearer ${token}` }
    const status = async (method: 'GET' | 'DELETE' | 'PUT', url: string) => (await service.inject({ method, url, headers })).statusCode
    if ((await status('PUT', '/v1/webhook-registration')) === 200) return 'admin'
    if ((await status('DELETE', '/v1/subscriptions/1')) === 204) return 'write'
    return (await status('GET', '/v1/connection')) === 200 ? 'read' : 'nothing'
  }
  const granted: [claims: object, scope: string][] = [
    [{ roles: ['Referrals.Read'] }, 'read'],
    [{ roles: ['Referrals.ReadWrite'] }, 'write'],
    [{ roles: ['Referrals.Admin'] }, 'admin'],
    [{ roles: ['Own.Role'] }, 'admin'],
    [{ roles: ['Other', 'Referrals.Admin', 'Referrals.Read'] }, 'admin'],
    [{ scp: 'Referrals.Read' }, 'read'],
    [{ scp: 'openid Referrals.ReadWrite profile' }, 'write'],
    [{ scp: 'Referrals.Admin' }, 'admin'],
    [{ scp: 'access_as_user', roles: ['Referrals.ReadWrite'] }, 'write'],
    [{ scp: 'Referrals.Read', roles: ['Referrals.Admin'] }, 'read'],
    [{ scp: 'Referrals.Admin', roles: ['Referrals.Read'] }, 'read'],
    [{ scp: 'Referrals.ReadWrite', roles: ['Other'] }, 'write'],
    [{}, 'nothing'],
    [{ roles: [], scp: '' }, 'nothing'],
    [{ roles: ['Other'], scp: 'Other' }, 'nothing'],
    [{ roles: 'Referrals.Admin' }, 'nothing'],
    [{ roles: { 0: 'Referrals.Admin' } }, 'nothing'],
    [{ roles: [['Referrals.Admin']] }, 'nothing'],
    [{ scp: ['Referrals.Admin'] }, 'nothing'],
    [{ roles: ['referrals.admin', 'Referrals.Admin '] }, 'nothing'],
    [{ roles: ['__proto__', 'constructor'], scp: 'toString' }, 'nothing'],
    [{ scope: 'Referrals.Admin', role: 'Referrals.Admin', groups: ['Referrals.Admin'] }, 'nothing']
  ]
  for (const [claims, scope] of granted) t.equal(await may(claims), scope, JSON.stringify(claims))
  const answer = await service.inject({
    url: '/v1/connection',
    headers: { authorization: `Bearer ${await authority.sign({ roles: ['Other'] })}` }
  })
  t.match(answer.json(), { status: 403, code: 'CALLER_FORBIDDEN', detail: /Referrals\.Read, Referrals\.ReadWrite, Referrals\.Admin/ })
})

t.test('a key and a token beside each other', async t => {
  const { authority, ask } = await stage(t)
  const token = await authority.sign()
  t.match(await ask(token, { 'x-api-key': 'rc_wrong' }), { code: 'CALLER_UNAUTHENTICATED' }, 'a wrong key is not made good by a token')
  t.match(await ask(token, { 'x-api-key': '' }), { ok: true, caller: 'caller-1' }, 'an empty key, as the connector sends it, is none')
  t.match(await ask('nonsense', withKey), { ok: true, caller: 'flow' }, 'a good key decides')
})

t.test('other forms of the header are no token', async t => {
  const { authority, service } = await stage(t)
  const token = await authority.sign()
  const ask = async (authorization: string) => (await service.inject({ url: '/v1/connection', headers: { authorization } })).statusCode
  t.equal(await ask(`bearer ${token}`), 200, 'the scheme has no case: RFC 9110, 11.1')
  for (const wrong of [
    token,
    `Bearer  ${token}`,
    `Bearer ${token} x`,
    `Bearer ${token},x`,
    `Bearer: ${token}`,
    `Basic ${token}`,
    'Bearer',
    'Bearer '
  ])
    t.equal(await ask(wrong), 401, wrong.replace(token, '…'))
})

t.test('a request with two Authorization headers is refused, whichever is good', async t => {
  const { authority, service } = await stage(t)
  const token = await authority.sign()
  await service.listen({ host: '127.0.0.1', port: 0 })
  const { port } = service.server.address() as AddressInfo
  const ask = async (...headers: string[]): Promise<string> => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(['GET /v1/connection HTTP/1.1', 'host: x', 'connection: close', ...headers, '', ''].join('\r\n'))
    return await text(socket)
  }
  t.match(await ask(`authorization: Bearer ${token}`), /^HTTP\/1\.1 200 /)
  for (const headers of [
    [`authorization: Bearer ${token}`, 'authorization: Bearer x'],
    ['authorization: Bearer x', `Authorization: Bearer ${token}`],
    [`authorization: Bearer ${token}`, `AUTHORIZATION: Bearer ${token}`],
    [`x-api-key: ${withKey['x-api-key']}`, 'x-api-key: x']
  ])
    t.match(await ask(...headers), /^HTTP\/1\.1 401 /)
})

t.test('without tenants only keys are accepted', async t => {
  const authority = await tokenAuthority(t)
  const service = await app(t)
  const headers = { authorization: `Bearer ${await authority.sign()}` }
  t.match((await service.inject({ url: '/v1/connection', headers })).json(), { status: 401, detail: /accepts API keys only/ })
})
