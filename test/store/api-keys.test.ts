import { Migrator, sql } from 'kysely'
import t from 'tap'
import { openDatabase } from '../../src/store/database.ts'
import { alone } from '../../src/store/migrate.ts'
import { migrations } from '../../src/store/migrations.ts'
import { seal } from '../../src/store/seal.ts'
import { eachStore, type Open, storeKey } from '../fixtures/stores.ts'

const start = new Date('2026-05-01T10:00:00Z')
const minute = 60_000
const hour = 60 * minute
const later = (ms: number): Date => new Date(start.getTime() + ms)

/** The keys of a fresh store, with a clock that is moved by hand. */
async function clockedKeys(open: Open) {
  let at = start.getTime()
  const { apiKeys, place } = await open({ now: () => new Date(at) })
  const pass = (ms: number): void => {
    at += ms
  }
  return { apiKeys, place, pass }
}

eachStore(t, 'a key is known by its text, which is told once, and may write unless told', async (t, open) => {
  const { apiKeys } = await clockedKeys(open)
  const made = await apiKeys.create('flow')
  t.match(made.key, /^rc_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/)
  const record = { id: made.id, name: 'flow', scope: 'write', createdAt: start }
  t.same(made, { key: made.key, ...record })
  t.same(await apiKeys.list(), [record])
  t.same(await apiKeys.verify(made.key), record)
  for (const scope of ['read', 'write', 'admin'] as const)
    t.match(await apiKeys.verify((await apiKeys.create(scope, { scope })).key), { name: scope, scope })
})

eachStore(t, 'any other text is not known', async (t, open) => {
  const { apiKeys } = await clockedKeys(open)
  const { key: good } = await apiKeys.create('one')
  const { key: other } = await apiKeys.create('two')
  const lastChanged = `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`
  const mixed = `${good.slice(0, 15)}${other.slice(15)}`
  const unknown = `rc_${'0'.repeat(12)}_${good.slice(16)}`
  for (const wrong of [
    '',
    'rc_',
    good.slice(0, -1),
    `${good}x`,
    ` ${good}`,
    `${good}\n`,
    `${good}, ${good}`,
    lastChanged,
    mixed,
    unknown,
    good.toUpperCase(),
    `rc_${'0'.repeat(12)}_x`
  ])
    t.equal(await apiKeys.verify(wrong), undefined, wrong.replace(/_[^_]*$/, '_…'))
})

eachStore(t, 'keys are several, and each can be taken back', async (t, open) => {
  const { apiKeys, pass } = await clockedKeys(open)
  const one = await apiKeys.create('one')
  pass(1000)
  const two = await apiKeys.create('two')
  t.same(await apiKeys.revoke(one.id), { isRevoked: true, subscriptions: 0 })
  t.equal(await apiKeys.verify(one.key), undefined)
  t.match(await apiKeys.verify(two.key), { id: two.id })
  t.same(
    (await apiKeys.list()).map(({ id, revokedAt }) => [id, revokedAt]),
    [
      [one.id, later(1000)],
      [two.id, undefined]
    ]
  )
  t.same(await apiKeys.revoke(one.id), { isRevoked: false, subscriptions: 0 }, 'only once')
  t.same(await apiKeys.revoke('unknown'), { isRevoked: false, subscriptions: 0 })
})

eachStore(t, 'a key that is rotated stays the same key, and its old secret is good until its time', async (t, open) => {
  const { apiKeys, pass } = await clockedKeys(open)
  const old = await apiKeys.create('flow', { scope: 'read' })
  pass(minute)
  const rotated = await apiKeys.rotate(old.id, { graceMs: hour })
  t.match(rotated, { id: old.id, name: 'flow', scope: 'read', createdAt: start })
  t.same([rotated?.rotatedAt, rotated?.oldSecretEndsAt], [later(minute), later(minute + hour)])
  t.not(rotated?.key, old.key)
  t.equal(rotated?.key.slice(0, 16), old.key.slice(0, 16), 'callers and lists know it by the same id')
  pass(hour - 1)
  for (const key of [old.key, rotated?.key ?? '']) t.match(await apiKeys.verify(key), { id: old.id, scope: 'read' })
  pass(1)
  t.equal(await apiKeys.verify(old.key), undefined)
  t.match(await apiKeys.verify(rotated?.key ?? ''), { id: old.id })
})

eachStore(t, 'a rotation without grace ends the old secret at once, and so does the next rotation', async (t, open) => {
  const { apiKeys } = await clockedKeys(open)
  const one = await apiKeys.create('flow')
  const two = await apiKeys.rotate(one.id, { graceMs: 0 })
  t.equal(await apiKeys.verify(one.key), undefined)
  const three = await apiKeys.rotate(one.id, { graceMs: hour })
  t.match(await apiKeys.verify(two?.key ?? ''), { id: one.id })
  const four = await apiKeys.rotate(one.id, { graceMs: hour })
  t.equal(await apiKeys.verify(two?.key ?? ''), undefined)
  for (const key of [three?.key, four?.key]) t.match(await apiKeys.verify(key ?? ''), { id: one.id })
})

eachStore(t, 'revoking ends both secrets of a key, and what is revoked or not there is not rotated', async (t, open) => {
  const { apiKeys } = await clockedKeys(open)
  const old = await apiKeys.create('flow')
  const present = await apiKeys.rotate(old.id, { graceMs: hour })
  await apiKeys.revoke(old.id)
  for (const key of [old.key, present?.key ?? '']) t.equal(await apiKeys.verify(key), undefined)
  t.equal(await apiKeys.rotate(old.id, { graceMs: hour }), undefined)
  t.equal(await apiKeys.rotate('0'.repeat(12), { graceMs: hour }), undefined)
})

eachStore(t, 'what a key may do can be changed, for both its secrets and from the next request on', async (t, open) => {
  const { apiKeys } = await clockedKeys(open)
  const old = await apiKeys.create('flow', { scope: 'admin' })
  const present = await apiKeys.rotate(old.id, { graceMs: hour })
  t.match(await apiKeys.setScope(old.id, 'read'), { id: old.id, scope: 'read' })
  for (const key of [old.key, present?.key ?? '']) t.match(await apiKeys.verify(key), { scope: 'read' })
  await apiKeys.revoke(old.id)
  t.equal(await apiKeys.setScope(old.id, 'admin'), undefined)
  t.equal(await apiKeys.setScope('0'.repeat(12), 'admin'), undefined)
})

eachStore(t, 'many rotations at once leave two secrets that are good', async (t, open) => {
  const { apiKeys } = await clockedKeys(open)
  const { id, key } = await apiKeys.create('flow')
  const rotated = await Promise.all(Array.from({ length: 8 }, () => apiKeys.rotate(id, { graceMs: hour })))
  const keys = [key, ...rotated.map(made => made?.key ?? '')]
  const known = await Promise.all(keys.map(each => apiKeys.verify(each)))
  t.equal(known.filter(Boolean).length, 2)
})

eachStore(t, 'the last use is written down once an hour', async (t, open) => {
  const { apiKeys, pass } = await clockedKeys(open)
  const { key } = await apiKeys.create('flow')
  const usedAt = async () => (await apiKeys.list())[0]?.usedAt
  await Promise.all(Array.from({ length: 20 }, () => apiKeys.verify(key)))
  t.same(await usedAt(), start)
  pass(hour - 1)
  await apiKeys.verify(key)
  t.same(await usedAt(), start)
  pass(1)
  await apiKeys.verify(key)
  t.same(await usedAt(), later(hour))
})

eachStore(t, 'a wrong secret is no use of the key', async (t, open) => {
  const { apiKeys } = await clockedKeys(open)
  const { id } = await apiKeys.create('flow')
  await apiKeys.verify(`rc_${id}_${'x'.repeat(43)}`)
  t.equal((await apiKeys.list())[0]?.usedAt, undefined)
})

eachStore(t, 'who still uses the old secret can be seen before it ends', async (t, open) => {
  const { apiKeys, pass } = await clockedKeys(open)
  const made = await apiKeys.create('flow')
  await apiKeys.verify(made.key)
  let old = made.key
  for (let rotation = 1; rotation <= 2; rotation++) {
    pass(minute)
    const rotated = await apiKeys.rotate(made.id, { graceMs: 24 * hour })
    t.equal(rotated?.oldSecretUsedAt, undefined, 'what was before the rotation does not count')
    t.same(rotated?.usedAt, later((rotation - 1) * 2 * minute), 'the key as a whole was used')
    await apiKeys.verify(rotated?.key ?? '')
    t.equal((await apiKeys.list())[0]?.oldSecretUsedAt, undefined)
    pass(minute)
    await apiKeys.verify(old)
    t.same((await apiKeys.list())[0]?.oldSecretUsedAt, later(rotation * 2 * minute))
    old = rotated?.key ?? ''
  }
})

eachStore(t, 'a key is good although its use cannot be written down', async (t, open, place) => {
  const { apiKeys } = await clockedKeys(open)
  const { key, id } = await apiKeys.create('flow')
  const { db, close } = await openDatabase(place)
  t.teardown(close)
  await sql`alter table api_keys rename column used_at to somewhere_else`.execute(db)
  t.match(await apiKeys.verify(key), { id })
})

eachStore(t, 'a key from before scopes may do all that it could do', async (t, open, place) => {
  const key = `rc_${'ab'.repeat(6)}_${'x'.repeat(43)}`
  const before = await openDatabase(place)
  const older = Object.fromEntries(Object.entries(migrations).filter(([name]) => name < '0004'))
  await alone(before, async db => {
    const provider = { getMigrations: async () => older }
    const { error } = await new Migrator({ db, provider, disableTransactions: true }).migrateToLatest()
    if (error) throw error
    await sql`insert into api_keys (id, name, hash, created_at) values (${'ab'.repeat(6)}, 'old', ${seal(storeKey).hash(key)}, 1)`.execute(
      db
    )
  })
  await before.close()
  const { apiKeys } = await open({ now: () => start })
  t.same(await apiKeys.verify(key), { id: 'ab'.repeat(6), name: 'old', scope: 'admin', createdAt: new Date(1) })
  t.match(await apiKeys.rotate('ab'.repeat(6), { graceMs: hour }), { scope: 'admin' })
  t.match(await apiKeys.verify(key), { scope: 'admin' })
})
