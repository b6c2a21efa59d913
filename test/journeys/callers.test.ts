import t, { type Test } from 'tap'
import { openService } from '../../src/compose.ts'
import { type Environment, readConfig } from '../../src/config.ts'
import { run } from '../fixtures/terminal.ts'
import { issuersOf, otherTenantId, tenantId, tokenAuthority } from '../fixtures/token-authority.ts'

const clientId = '22222222-3333-4444-8555-666666666666'

/** A service as its settings make it, with a store on disk that the command line works on beside it. */
async function serviceOf(t: Test, settings: Environment = {}, { now = () => new Date() }: { now?: () => Date } = {}) {
  const folder = settings.DATA_DIR ?? t.testdir()
  const env = { ...settings, DATA_DIR: folder, ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') }
  const service = await openService(readConfig(env), { now })
  t.teardown(service.close)
  const ask = async (headers: Record<string, string>, [method, url]: readonly ['GET' | 'DELETE' | 'PUT', string] = look) => {
    const { statusCode, payload } = await service.app.inject({ method, url, headers })
    return statusCode < 300 ? 'done' : (JSON.parse(payload).code as string)
  }
  return { ask, key: async (...words: string[]) => (await run(['key', ...words], env)).out.trim() }
}

const look = ['GET', '/v1/connection'] as const
const write = ['DELETE', '/v1/subscriptions/1'] as const
const register = ['PUT', '/v1/webhook-registration'] as const

t.test('keys from the command line do what they were made for, and end when they are rotated away or revoked', async t => {
  const { ask, key } = await serviceOf(t)
  const reader = { 'x-api-key': await key('create', 'reader', '--scope', 'read') }
  const flow = { 'x-api-key': await key('create', 'flow') }
  const operator = { 'x-api-key': await key('create', 'operator', '--scope', 'admin') }
  t.same([await ask(reader), await ask(reader, write)], ['done', 'CALLER_FORBIDDEN'])
  t.same([await ask(flow), await ask(flow, write), await ask(flow, register)], ['done', 'done', 'CALLER_FORBIDDEN'])
  t.equal(await ask(operator, register), 'CONFIG_INVALID', 'let in, and told that PUBLIC_URL is missing')

  const successor = { 'x-api-key': await key('rotate', 'flow', '--grace', '1h') }
  t.same([await ask(flow, write), await ask(successor, write)], ['done', 'done'])
  const last = { 'x-api-key': await key('rotate', 'flow', '--grace', '0') }
  t.same([await ask(flow), await ask(successor), await ask(last, write)], ['CALLER_UNAUTHENTICATED', 'CALLER_UNAUTHENTICATED', 'done'])
  await key('revoke', 'flow')
  t.equal(await ask(last), 'CALLER_UNAUTHENTICATED', 'at once, though another process has revoked it')
})

t.test('an old secret is good until the minute its grace ends', async t => {
  const clock = { at: Date.now() }
  const { ask, key } = await serviceOf(t, {}, { now: () => new Date(clock.at) })
  const old = { 'x-api-key': await key('create', 'flow') }
  await key('rotate', 'flow', '--grace', '2h')
  t.equal(await ask(old), 'done')
  clock.at += 119 * 60_000
  t.equal(await ask(old), 'done')
  clock.at += 2 * 60_000
  t.equal(await ask(old), 'CALLER_UNAUTHENTICATED')
})

t.test('tokens of the tenants in the settings are let in, for the audiences there', async t => {
  const { sign, keys, server, ports } = await tokenAuthority(t)
  server.now(({ url }, response) => {
    const [, tenant = '', ...rest] = url.split('/')
    const set = { keys: (rest.join('/') === 'discovery/v2.0/keys' ? keys[tenant] : undefined)?.map(({ publicJwk }) => publicJwk) }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(set))
  })
  const settings = {
    ENTRA_ENDPOINT: server.url,
    API_TENANT_ID: `${tenantId},${otherTenantId}`,
    API_AUDIENCE: `${clientId},https://referrals.contoso.example`
  }
  const { ask } = await serviceOf(t, settings, ports)
  const [key] = keys[otherTenantId] ?? []
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  for (const aud of [clientId, `api://${clientId}`, 'https://referrals.contoso.example'])
    for (const iss of issuersOf(tenantId)) t.equal(await ask(bearer(await sign({ aud, iss })), write), 'done')
  const other = { aud: clientId, tid: otherTenantId, iss: issuersOf(otherTenantId)[0] }
  t.equal(await ask(bearer(await sign(other, key && { key }))), 'done')
  t.equal(await ask(bearer(await sign({ aud: tenantId }))), 'CALLER_UNAUTHENTICATED')

  const admin = { aud: clientId, roles: ['Referrals.Admin'] }
  t.equal(await ask(bearer(await sign({ aud: clientId })), register), 'CALLER_FORBIDDEN')
  t.equal(await ask(bearer(await sign(admin)), register), 'CONFIG_INVALID')

  const own = await serviceOf(t, { ...settings, DATA_DIR: ':memory:', API_ROLE: 'Referrals.ReadWrite' }, ports)
  t.equal(
    await own.ask(bearer(await sign({ aud: clientId })), register),
    'CONFIG_INVALID',
    'the role that was set allows what it always did'
  )
})
