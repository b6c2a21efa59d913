import pg from 'pg'
import t from 'tap'
import { clockWarning } from '../../src/cli/clock-check.ts'
import { startSandbox } from '../../src/sandbox/start-sandbox.ts'
import { manualClock } from '../fixtures/manual-clock.ts'
import { recycledKeys } from '../fixtures/recycled-keys.ts'
import { eachStore, sharedServer } from '../fixtures/stores.ts'
import { run } from '../fixtures/terminal.ts'

/** What is said when the database's clock is so far ahead, and the question takes so long each way. */
async function warningAt(aheadMs: number, wayMs = 0): Promise<string | undefined> {
  const { now, advance } = manualClock()
  const databaseTime = async () => {
    await advance(wayMs)
    const there = new Date(now().getTime() + aheadMs)
    await advance(wayMs)
    return there
  }
  return await clockWarning({ databaseTime }, now)
}

t.test('clocks that differ by more than two seconds are said, and by how much', async t => {
  t.match(await warningAt(2001), /^this machine’s clock is 2\.0 s behind the database’s; set them by NTP/)
  t.match(await warningAt(-90_000), /^this machine’s clock is 90\.0 s ahead of the database’s/)
  for (const near of [0, 2000, -2000]) t.equal(await warningAt(near), undefined)
})

t.test('a slow answer is no wrong clock', async t => {
  for (const near of [0, 5000, -5000]) t.equal(await warningAt(near, 5000), undefined)
  t.match(await warningAt(9000, 5000), /4\.0 s behind/)
})

t.test('a store on this machine has its clock', async t => {
  t.equal(await clockWarning({ databaseTime: async () => undefined }, () => new Date()), undefined)
})

eachStore(t, 'a store tells the time of the machine that it is on', async (t, open, place) => {
  const { databaseTime } = await open()
  t.equal((await databaseTime()) instanceof Date, 'databaseUrl' in place)
  t.equal(await clockWarning({ databaseTime }, () => new Date()), undefined)
})

t.test('doctor says so where it tells of the store', async t => {
  const sandbox = await startSandbox({ newKeys: recycledKeys() })
  t.teardown(() => sandbox.close())
  const databaseUrl = await (await sharedServer()).database('askew')
  const env = { ...sandbox.settings, DATABASE_URL: databaseUrl }
  t.match((await run(['doctor'], env)).out, /ok +Store +PostgreSQL can be written/)
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  t.teardown(() => client.end())
  await client.query(`
    create function public.clock_timestamp() returns timestamptz language sql as $$ select pg_catalog.clock_timestamp() + interval '1 minute' $$;
    alter database askew set search_path = public, pg_catalog`)
  const { code, out } = await run(['doctor'], env)
  t.equal(code, 1)
  t.match(out, /NO +Store +PostgreSQL can be written; .*but this machine’s clock is (60\.0|59\.\d) s behind the database’s/)
})
