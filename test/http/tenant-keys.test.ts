import { gzipSync } from 'node:zlib'
import { exportJWK } from 'jose'
import t from 'tap'
import { tenantKeys } from '../../src/http/tenant-keys.ts'
import { app } from '../fixtures/app.ts'
import { type LocalAnswer, localServer, reset, type Scope, stall } from '../fixtures/local-server.ts'
import { type SigningKey, signingKey, tenantId, tokenAuthority } from '../fixtures/token-authority.ts'

const second = 1000
const hour = 3600 * second

/** The service, asked with tokens of one tenant; `looks` tells how often its keys were read. */
async function stage(t: Scope) {
  const { clock, keys, server, published, ports, sign } = await tokenAuthority(t)
  const service = await app(t, ports)
  const looks = (): number => server.received.length
  return {
    server,
    published,
    looks,
    keys: keys[tenantId] ?? [],
    pass(ms: number): void {
      clock.at += ms
    },
    async publish(kid: string): Promise<SigningKey> {
      const key = await signingKey(kid)
      keys[tenantId]?.push(key)
      return key
    },
    /** The status, or the code of the failure. */
    async ask(key?: SigningKey, oid = 'caller-1') {
      const authorization = `Bearer ${await sign({ oid }, key && { key })}`
      const response = await service.inject({ url: '/v1/connection', headers: { authorization } })
      return response.statusCode === 200 ? 200 : `${response.json().code} ${response.headers['retry-after'] ?? ''}`.trim()
    },
    /** Waits until the keys were read so often. */
    async looked(times: number): Promise<void> {
      while (looks() < times) await new Promise(resolve => setImmediate(resolve))
    }
  }
}

t.test('keys are read when they are first needed, once for all who wait', async t => {
  const { ask, looks } = await stage(t)
  t.equal(looks(), 0)
  t.same(await Promise.all(Array.from({ length: 20 }, () => ask())), Array(20).fill(200))
  t.equal(looks(), 1)
})

t.test('a key that nobody knows is looked for once in half a minute, however many tokens name one', async t => {
  const { ask, looks, pass, publish } = await stage(t)
  const stranger = await signingKey('stranger')
  t.equal(await ask(), 200)
  for (let round = 1; round <= 3; round++) {
    pass(30 * second)
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(stranger)))
    t.same(answers, Array(10).fill('CALLER_UNAUTHENTICATED'))
    t.equal(await ask(stranger), 'CALLER_UNAUTHENTICATED')
    t.equal(looks(), 1 + round)
  }
  const fresh = await publish('k3')
  pass(29 * second)
  t.equal(await ask(fresh), 'CALLER_UNAUTHENTICATED')
  pass(second)
  t.equal(await ask(fresh), 200, 'a new key is found')
  t.equal(looks(), 5)
})

const broken: [what: string, answer: LocalAnswer][] = [
  ['an error', { status: 500 }],
  ['a cut line', reset],
  ['a line that is cut in the body', (_request, response) => void response.write('{"keys":[', () => response.destroy())],
  ['no JSON', { body: '<html>' }],
  ['no keys', { body: { error: 'x' } }],
  ['no key at all', { body: { keys: [] } }],
  ['keys that are none', { body: { keys: [null, 'x', 7] } }],
  ['a key of another kind', { body: { keys: [{ kty: 'EC', kid: 'k1' }] } }],
  ['null', { body: 'null' }],
  ['no content', { status: 204 }],
  ['too much', { body: `{"keys":[],"x":"${'x'.repeat(300_000)}"}` }],
  ['too much, packed small', { headers: { 'content-encoding': 'gzip' }, body: gzipSync(`{"keys":[],"x":"${'x'.repeat(30_000_000)}"}`) }]
]

t.test('while no keys can be read, the answer is 503 with a pause, and not a refusal', async t => {
  for (const [what, answer] of broken) {
    const { ask, server, pass, looks, published } = await stage(t)
    server.now(answer)
    t.equal(await ask(), 'SIGN_IN_UNREACHABLE 5', what)
    pass(4 * second)
    t.equal(await ask(), 'SIGN_IN_UNREACHABLE 1', what)
    t.equal(looks(), 1, `${what}: it is not asked for at each request`)
    server.now(published)
    pass(second)
    t.equal(await ask(), 200, `${what}: over`)
  }
})

t.test('while no new keys can be read, the known ones go on to serve for a day and a half', async t => {
  const { ask, server, pass, looks, looked, published } = await stage(t)
  t.equal(await ask(), 200)
  for (const [, answer] of broken) {
    server.now(answer)
    pass(hour)
    t.equal(await ask(await signingKey('stranger')), 'SIGN_IN_UNREACHABLE 30', 'it might be a new key')
    t.equal(await ask(), 200)
  }
  t.equal(looks(), 1 + broken.length)
  pass(35 * hour - broken.length * hour)
  t.equal(await ask(), 200, 'nobody waits for the look')
  await looked(2 + broken.length)
  pass(hour)
  t.match(await ask(), /^SIGN_IN_UNREACHABLE/)
  server.now(published)
  pass(5 * second)
  t.equal(await ask(), 200)
})

t.test('keys are looked for anew after half a day, and a key that was taken back is good no more', async t => {
  const { ask, looks, looked, pass, server } = await stage(t)
  t.equal(await ask(), 200)
  pass(12 * hour - 1)
  t.equal(await ask(), 200)
  t.equal(looks(), 1)
  const { publicJwk } = await signingKey('k9')
  server.now({ body: { keys: [publicJwk] } })
  pass(1)
  t.equal(await ask(), 200)
  await looked(2)
  while ((await ask()) === 200) await new Promise(resolve => setImmediate(resolve))
  t.equal(await ask(), 'CALLER_UNAUTHENTICATED')
  t.equal(looks(), 2)
})

t.test('a redirect is not followed', async t => {
  const { ask, server } = await stage(t)
  const elsewhere = await localServer(t, { body: { keys: [(await signingKey('k1')).publicJwk] } })
  for (const status of [301, 302, 303, 307, 308]) {
    server.now({ status, headers: { location: `${elsewhere.url}/keys` } })
    t.match(await ask(), /^SIGN_IN_UNREACHABLE/)
  }
  t.equal(elsewhere.received.length, 0)
})

t.test('an authority that does not answer is given up', async t => {
  const { url } = await localServer(t, stall)
  const find = tenantKeys({ url, now: () => new Date(), timeoutMs: 20 })
  await t.rejects(async () => await find({ alg: 'RS256', kid: 'k1' }, {} as never), { code: 'SIGN_IN_UNREACHABLE' })
  const { url: dripping } = await localServer(t, (_request, response) => void response.write('{"keys":['))
  const slow = tenantKeys({ url: dripping, now: () => new Date(), timeoutMs: 20 })
  await t.rejects(async () => await slow({ alg: 'RS256', kid: 'k1' }, {} as never), { code: 'SIGN_IN_UNREACHABLE' })
})

t.test('one id for two keys is no way to tell which is meant', async t => {
  const { ask, server, keys } = await stage(t)
  const [own] = keys
  server.now({ body: { keys: [own?.publicJwk, (await signingKey('k1')).publicJwk] } })
  t.equal(await ask(), 'CALLER_UNAUTHENTICATED')
})

t.test('a key that is too short, or private, is not used', async t => {
  const { publicJwk, privateKey } = await signingKey('k1')
  const short = { ...publicJwk, n: Buffer.alloc(128, 255).toString('base64url') }
  const told = { ...(await exportJWK(privateKey)), kid: 'k1' }
  for (const key of [short, told]) {
    const { ask, server } = await stage(t)
    server.now({ body: { keys: [key] } })
    t.match(await ask(), /^SIGN_IN_UNREACHABLE/)
  }
})
