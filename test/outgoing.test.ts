import { readdirSync, readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { referralClient } from '../src/client/client.ts'
import { dataverseCrm } from '../src/dataverse/crm.ts'
import { appToken } from '../src/entra/app-token.ts'
import { networkClient } from '../src/entra/network-client.ts'
import { userToken } from '../src/entra/user-token.ts'
import { Failure } from '../src/failure.ts'
import { tenantKeys } from '../src/http/tenant-keys.ts'
import { partnerCenterReferrals } from '../src/partner-center/referrals.ts'
import { partnerCenterRegistrations } from '../src/partner-center/registrations.ts'
import { openSender } from '../src/power-apps/open-sender.ts'
import { webhookSubscribers } from '../src/subscribers/subscribers.ts'
import { localServer, stall } from './fixtures/local-server.ts'
import { memoryLog } from './fixtures/memory-log.ts'

/**
 * Every file that can send a request, and where the addresses come from that it sends to. What is configured is an operator's word; what comes
 * from outside is held against a list, or thrown away but for the part that names no host.
 */
const senders: Record<string, string> = {
  'partner-center/exchange.ts':
    'configured: PARTNER_CENTER_URL, PARTNER_CENTER_WEBHOOKS_URL; of links in answers only $skiptoken and a GUID',
  'partner-center/open-sender.ts': 'its connections',
  'partner-center/send.ts': 'its types',
  'entra/network-client.ts':
    "configured: ENTRA_AUTHORITY, ENTRA_ENDPOINT; of its metadata only Entra ID's own hosts; a managed identity's platform",
  'entra/app-token.ts': 'through network-client.ts',
  'entra/sign-in-client.ts': 'through network-client.ts',
  'entra/user-token.ts': 'its types',
  'entra/token-request.ts': 'its types',
  'entra/to-failure.ts': 'its errors',
  'dataverse/client.ts': 'configured: DATAVERSE_URL; of links in answers only those to the very same table',
  'dataverse/guard.ts': 'its types',
  'subscribers/subscribers.ts': 'from outside: SUBSCRIBER_HOSTS, and public addresses only',
  'callback/download.ts': 'from outside: CALLBACK_CERTIFICATE_HOSTS, CALLBACK_ISSUER_HOSTS, and public addresses only',
  'http/tenant-keys.ts': 'configured: ENTRA_AUTHORITY, ENTRA_ENDPOINT',
  'http/caller-tokens.ts': 'jose judges tokens here, and asks nobody',
  'store/postgres.ts': 'configured: DATABASE_URL',
  'power-apps/exchange.ts': 'configured by options; of answers only blob storage of Azure, and without a token',
  'power-apps/open-sender.ts': 'its connections',
  'power-apps/sender.ts': 'its types',
  'client/client.ts': 'its user says where the service is',
  'cli/demo/main-job.ts': 'the service that it has started itself',
  'cli/flow-run/deliver.ts': 'the service or the sandbox that it has started itself',
  'cli/free-port.ts': 'listens, and asks nobody',
  'public-address.ts': 'the rule for addresses',
  'config.ts': 'reads addresses',
  'allowed-hosts.ts': 'reads addresses',
  'subscribers/subscriber-url.ts': 'reads addresses',
  'http/address-key.ts': 'reads addresses',
  'http/callback-door.ts': 'its types',
  'http/limit-pipelining.ts': 'its types',
  'http/read-body.ts': 'its types',
  'http/request-id.ts': 'its types',
  'http/type-provider.ts': 'its types',
  'http/routes/validation.ts': 'its types',
  'http/plugins/problem-details.ts': 'names of statuses'
}

/** Whatever in Node or a dependency can open a connection. */
const network =
  /(from|import\() ?'(undici|jose|pg|dynamics-web-api|openapi-fetch|@azure\/msal-node|node:(http|https|http2|net|tls|dgram|dns)(\/promises)?)'|(?<![.\w])(fetch|WebSocket|EventSource)\(/

t.test('each file that can send a request is known, and so is where its addresses come from', async t => {
  const src = fileURLToPath(new URL('../src/', import.meta.url))
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map(file => file.split(sep).join('/'))
    .filter(file => file.endsWith('.ts') && !file.startsWith('sandbox/'))
  const found = files.filter(file => network.test(readFileSync(join(src, file), 'utf8')))
  t.same(
    found.filter(file => senders[file] === undefined),
    [],
    'none is new'
  )
  const gone = Object.keys(senders).filter(file => !found.includes(file))
  t.same(gone, [], 'and none is gone')
})

const id = '4111fffc-f9ee-4d53-bba6-569135228642'
const now = (): Date => new Date('2026-03-01T08:00:00Z')
const patience = 1500
const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`

/** One request of each part that asks somebody, with a credential where it has one; it rejects unless the answer is sound. */
const askers: Record<string, (url: string) => Promise<unknown>> = {
  'a referral': url => partnerCenterReferrals({ ...partner(url) }).get(id),
  'a list of referrals': url => partnerCenterReferrals({ ...partner(url) }).list({}),
  'a new referral': url => partnerCenterReferrals({ ...partner(url) }).create({} as never),
  'a registration': url => partnerCenterRegistrations({ ...partner(url) }).get(),
  'a lead': url => crm(url).upsertLead(id, { lead: { lastName: 'B' } }),
  'the columns of leads': url => crm(url).leadColumns(),
  'changes of leads': async url => {
    for await (const page of crm(url).changes(undefined)) if (page === undefined) return
  },
  'a token of a user': url => userToken({ ...entra(url), refreshToken: 'r', secrets: noSecrets, scope: 'https://a.example/.default' })(),
  'a token of the application': url => appToken({ ...entra(url), scope: 'https://a.example/.default' })(),
  'the keys of a tenant': url => tenantKeys({ url, now, timeoutMs: patience })({ alg: 'RS256', kid: 'a' }, {} as never) as Promise<unknown>,
  'a subscriber': url => {
    const options = { hosts: [new URL(url).host], now, log: memoryLog().log, timeouts: { total: patience } }
    return webhookSubscribers(options).send({ url, secret }, { id: '1', at: now(), body: '{}' })
  },
  'Power Apps': async url => {
    const { send, close } = openSender({ note: () => undefined, now, wait: async () => undefined })
    const headers = { authorization: 'Bearer token' }
    const answer = await send({ purpose: 'Asking', method: 'GET', url, headers, isRepeatable: false, pretend: '' }).finally(close)
    if (answer.status !== 200) throw new Failure('POWER_APPS_UNEXPECTED', `It answered ${answer.status}.`)
  },
  'the client': url => referralClient({ baseUrl: url, apiKey: 'key' }).GET('/v1/connection')
}

const partner = (baseUrl: string) => ({
  ...{ baseUrl, getToken: async () => 'token', log: memoryLog().log, now, wait: async () => undefined },
  timeouts: { total: patience }
})
const crm = (url: string) =>
  dataverseCrm({
    url: `${url}/`,
    getToken: async () => 'token',
    referralColumn: 'new_referralid',
    log: memoryLog().log,
    deadlineMs: patience
  })
const entra = (endpoint: string) => ({
  ...{ authority: 'https://login.microsoftonline.com', endpoint, tenantId: id, clientId: id, clientSecret: 'secret' },
  ...{ log: memoryLog().log, now, timeoutMs: patience }
})
const noSecrets = { get: async () => undefined, put: async () => undefined }

t.test('no redirect is followed, wherever it leads and whatever is asked for', async t => {
  const thief = await localServer(t, { body: { value: [], access_token: 'x' } })
  for (const [what, ask] of Object.entries(askers))
    for (const status of [301, 302, 303, 307, 308]) {
      const server = await localServer(t, (_request, response) =>
        response.writeHead(status, { location: `${thief.url}/stolen`, 'content-location': thief.url, refresh: `0; url=${thief.url}` }).end()
      )
      await t.rejects(ask(server.url), `${what}, ${status}`)
      t.ok(server.received.length >= 1 && server.received.length <= 3, `${what}, ${status}: asked`)
    }
  t.same(thief.received, [])
})

/** Writes on until nobody listens any more, and says how much that was. */
function endless(headers: Record<string, string>, chunk: Buffer) {
  let sent = 0
  const answer = (_request: unknown, response: ServerResponse): void => {
    response.writeHead(200, headers)
    const more = (): void => {
      while (!response.destroyed && sent < 1024 ** 3) {
        sent += chunk.length
        if (!response.write(chunk)) return void response.once('drain', more)
      }
      response.end()
    }
    more()
  }
  return { answer, sent: () => sent }
}

/** What is read of an answer at the most, with what the sockets hold. The client of the library reads what its own service answers. */
const most = 100 * 1024 * 1024
const limited = Object.entries(askers).filter(([what]) => what !== 'the client')

t.test('of an answer without end only so much is read', async t => {
  for (const [what, ask] of limited) {
    const { answer, sent } = endless({ 'content-type': 'application/json' }, Buffer.alloc(256 * 1024, ' '))
    const server = await localServer(t, answer)
    // A subscriber's answer is its status: the rest is nobody's concern.
    if (what === 'a subscriber') await ask(server.url)
    else await t.rejects(ask(server.url), what)
    t.ok(sent() < most, `${what}: ${sent()} bytes`)
  }
})

t.test('a small answer that unpacks to a large one does not fill the memory', async t => {
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024))
  for (const [what, ask] of limited) {
    const server = await localServer(t, (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb)
    )
    const before = process.memoryUsage.rss()
    await ask(server.url).catch(() => undefined)
    t.ok(process.memoryUsage.rss() - before < 150 * 1024 * 1024, `${what}: the memory has not grown by it`)
  }
})

/** Its deadline is two minutes: for a person in front of it, and for a platform that takes one. */
const slow = limited.filter(([what]) => what !== 'Power Apps')

t.test('who never answers, or never to the end, is not waited for', async t => {
  const half = { 'content-type': 'application/json', 'content-length': '1000' }
  const beginning = (_request: unknown, response: ServerResponse): void => void response.writeHead(200, half).write('{"value":[')
  await Promise.all(
    slow.flatMap(([what, ask]) =>
      [stall, beginning].map(async answer => {
        const server = await localServer(t, answer)
        const began = performance.now()
        if (what === 'a subscriber' && answer === beginning) await ask(server.url)
        else await t.rejects(ask(server.url), what)
        t.ok(performance.now() - began < 20_000, what)
      })
    )
  )
})

t.test('nobody makes us wait for longer than a day', async t => {
  for (const header of ['999999999', '99999999999999999999', 'Fri, 31 Dec 9999 23:59:59 GMT', '-1', 'Infinity', '1e9'])
    for (const status of [429, 503])
      for (const [what, ask] of slow) {
        const server = await localServer(t, { status, headers: { 'retry-after': header }, body: {} })
        const failure = await ask(server.url).then(
          () => undefined,
          (error: unknown) => error
        )
        t.ok(failure instanceof Failure, `${what}, ${status}`)
        t.ok(((failure as Failure).retryAfterMs ?? 0) <= 24 * 60 * 60 * 1000, `${what}, ${status}, ${header}`)
      }
})

t.test("credentials go to an authority and to Entra ID's own addresses, whatever its metadata name", async t => {
  const client = networkClient({ authority: 'https://login.contoso.example/', now, timeoutMs: patience })
  for (const url of [
    'https://evil.example/tenant/oauth2/v2.0/token',
    'http://login.contoso.example/tenant/oauth2/v2.0/token',
    'https://login.contoso.example:8443/token',
    'https://login.contoso.example.evil.example/token',
    'https://login.microsoftonline.com.evil.example/token',
    'http://login.microsoftonline.com/token',
    'https://login.microsoftonline.com:8443/token',
    'https://169.254.169.254/metadata'
  ]) {
    const refused = await client.sendPostRequestAsync(url, { body: 'client_secret=secret' }).catch((error: unknown) => error)
    t.match(refused, { failure: { code: 'SIGN_IN_REFUSED', message: /no address of Entra ID/ } }, url)
  }
})

t.test('a subscriber whose name has turned to a private address gets nothing more', async t => {
  const inside = await localServer(t, { status: 200 })
  const { port } = new URL(inside.url)
  const answers = [['127.0.0.1'], ['93.184.216.34', '127.0.0.1'], ['169.254.169.254'], ['::ffff:127.0.0.1'], ['fd00::1']]
  for (const addresses of answers) {
    const subscribers = webhookSubscribers({
      ...{ hosts: [`*.flows.example:${port}`], now, log: memoryLog().log, timeouts: { total: patience } },
      lookup: (_name, _options, done) =>
        done(
          null,
          addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
        )
    })
    const url = `https://a.flows.example:${port}/hook`
    subscribers.check(url)
    const failure = { code: 'SUBSCRIBER_UNREACHABLE', message: /leads to a private network/ }
    await t.rejects(subscribers.send({ url, secret }, { id: '1', at: now(), body: '{}' }), failure, addresses.join())
  }
  t.same(inside.received, [])
})
