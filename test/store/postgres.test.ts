import { inspect } from 'node:util'
import pg from 'pg'
import t, { type Test } from 'tap'
import { openConfiguredStore } from '../../src/compose.ts'
import { openStore } from '../../src/store/open-store.ts'
import { mutableProxy } from '../fixtures/mutable-proxy.ts'
import { postgresServer } from '../fixtures/postgres.ts'
import { storeKey as key, sharedServer } from '../fixtures/stores.ts'

const now = () => new Date('2026-05-01T10:00:00Z')
const unavailable = { name: 'Failure', code: 'STORE_UNAVAILABLE' }

async function storeAt(t: Test, databaseUrl: string) {
  const store = await openStore({ databaseUrl, key, now })
  t.teardown(() => store.close())
  return store
}

/** Somebody else on the same server. */
async function administrator(t: Test): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: (await sharedServer()).url })
  await client.connect()
  t.teardown(() => client.end())
  return client
}

/** The same URL with something changed. */
function changed(url: string, change: (url: URL) => void): string {
  const copy = new URL(url)
  change(copy)
  return copy.href
}

t.test('a server that stops and starts again is found again', async t => {
  const server = await postgresServer()
  t.teardown(() => server.close())
  const store = await storeAt(t, await server.database())
  await store.secrets.put('token', 'kept')
  await Promise.all(Array.from({ length: 20 }, () => store.check()))
  await server.stop()
  for (let at = 0; at < 5; at++) await t.rejects(store.secrets.get('token'), unavailable)
  await t.rejects(store.jobs.add({ kind: 'referral', subject: 'r', origin: 'callback', correlationId: 'c' }), unavailable)
  await t.rejects(store.check(), unavailable)
  await server.start()
  t.equal(await store.secrets.get('token'), 'kept')
  t.same(await store.jobs.list({}, 10), [])
})

t.test('a connection that is cut costs the request at hand, and nothing else', async t => {
  const databaseUrl = await (await sharedServer()).database('cut')
  const store = await storeAt(t, databaseUrl)
  const admin = await administrator(t)
  let failed = 0
  const work = async (worker: number): Promise<void> => {
    for (let at = 0; at < 40; at++)
      await store.jobs.add({ kind: 'referral', subject: `${worker}-${at}`, origin: 'callback', correlationId: 'c' }).catch(error => {
        t.match(error, unavailable)
        failed++
      })
  }
  const cut = async (): Promise<void> => {
    for (let at = 0; at < 10; at++)
      await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'cut' and pid <> pg_backend_pid()`)
  }
  await Promise.all([work(1), work(2), work(3), cut()])
  await store.check()
  const count = await store.jobs.count({})
  t.ok(count >= 120 - failed, 'whatever was answered for is there')
})

t.test('a server that does not answer any more is given up, and the connection with it', async t => {
  const databaseUrl = await (await sharedServer()).database()
  const proxy = await mutableProxy(t, Number(new URL(databaseUrl).port))
  const store = await storeAt(
    t,
    changed(databaseUrl, url => {
      url.port = `${proxy.port}`
      url.searchParams.set('query_timeout', '100')
    })
  )
  await store.secrets.put('token', 'kept')
  proxy.mute(true)
  await t.rejects(store.secrets.get('token'), unavailable)
  proxy.mute(false)
  t.equal(await store.secrets.get('token'), 'kept')
})

t.test('what cannot be opened is told by its code, without password or host', async t => {
  const databaseUrl = await (await sharedServer()).database()
  const closedPort = changed(databaseUrl, url => {
    url.port = '1'
  })
  const wrong: Record<string, { url: string; code: string }> = {
    'another password': { url: changed(databaseUrl, url => (url.password = 'hunter2')), code: '28P01' },
    'an unknown database': { url: changed(databaseUrl, url => (url.pathname = '/nowhere')), code: '3D000' },
    'a closed port': { url: closedPort, code: 'ECONNREFUSED' }
  }
  for (const [name, { url, code }] of Object.entries(wrong)) {
    const failure = await openStore({ databaseUrl: url, key, now }).catch(error => error)
    t.match(failure, { ...unavailable, message: `The store cannot be opened, read or written (${code}).` }, name)
    t.notOk(inspect(failure, { depth: 9 }).includes(new URL(url).password), `${name}: the password is nowhere in it`)
  }
})

t.test('a database that may not be written is unavailable', async t => {
  const databaseUrl = await (await sharedServer()).database('guarded')
  const admin = await administrator(t)
  await admin.query(`create role reader login password 'pass'`)
  const url = changed(databaseUrl, url => {
    url.username = 'reader'
    url.password = 'pass'
  })
  await t.rejects(openStore({ databaseUrl: url, key, now }), { ...unavailable, message: /42501/ })
})

t.test('never more than ten connections, however much is asked', async t => {
  const store = await storeAt(t, await (await sharedServer()).database('crowded'))
  const admin = await administrator(t)
  const all = Promise.all(Array.from({ length: 300 }, (_, at) => store.secrets.put(`${at}`, 'x')))
  const { rows } = await admin.query(`select count(*)::int as count from pg_stat_activity where datname = 'crowded'`)
  await all
  t.ok(rows[0].count <= 10, `${rows[0].count} connections`)
  t.equal(await store.secrets.get('299'), 'x')
})

t.test('bigints are numbers in the store, and stay text for everybody else in the process', async t => {
  const store = await storeAt(t, await (await sharedServer()).database())
  await store.jobs.add({ kind: 'referral', subject: 'r', origin: 'callback', correlationId: 'c' })
  t.same(await store.jobs.summary(), [{ kind: 'referral', state: 'ready', count: 1, oldestDueAt: now() }])
  const { rows } = await (await administrator(t)).query('select 1::bigint as one')
  t.same(rows, [{ one: '1' }])
})

t.test('the database goes before the folder, and needs a key as well', async t => {
  const databaseUrl = await (await sharedServer()).database()
  const folder = t.testdir({ file: 'no folder' })
  const config = { folder: `${folder}/file`, databaseUrl, timelineDays: 1, callbackDays: 1, subscriptionsMax: 1 }
  await t.rejects(openConfiguredStore({ store: config }), { code: 'CONFIG_INVALID', message: /ENCRYPTION_KEY/ })
  const store = await openConfiguredStore({ store: { ...config, key } })
  t.teardown(() => store.close())
  await store.check()
})
