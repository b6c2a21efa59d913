import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { authorized } from '../../src/power-apps/authorized.ts'
import { openSender } from '../../src/power-apps/open-sender.ts'
import { tokenFile } from '../../src/power-apps/token-file.ts'
import { isGoodFor, tokens } from '../../src/power-apps/tokens.ts'
import { localServer } from '../fixtures/local-server.ts'

const seconds = 1_772_352_000
const now = () => new Date(seconds * 1000)
const jwt = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`

/** A file as paconn 0.0.21 leaves it behind. */
const paconns = {
  token_type: 'Bearer',
  expires_in: 4000,
  expires_on: seconds + 4000.25,
  resource: 'https://service.powerapps.com/',
  access_token: 'old',
  refresh_token: 'keep-secret',
  is_mrrt: true,
  user_id: 'maker@contoso.com',
  tenant_id: '0a1b2c3d-0000-0000-0000-000000000000',
  oid: '11111111-0000-0000-0000-000000000000',
  _client_id: '04b07795-8ddb-461a-bbee-02f9e1bf7b46'
}

type Scope = Pick<typeof t, 'teardown' | 'testdir'>

function home(t: Scope, stored?: unknown) {
  const folder = t.testdir()
  const path = join(folder, '.paconn/accessTokens.json')
  if (stored !== undefined) {
    mkdirSync(join(folder, '.paconn'))
    writeFileSync(path, typeof stored === 'string' ? stored : JSON.stringify(stored))
    chmodSync(path, 0o644)
  }
  const { send, close } = openSender({ note: () => undefined, now, wait: async () => undefined })
  t.teardown(close)
  const file = tokenFile(folder)
  return { file, path, send, tokens: tokens({ file, send, now }) }
}

t.test('a token that paconn stored is used as it is', async t => {
  const { tokens } = home(t, paconns)
  t.same(await tokens.current(), { authorization: 'Bearer old', oid: paconns.oid })
})

t.test('one that ends within ten minutes is renewed where it came from, and kept as paconn keeps it', async t => {
  const { url, received } = await localServer(t, {
    body: { token_type: 'Bearer', access_token: 'new', refresh_token: 'newer', expires_in: '3599', id_token: jwt({ oid: paconns.oid }) }
  })
  const { tokens, path, file } = home(t, { ...paconns, expires_on: seconds + 599, _authority: `${url}/common` })
  t.same(await tokens.current(), { authorization: 'Bearer new', oid: paconns.oid })
  t.equal(received[0]?.url, '/common/oauth2/token')
  t.same(Object.fromEntries(new URLSearchParams(received[0]?.body)), {
    grant_type: 'refresh_token',
    client_id: paconns._client_id,
    resource: 'https://service.powerapps.com/',
    refresh_token: 'keep-secret'
  })
  t.match(file.read(), { ...paconns, access_token: 'new', refresh_token: 'newer', expires_in: 3599, expires_on: seconds + 3599 })
  t.equal(statSync(path).mode & 0o777, 0o600, 'whatever it was before')
  t.same(readdirSync(join(path, '..')), ['accessTokens.json'], 'nothing is left beside it')
  await tokens.current()
  t.equal(received.length, 1)
})

t.test('an answer without a refresh token leaves the old one', async t => {
  const { url } = await localServer(t, { body: { token_type: 'Bearer', access_token: 'new', expires_in: 3599 } })
  const { tokens, file } = home(t, { ...paconns, expires_on: 0, _authority: url })
  t.same(await tokens.current(), { authorization: 'Bearer new', oid: paconns.oid })
  t.match(file.read(), { refresh_token: 'keep-secret', oid: paconns.oid })
})

t.test('what cannot be used asks for a new sign-in', async t => {
  const cases: [string, unknown, RegExp][] = [
    ['no file', undefined, /Nobody has signed in/],
    ['an empty list, as paconn has it', [], /Nobody has signed in/],
    ["the cache of paconn's successor", { AccessToken: {}, RefreshToken: {} }, /Nobody has signed in/],
    ['no JSON', '{', /does not hold a sign-in/],
    ['an end and no refresh token', { ...paconns, expires_on: seconds, refresh_token: null }, /no longer good/],
    ['nobody', { ...paconns, oid: undefined }, /does not say who/],
    ['a path for a person', { ...paconns, oid: '../x' }, /does not say who/],
    ['two lines', { ...paconns, access_token: 'a\r\nx-other: b' }, /is not one/]
  ]
  for (const [what, stored, message] of cases)
    await t.test(what, async t => {
      await t.rejects(home(t, stored).tokens.current(), { code: 'POWER_APPS_NOT_SIGNED_IN', message })
    })
  await t.test('a foreign authority', async t => {
    const { tokens } = home(t, { ...paconns, expires_on: 0, _authority: 'http://login.example/common' })
    await t.rejects(tokens.current(), { code: 'POWER_APPS_ADDRESS_REFUSED' })
  })
})

t.test('a refused renewal is told without the token', async t => {
  const { url } = await localServer(t, {
    status: 400,
    body: { error: 'invalid_grant', error_description: 'AADSTS70000: keep-secret is bad.' }
  })
  const { tokens, path } = home(t, { ...paconns, expires_on: 0, _authority: url })
  await t.rejects(tokens.current(), {
    code: 'POWER_APPS_NOT_SIGNED_IN',
    message: 'Renewing the sign-in failed (invalid_grant): AADSTS70000: *** is bad.'
  })
  t.match(readFileSync(path, 'utf8'), /keep-secret/, 'and the stored one stays')
})

t.test('a token goes only where a request says so', async t => {
  const { url, received } = await localServer(t, { body: {} })
  const { tokens, send } = home(t, paconns)
  const request = { purpose: 'Trying', method: 'GET', url, isRepeatable: true, pretend: '' } as const
  await authorized(send, tokens)({ ...request, isAuthorized: true })
  await authorized(send, tokens)(request)
  t.same(
    received.map(({ headers }) => headers.authorization),
    ['Bearer old', undefined]
  )
})

t.test('a sign-in elsewhere is none here', async t => {
  const here = {
    authority: 'https://login.microsoftonline.com/common',
    clientId: 'x',
    resource: 'https://service.powerapps.com/',
    isV2: false
  }
  t.ok(isGoodFor(paconns, here, now()), 'what does not say where it comes from is taken')
  t.ok(isGoodFor({ ...paconns, _authority: `${here.authority}/` }, here, now()))
  t.notOk(isGoodFor({ ...paconns, _authority: 'http://127.0.0.1:1/common' }, here, now()))
  t.notOk(isGoodFor({ ...paconns, resource: 'https://management.azure.com/' }, here, now()))
  t.notOk(isGoodFor({ ...paconns, expires_on: seconds + 599 }, here, now()))
  t.notOk(isGoodFor({}, here, now()))
})
