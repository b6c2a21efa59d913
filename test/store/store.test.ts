import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { seal } from '../../src/store/seal.ts'
import type { Scope } from '../fixtures/local-server.ts'

const key = Buffer.alloc(32, 1)
const clock = { now: new Date('2026-01-01T00:00:00Z') }
const now = (): Date => clock.now
const minute = 60_000
const hour = 60 * minute

async function open(t: Scope, folder = ':memory:'): Promise<Store> {
  const store = await openStore({ folder, key, now })
  t.teardown(() => store.close())
  return store
}

t.test('secrets are kept, replaced and not known by another name', async t => {
  const { secrets } = await open(t)
  t.equal(await secrets.get('token'), undefined)
  await secrets.put('token', 'first')
  await secrets.put('token', 'second ü')
  t.equal(await secrets.get('token'), 'second ü')
  t.equal(await secrets.get('Token'), undefined)
})

t.test('links are found by the id in any case, with what was written', async t => {
  const { links } = await open(t)
  const link = { referralId: 'ABC', leadId: 'lead-1', written: { subject: 'ü', estimatedAmount: 1.5, customColumns: null } }
  await links.put(link)
  t.same(await links.get('abc'), { ...link, referralId: 'abc' })
  await links.put({ ...link, leadId: 'lead-2' })
  t.match(await links.get('ABC'), { leadId: 'lead-2' })
  await links.delete('Abc')
  t.equal(await links.get('ABC'), undefined)
})

t.test('an API key is shown once, verified, listed without it, and revoked at once', async t => {
  const { apiKeys } = await open(t)
  const made = await apiKeys.create('flow')
  const other = await apiKeys.create('flow')
  t.match(made.key, /^rc_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/)
  t.not(made.key, other.key)
  t.match(await apiKeys.verify(made.key), { id: made.id, name: 'flow' })
  const last = made.key.endsWith('A') ? 'B' : 'A'
  for (const wrong of [
    '',
    'rc_',
    `${made.key.slice(0, -1)}${last}`,
    made.key.replace(made.id, other.id),
    `${made.key} `,
    made.key.toUpperCase()
  ])
    t.equal(await apiKeys.verify(wrong), undefined, `«${wrong.slice(0, 6)}…» is not the key`)
  t.equal(await apiKeys.revoke(made.id), true)
  t.equal(await apiKeys.verify(made.key), undefined)
  t.equal(await apiKeys.revoke(made.id), false)
  t.ok(await apiKeys.verify(other.key), 'the others stay')
  const list = await apiKeys.list()
  t.match(list, [{ id: made.id, revokedAt: clock.now }, { id: other.id }])
  t.notOk(JSON.stringify(list).includes(made.key))
})

t.test('a request is claimed once, and a repeated one gets the result of the first', async t => {
  const { replays } = await open(t)
  t.equal(await replays.begin('k', 'h', hour), 'new')
  t.equal(await replays.begin('k', 'h', hour), 'in-progress')
  t.equal(await replays.begin('k', 'other', hour), 'other-request')
  await replays.finish('k', 'result')
  t.same(await replays.begin('k', 'h', hour), { result: 'result' })
  await replays.abandon('k')
  t.same(await replays.begin('k', 'h', hour), { result: 'result' }, 'what is finished is not given back')
})

t.test('a claim is given back when its request failed, and when its process was killed', async t => {
  const { replays } = await open(t)
  await replays.begin('failed', 'h', hour)
  await replays.abandon('failed')
  t.equal(await replays.begin('failed', 'h', hour), 'new')
  await replays.begin('killed', 'h', hour)
  clock.now = new Date(clock.now.getTime() + 2 * minute + 1)
  t.equal(await replays.begin('killed', 'h', hour), 'new')
})

t.test('a result is forgotten when its time is over', async t => {
  const { replays } = await open(t)
  await replays.begin('k', 'h', 10 * minute)
  await replays.finish('k', 'result')
  clock.now = new Date(clock.now.getTime() + 10 * minute)
  t.same(await replays.begin('k', 'h', 10 * minute), { result: 'result' })
  clock.now = new Date(clock.now.getTime() + 1)
  t.equal(await replays.begin('k', 'h', 10 * minute), 'new')
})

t.test('twenty at once claim one request once', async t => {
  const { replays } = await open(t)
  const claims = await Promise.all(Array.from({ length: 20 }, () => replays.begin('k', 'h', hour)))
  t.equal(claims.filter(claim => claim === 'new').length, 1)
})

t.test('a folder keeps everything over a restart, for its owner only, and sealed', async t => {
  const folder = join(t.testdir(), 'data')
  const first = await openStore({ folder, key, now })
  await first.secrets.put('token', 'canary-secret')
  await first.links.put({ referralId: 'r', leadId: 'l', written: { email: 'canary@example.com' } })
  const { key: apiKey } = await first.apiKeys.create('flow')
  await first.close()
  t.equal(statSync(folder).mode & 0o777, 0o700)
  t.equal(statSync(join(folder, 'store.sqlite')).mode & 0o777, 0o600)
  for (const file of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, file)).toString('latin1')
    t.notOk(bytes.includes('canary') || bytes.includes(apiKey), `${file} gives nothing away`)
  }
  const second = await open(t, folder)
  t.equal(await second.secrets.get('token'), 'canary-secret')
  t.match(await second.links.get('r'), { written: { email: 'canary@example.com' } })
  t.ok(await second.apiKeys.verify(apiKey))
})

t.test('two processes may share the folder', async t => {
  const folder = join(t.testdir(), 'data')
  const [one, two] = await Promise.all([open(t, folder), open(t, folder)])
  const { key: made } = await one.apiKeys.create('flow')
  t.ok(await two.apiKeys.verify(made))
})

t.test('another key is told from a broken store', async t => {
  const folder = join(t.testdir(), 'data')
  await (await openStore({ folder, key, now })).close()
  await t.rejects(openStore({ folder, key: Buffer.alloc(32, 2), now }), { code: 'STORE_KEY_WRONG' })
  await t.rejects(openStore({ folder: join(folder, 'store.sqlite'), key, now }), { code: 'STORE_UNAVAILABLE' })
  const broken = t.testdir({ 'store.sqlite': 'this is no database, however long it goes on being one of sorts' })
  writeFileSync(join(broken, 'store.sqlite'), Buffer.alloc(8192, 'x'))
  await t.rejects(openStore({ folder: broken, key, now }), { code: 'STORE_UNAVAILABLE' })
})

t.test('a sealed value opens only under its own key, in its own place, unchanged', async t => {
  const sealing = seal(key)
  const sealed = sealing.close('text', 'place')
  t.equal(sealing.open(sealed, 'place'), 'text')
  t.not(sealing.close('text', 'place'), sealed, 'never the same twice')
  const flipped = `${sealed.slice(0, 10)}${sealed[10] === 'A' ? 'B' : 'A'}${sealed.slice(11)}`
  for (const wrong of [flipped, sealed.slice(0, -2), 'v1.', '', sealed.replace('v1', 'v2')])
    t.throws(() => sealing.open(wrong, 'place'), { code: 'STORE_KEY_WRONG' })
  t.throws(() => sealing.open(sealed, 'other place'), { code: 'STORE_KEY_WRONG' })
  t.throws(() => seal(Buffer.alloc(32, 9)).open(sealed, 'place'), { code: 'STORE_KEY_WRONG' })
})
