import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fastify from 'fastify'
import t from 'tap'
import { allowedHosts } from '../src/allowed-hosts.ts'
import { readConfig, readEnvironment } from '../src/config.ts'
import { settings } from '../src/settings.ts'

const key = Buffer.alloc(32, 7).toString('base64')
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'

t.test('nothing set is a service that validates callbacks and nothing else, on this machine only', async t => {
  const config = readConfig({})
  t.match(config, {
    http: { host: '127.0.0.1', port: 3000 },
    callback: { hosts: ['3psostorageacct.blob.core.windows.net'], organization: 'Microsoft Corporation', intermediates: [], connectTo: {} }
  })
  t.equal(config.partnerCenter, undefined)
  t.equal(config.dataverse, undefined)
  t.equal(config.callback.roots, undefined, 'the shipped roots')
})

t.test('empty is as good as not set', async t => {
  t.same(readConfig(Object.fromEntries(Object.keys(settings).map(name => [name, '  ']))), readConfig({}))
})

t.test('values come typed', async t => {
  const config = readConfig({
    PORT: '8080',
    ENCRYPTION_KEY: key,
    DATAVERSE_URL: 'https://contoso.crm.dynamics.com',
    CALLBACK_SIGNER_NAMES: 'a.example, b.example ,',
    CALLBACK_ROOTS: `${pem}\n${pem}`,
    CONNECT_TO: 'Store.example=127.0.0.1:8443'
  })
  t.equal(config.http.port, 8080)
  t.equal(config.store.key?.length, 32)
  t.match(config.dataverse, { url: 'https://contoso.crm.dynamics.com/', scope: 'https://contoso.crm.dynamics.com/.default' })
  t.same(config.callback.signerNames, ['a.example', 'b.example'])
  t.equal(config.callback.roots?.length, 2)
  t.same(config.callback.connectTo, { 'store.example': '127.0.0.1:8443' })
})

t.test('a certificate may be given as a file', async t => {
  const file = join(t.testdir(), 'roots.pem')
  writeFileSync(file, pem)
  t.same(readConfig({ CALLBACK_ROOTS: file }).callback.roots, [pem])
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  t.throws(() => readConfig({ CALLBACK_ROOTS: file }), { code: 'CONFIG_INVALID', message: /CALLBACK_ROOTS holds no PEM certificate/ })
})

const wrong: Record<string, [value: string, says: RegExp]> = {
  PORT: ['80a', /whole number from 0 to 65535/],
  RATE_LIMIT_PER_MINUTE: ['0', /whole number/],
  LOG_LEVEL: ['loud', /one of fatal/],
  ENCRYPTION_KEY: ['c2hvcnQ=', /32 bytes as base64/],
  PUBLIC_URL: ['http://public.example', /https:\/\//],
  PARTNER_CENTER_URL: ['https://user:pw@api.partner.microsoft.com', /neither user/],
  ENTRA_ENDPOINT: ['ftp://x', /https/],
  DATAVERSE_URL: ['contoso', /not a URL/],
  CONNECT_TO: ['store', /host=address:port/],
  TLS_ROOTS: ['no-such-file.pem', /cannot be read/],
  TRUST_PROXY: ['foo', /addresses or networks/],
  SUBSCRIBER_HOSTS: ['https://foo', /host names without https/],
  API_TENANT_ID: ['t', /API_AUDIENCE is missing/],
  API_AUDIENCE: ['api://a', /API_TENANT_ID is missing/]
}
for (const [name, [value, says]] of Object.entries(wrong))
  t.test(`${name} = «${value}» is refused by its name, without its value`, async t => {
    const env =
      name === 'PARTNER_CENTER_URL' ? { [name]: value, PARTNER_CENTER_TENANT_ID: 't', PARTNER_CENTER_CLIENT_ID: 'c' } : { [name]: value }
    t.throws(() => readConfig(env), { code: 'CONFIG_INVALID', message: new RegExp(name) })
    t.throws(() => readConfig(env), { message: says })
    t.notOk(messageOf(() => readConfig(env)).includes(`«${value}»`), 'the value is not shown')
  })

t.test('half a Partner Center says which half is missing', async t => {
  t.throws(() => readConfig({ PARTNER_CENTER_TENANT_ID: 't' }), { message: /PARTNER_CENTER_CLIENT_ID is missing/ })
})

const lists: { name: 'TRUST_PROXY' | 'SUBSCRIBER_HOSTS'; good: string[]; bad: string[] }[] = [
  {
    name: 'TRUST_PROXY',
    good: ['10.0.0.5', '192.168.0.0/16', 'fd00::/8', '::1', '::ffff:10.0.0.1', 'loopback', 'linklocal', 'uniquelocal'],
    bad: [
      'proxy.example',
      '10.0.0.0/33',
      '10.0.0.0/0',
      '::/129',
      '10.0.0',
      'true',
      '*',
      '10.0.0.1/',
      '10.0.0.1/a',
      'fe80::1%eth0',
      '10.0.0.1:80'
    ]
  },
  {
    name: 'SUBSCRIBER_HOSTS',
    good: ['*.logic.azure.com', 'hooks.example', 'HOOKS.example:8443', '127.0.0.1:8080', '[::1]:8080', 'localhost', 'bücher.example'],
    bad: [
      'https://foo',
      'hooks.example/path',
      '*',
      '*.com',
      '127.0.0.1',
      '*.127.0.0.1:80',
      'a b',
      'user@hooks.example',
      'hooks.example:99999',
      '[::1]'
    ]
  }
]
for (const { name, good, bad } of lists)
  t.test(`each entry of ${name} is checked, and the framework takes what passes`, async t => {
    const config = readConfig({ [name]: good.join(', ') })
    for (const item of bad) t.throws(() => readConfig({ [name]: `${good[0]},${item}` }), { code: 'CONFIG_INVALID' }, item)
    if (name === 'TRUST_PROXY') {
      const app = fastify({ trustProxy: config.http.trustProxy })
      await app.close()
    } else t.doesNotThrow(() => allowedHosts(config.subscribers.hosts))
  })

t.test('callers may come from several tenants and for several audiences', async t => {
  const [one, two] = ['11111111-2222-4333-8444-555555555555', 'AAAAAAAA-2222-4333-8444-555555555555']
  const { callers } = readConfig({ API_TENANT_ID: ` ${one}, ${two} `, API_AUDIENCE: 'api://a,b' })
  t.same(callers, { tenantIds: [one, two.toLowerCase()], audiences: ['api://a', 'b'] })
  t.same(readConfig({ API_ROLE: 'Own.Role' }).callers, { tenantIds: [], audiences: [], role: 'Own.Role' })
  for (const id of ['common', 'organizations', 'contoso.onmicrosoft.com', `${one}/x`, `{${one}}`, '*'])
    t.throws(() => readConfig({ API_TENANT_ID: `${one},${id}`, API_AUDIENCE: 'a' }), {
      code: 'CONFIG_INVALID',
      message: /API_TENANT_ID must be the ids/
    })
})

t.test('a referral column needs a publisher prefix', async t => {
  t.throws(() => readConfig({ DATAVERSE_URL: 'https://c.crm.dynamics.com', DATAVERSE_REFERRAL_COLUMN: 'ReferralId' }), {
    code: 'CONFIG_INVALID'
  })
})

t.test('the file .env completes the environment, which wins', async t => {
  const file = join(t.testdir({ '.env': 'PATH=from-file\nREFERRAL_TEST_ONLY="from file"\n' }), '.env')
  const env = readEnvironment(file)
  t.equal(env.REFERRAL_TEST_ONLY, 'from file')
  t.not(env.PATH, 'from-file')
  t.notOk(readEnvironment(join(t.testdir(), 'none')).REFERRAL_TEST_ONLY)
  t.throws(() => readEnvironment(t.testdir({ '.env': {} })), { code: 'CONFIG_INVALID', message: /cannot be read \(EISDIR\)/ })
})

function messageOf(act: () => unknown): string {
  try {
    act()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}
