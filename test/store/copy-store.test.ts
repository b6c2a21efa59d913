import { existsSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { copyStore } from '../../src/store/copy-store.ts'
import { lockFolder } from '../../src/store/folder-lock.ts'
import { openStore, type Store, type StorePlace } from '../../src/store/open-store.ts'
import { primaryKeys } from '../../src/store/table-rows.ts'
import { storeKey as key, sharedServer } from '../fixtures/stores.ts'

const start = new Date('2026-05-01T10:00:00.000Z')
const now = () => start
const later = () => new Date(start.getTime() + 1000)
const hint = (subject: string) => ({ kind: 'referral', subject, origin: 'callback', correlationId: 'c' }) as const

async function freshDatabase(): Promise<{ databaseUrl: string }> {
  return { databaseUrl: await (await sharedServer()).database() }
}

async function open(t: Test, place: StorePlace): Promise<Store> {
  const store = await openStore({ ...place, key, now: later })
  t.teardown(() => store.close())
  return store
}

/** A closed store with something in every table, and more entries than one batch takes. */
async function filledFolder(t: Test): Promise<{ folder: string; apiKey: string }> {
  const folder = join(t.testdir(), 'data')
  const store = await openStore({ folder, key, now })
  await store.secrets.put('partner-center', 'größer 😀')
  const { key: apiKey } = await store.apiKeys.create('flow')
  await store.links.put({ referralId: 'r1', leadId: 'l1', written: { subject: 'x', amount: 1.5 } })
  await store.marks.put('reconciled', '2026-05-01')
  await store.intermediates.add({ thumbprint: 'ab', der: Buffer.from('DER'), notAfter: start })
  await store.replays.begin('k', 'hash', 60_000)
  await store.subscriptions.put({ callerId: 'c', url: 'https://flow.example/?sig=1', events: ['referral-created'] })
  await store.jobs.add(hint('ready'), hint('aside'))
  for (const claim of await store.jobs.claim('referral', { limit: 2, leaseMs: 60_000 }))
    if (claim.subject === 'ready') await store.jobs.release(claim)
    else await store.jobs.setAside(claim, { code: 'CRM_VALUE_REFUSED', message: 'Too long.' })
  await store.jobs.claimOne(hint('active'), 3_600_000)
  const entry = { referralId: 'R1', correlationId: 'c', kind: 'fetched', text: 'Read, größer 😀.' } as const
  for (let at = 0; at < 12; at++) await store.timeline.add(...Array.from({ length: 100 }, () => entry))
  const event = { name: 'referral-created', referralId: 'r1', resourceUri: 'https://x.example/r1' }
  await store.inbox.accept({ bodyHash: 'b', event, hints: [hint('r1')], entries: [], correlationId: 'c' })
  await store.close()
  return { folder, apiKey }
}

/** What is there for whoever uses the store. */
async function contents(store: Store) {
  const [subscription] = await store.subscriptions.list()
  return {
    secret: await store.secrets.get('partner-center'),
    keys: await store.apiKeys.list(),
    link: await store.links.get('r1'),
    mark: await store.marks.get('reconciled'),
    intermediates: await store.intermediates.list(),
    replay: await store.replays.begin('k', 'hash', 60_000),
    subscription,
    waiting: await store.subscriptions.waiting(subscription?.id ?? '', 10),
    timeline: await store.timeline.list('r1', { limit: 2000 })
  }
}

const silent = (): void => undefined

t.test('everything is copied, there and back', async t => {
  const from = await filledFolder(t)
  const to = await freshDatabase()
  const lines: string[] = []
  const copied = await copyStore({ from, to, key, now: later, report: line => void lines.push(line) })
  t.same(Object.fromEntries(copied.map(({ table, rows }) => [table, rows])), {
    secrets: 2,
    api_keys: 1,
    links: 1,
    marks: 1,
    intermediates: 1,
    callbacks: 1,
    timeline: 1200,
    subscriptions: 1,
    deliveries: 1,
    replays: 1,
    jobs: 5
  })
  t.ok(lines.includes('timeline: 1200 rows'))

  const [original, copy] = [await open(t, from), await open(t, to)]
  t.same(await contents(copy), await contents(original))
  t.same((await copy.jobs.list({ state: 'active' }, 10)).length, 0, 'what was being worked on is due')
  const jobs = await copy.jobs.claim('referral', { limit: 10, leaseMs: 1000 })
  t.same(jobs.map(({ subject }) => subject).sort(), ['active', 'r1', 'ready'])
  t.equal(await copy.jobs.count({ state: 'setAside' }), 1)

  const back = { folder: join(t.testdirName, 'back') }
  t.same(await copyStore({ from: to, to: back, key, now: later, report: silent }), copied)
  t.same(await contents(await open(t, back)), await contents(original))
  t.match(await copy.apiKeys.verify(from.apiKey), { name: 'flow' })
})

t.test('no table is forgotten', async t => {
  const { databaseUrl } = await freshDatabase()
  await (await openStore({ databaseUrl, key, now })).close()
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  t.teardown(() => client.end())
  const { rows } = await client.query<{ table: string; columns: string[] }>(`
    select t.table_name as table, array_agg(k.column_name::text order by k.ordinal_position) as columns
    from information_schema.table_constraints t join information_schema.key_column_usage k using (constraint_schema, constraint_name)
    where t.constraint_type = 'PRIMARY KEY' and t.table_schema = 'public' and t.table_name not like 'kysely%'
    group by t.table_name`)
  t.same(Object.fromEntries(rows.map(({ table, columns }) => [table, columns])), primaryKeys)
})

t.test('what is refused leaves both sides as they were', async t => {
  t.test('a target that is in use', async t => {
    const from = await filledFolder(t)
    const to = await freshDatabase()
    const other = await open(t, to)
    await other.marks.put('mine', 'x')
    await t.rejects(copyStore({ from, to, key, now, report: silent }), { code: 'STORE_NOT_EMPTY', message: /marks/ })
    t.equal(await other.marks.get('mine'), 'x')
    t.same(await other.apiKeys.list(), [])
    await other.check()
  })

  t.test('a source that a service works on', async t => {
    const from = await filledFolder(t)
    const lock = lockFolder(from.folder)
    t.teardown(() => lock.release())
    await t.rejects(copyStore({ from, to: await freshDatabase(), key, now, report: silent }), { code: 'STORE_IN_USE' })
  })

  t.test('a store onto itself', async t => {
    const from = await filledFolder(t)
    await t.rejects(copyStore({ from, to: from, key, now, report: silent }), { code: 'STORE_IN_USE' })
    const copied = await copyStore({ from, to: await freshDatabase(), key, now, report: silent })
    t.ok(copied.length > 0, 'the lock was let go')
  })

  t.test('a folder without a store, which is not made', async t => {
    const folder = join(t.testdir(), 'typo')
    const to = await freshDatabase()
    await t.rejects(copyStore({ from: { folder }, to, key, now, report: silent }), { code: 'STORE_UNAVAILABLE', message: /DATA_DIR/ })
    t.notOk(existsSync(folder))
  })

  t.test('another key, on either side', async t => {
    const from = await filledFolder(t)
    const to = await freshDatabase()
    const otherKey = Buffer.alloc(32, 8)
    await t.rejects(copyStore({ from, to, key: otherKey, now, report: silent }), { code: 'STORE_KEY_WRONG' })
    await (await openStore({ ...to, key: otherKey, now })).close()
    await t.rejects(copyStore({ from, to, key, now, report: silent }), { code: 'STORE_KEY_WRONG' })
  })
})

t.test('a copy that fails or differs half way keeps nothing, and can be made again', async t => {
  const from = await filledFolder(t)
  const to = await freshDatabase()
  const store = await open(t, to)
  const client = new pg.Client({ connectionString: to.databaseUrl })
  await client.connect()
  t.teardown(() => client.end())
  const trigger = (table: string, body: string): Promise<unknown> =>
    client.query(`create or replace function meddle() returns trigger language plpgsql as $$ begin ${body} end $$;
      create trigger meddle before insert on ${table} for each row execute function meddle()`)

  await trigger('jobs', `raise exception 'disk full' using errcode = '53100';`)
  await t.rejects(copyStore({ from, to, key, now, report: silent }), { code: 'STORE_UNAVAILABLE', message: /53100/ })
  t.same(await store.apiKeys.list(), [])
  await client.query('drop trigger meddle on jobs')

  await trigger('links', `new.lead_id := 'another'; return new;`)
  await t.rejects(copyStore({ from, to, key, now, report: silent }), { code: 'STORE_UNAVAILABLE', message: /table links differs/ })
  t.same(await store.apiKeys.list(), [])
  await client.query('drop trigger meddle on links')

  await copyStore({ from, to, key, now, report: silent })
  t.equal((await store.apiKeys.list()).length, 1)
})

t.test('of two copies into one database one is made', async t => {
  const one = await filledFolder(t)
  const two = { folder: join(t.testdirName, 'two') }
  const other = await openStore({ ...two, key, now })
  await other.marks.put('mine', 'x')
  await other.close()
  const to = await freshDatabase()
  const copies = await Promise.allSettled([one, two].map(from => copyStore({ from, to, key, now, report: silent })))
  t.same(copies.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  t.match(
    copies.find(({ status }) => status === 'rejected'),
    { reason: { code: 'STORE_NOT_EMPTY' } }
  )
})
