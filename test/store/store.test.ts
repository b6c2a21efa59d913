import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { inProcess } from '../fixtures/in-process.ts'
import type { Scope } from '../fixtures/local-server.ts'
import { eachStore, type Open } from '../fixtures/stores.ts'

const key = Buffer.alloc(32, 7)
const otherKey = Buffer.alloc(32, 8)
const start = new Date('2026-05-01T10:00:00Z')

/** A fresh store with a clock that is moved by hand. */
async function clockedStore(open: Open) {
  let at = start.getTime()
  const store = await open({ now: () => new Date(at) })
  const pass = (ms: number): void => {
    at += ms
  }
  return { ...store, pass }
}

async function storeIn(t: Scope, folder: string, ownKey: Uint8Array = key): Promise<Store> {
  const store = await openStore({ folder, key: ownKey, now: () => start })
  t.teardown(() => store.close())
  return store
}

/** All that lies in the folder, as one text. */
const contents = (folder: string): string =>
  readdirSync(folder)
    .map(name => readFileSync(join(folder, name), 'latin1'))
    .join('\n')

eachStore(t, 'secrets are kept, replaced and found again', async (t, open) => {
  const { secrets } = await clockedStore(open)
  t.equal(await secrets.get('partner-center'), undefined)
  await secrets.put('partner-center', 'rt-1')
  await secrets.put('other', 'größer 😀')
  await secrets.put('partner-center', 'rt-2')
  t.equal(await secrets.get('partner-center'), 'rt-2')
  t.equal(await secrets.get('other'), 'größer 😀')
})

eachStore(t, 'links are kept by referral, whatever the case of its id', async (t, open) => {
  const { links } = await clockedStore(open)
  const link = { referralId: '4111FFFC-f9ee', leadId: 'lead-1', written: { subject: 'x', estimatedAmount: 1.5, new_hot: null } }
  t.equal(await links.get(link.referralId), undefined)
  await links.put(link)
  t.same(await links.get('4111fffc-F9EE'), { ...link, referralId: '4111fffc-F9EE' })
  await links.put({ ...link, referralId: '4111fffc-f9ee', leadId: 'lead-2', written: {} })
  t.same(await links.get(link.referralId), { ...link, leadId: 'lead-2', written: {} }, 'and replaced')
  await links.delete('4111FFFC-F9EE')
  t.equal(await links.get(link.referralId), undefined)
})

t.test('replays', async t => {
  const minute = 60_000
  const kept = 10 * minute

  eachStore(t, 'a request is worked on once, and then answered with what came of it', async (t, open) => {
    const { replays } = await clockedStore(open)
    t.equal(await replays.begin('k', 'hash', kept), 'new')
    t.equal(await replays.begin('k', 'hash', kept), 'in-progress')
    t.equal(await replays.begin('k', 'other', kept), 'other-request')
    t.equal(await replays.begin('k2', 'hash', kept), 'new')
    await replays.finish('k', 'referral-1')
    t.same(await replays.begin('k', 'hash', kept), { result: 'referral-1' })
    t.equal(await replays.begin('k', 'other', kept), 'other-request')
  })

  eachStore(t, 'a failed one is given back; a finished one is not', async (t, open) => {
    const { replays } = await clockedStore(open)
    await replays.begin('k', 'hash', kept)
    await replays.abandon('k')
    t.equal(await replays.begin('k', 'other', kept), 'new')
    await replays.finish('k', 'referral-1')
    await replays.abandon('k')
    t.same(await replays.begin('k', 'other', kept), { result: 'referral-1' })
  })

  eachStore(t, 'a claim that a crash has left is given back after two minutes, and not before', async (t, open) => {
    const { replays, pass } = await clockedStore(open)
    await replays.begin('k', 'hash', kept)
    pass(2 * minute)
    t.equal(await replays.begin('k', 'hash', kept), 'in-progress')
    pass(1)
    t.equal(await replays.begin('k', 'hash', kept), 'new')
    t.equal(await replays.begin('k', 'hash', kept), 'in-progress')
  })

  eachStore(t, 'a result is told for as long as it is asked for, and for a day at the most', async (t, open) => {
    const { replays, pass } = await clockedStore(open)
    for (const key of ['short', 'long']) {
      await replays.begin(key, 'hash', kept)
      await replays.finish(key, 'referral-1')
    }
    pass(kept)
    t.same(await replays.begin('short', 'hash', kept), { result: 'referral-1' })
    pass(1)
    t.equal(await replays.begin('short', 'hash', kept), 'new')
    pass(24 * 60 * minute - kept - 1)
    t.same(await replays.begin('long', 'hash', Number.MAX_SAFE_INTEGER), { result: 'referral-1' })
    pass(1)
    t.equal(await replays.begin('long', 'hash', Number.MAX_SAFE_INTEGER), 'new')
  })

  eachStore(t, 'of many at once one is the first', async (t, open) => {
    const { replays } = await clockedStore(open)
    const answers = await Promise.all(Array.from({ length: 20 }, () => replays.begin('k', 'hash', kept)))
    t.equal(answers.filter(answer => answer === 'new').length, 1)
    t.equal(answers.filter(answer => answer === 'in-progress').length, 19)
  })
})

eachStore(t, 'does not open with another key', async (t, open) => {
  const { place, check } = await open()
  await t.rejects(open({ place, key: otherKey }), { code: 'STORE_KEY_WRONG' })
  await check()
})

eachStore(t, 'can be open twice: what one writes the other reads', async (t, open) => {
  const one = await open()
  const two = await open({ place: one.place })
  const { key: apiKey, id } = await one.apiKeys.create('flow')
  t.match(await two.apiKeys.verify(apiKey), { name: 'flow' })
  await two.apiKeys.revoke(id)
  t.equal(await one.apiKeys.verify(apiKey), undefined)
  const claims = await Promise.all([one, two, one, two].map(({ replays }) => replays.begin('k', 'hash', 1000)))
  t.equal(claims.filter(claim => claim === 'new').length, 1)
})

eachStore(t, 'two that write at the same time wait for each other', async (t, open) => {
  const one = await open()
  const two = await open({ place: one.place })
  const hint = (subject: string) => ({ kind: 'referral', subject, origin: 'callback', correlationId: 'c' }) as const
  await Promise.all(
    Array.from({ length: 40 }, (_, at) => [one, two].map(({ jobs }) => jobs.add(hint(`r${at}`), hint(`r${(at + 1) % 40}`)))).flat()
  )
  const claims = await Promise.all([one, two, one, two].map(({ jobs }) => jobs.claim('referral', { limit: 10, leaseMs: 60_000 })))
  t.equal(new Set(claims.flat().map(({ subject }) => subject)).size, 40, 'each is claimed once')
  t.equal(await one.jobs.count({ state: 'active' }), 40)
})

eachStore(t, 'can be made by several processes at the same moment', async (t, open, place) => {
  const claims = await Promise.all(
    ['a', 'b', 'c'].map(name =>
      inProcess(
        `
        const claim = await store.replays.begin('k', 'hash', 600_000)
        for (let at = 0; at < 20; at++) await store.secrets.put(${JSON.stringify(name)} + at, 'x')
        console.log(claim)`,
        place
      )
    )
  )
  t.same(claims.sort(), ['in-progress', 'in-progress', 'new'])
  const { secrets } = await open({ place })
  for (const name of ['a', 'b', 'c']) t.equal(await secrets.get(`${name}19`), 'x')
})

eachStore(t, 'a process that dies while it makes the tables leaves a store that opens', async (t, open, place) => {
  const half = `
    import { migrations } from './src/store/migrations.ts'
    migrations['0001-tables'] = {
      async up(db) {
        await db.schema.createTable('secrets').addColumn('name', 'text').execute()
        process.kill(process.pid, 'SIGKILL')
        await new Promise(() => setInterval(() => undefined, 1000))
      }
    }`
  t.match(await inProcess('', place, half).catch(error => error), { signal: 'SIGKILL' })
  const store = await open({ place })
  await store.secrets.put('token', 'kept')
  t.equal(await store.secrets.get('token'), 'kept')
})

t.test('a store on disk', async t => {
  t.test('keeps everything over a restart, sealed, for its owner only', async t => {
    const folder = join(t.testdir(), 'deep', 'er')
    const first = await openStore({ folder, key, now: () => start })
    await first.secrets.put('partner-center', 'refresh-token-in-clear')
    await first.links.put({ referralId: 'r', leadId: 'lead-1', written: { email: 'mira@alder.example' } })
    const { key: apiKey } = await first.apiKeys.create('flow')
    await first.replays.begin('k', 'hash', 1000)
    await first.replays.finish('k', 'referral-1')
    t.equal(statSync(folder).mode & 0o777, 0o700)
    for (const name of readdirSync(folder)) t.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name)
    for (const secret of ['refresh-token-in-clear', 'mira@alder.example', apiKey, apiKey.slice(16)])
      t.notOk(contents(folder).includes(secret), 'nothing stands in clear')
    await first.close()

    const again = await storeIn(t, folder)
    t.equal(await again.secrets.get('partner-center'), 'refresh-token-in-clear')
    t.match(await again.links.get('r'), { leadId: 'lead-1', written: { email: 'mira@alder.example' } })
    t.match(await again.apiKeys.verify(apiKey), { name: 'flow' })
    t.same(await again.replays.begin('k', 'hash', 1000), { result: 'referral-1' })
    await again.check()
  })

  t.test('notices a sealed value that was moved to another row or changed', async t => {
    const folder = t.testdir()
    const { links, close } = await openStore({ folder, key, now: () => start })
    await links.put({ referralId: 'r1', leadId: 'l1', written: { a: 1 } })
    await links.put({ referralId: 'r2', leadId: 'l2', written: { b: 2 } })
    await close()
    const { default: Database } = await import('libsql')
    const database = new Database(join(folder, 'store.sqlite'))
    database.exec("update links set sealed = (select sealed from links where referral_id = 'r1') where referral_id = 'r2'")
    database.close()
    const again = await storeIn(t, folder)
    t.match(await again.links.get('r1'), { written: { a: 1 } })
    await t.rejects(again.links.get('r2'), { code: 'STORE_KEY_WRONG' })
  })

  t.test('stays locked for the one that has it open, though the same process opens it again', async t => {
    const folder = t.testdir()
    const one = await storeIn(t, folder)
    await storeIn(t, folder)
    const readElsewhere = () => inProcess(`console.log(await store.secrets.get('token'))`, { folder })
    await one.secrets.put('token', 'before')
    t.equal(await readElsewhere(), 'before')
    await one.secrets.put('token', 'after')
    t.equal(await readElsewhere(), 'after', 'the process that closed last has not taken the log away')
  })

  t.test('says so when it cannot be used', async t => {
    const folder = t.testdir({ file: 'a file', broken: { 'store.sqlite': 'x'.repeat(5000) } })
    for (const name of ['file', 'file/below', 'broken'])
      await t.rejects(openStore({ folder: join(folder, name), key, now: () => start }), { code: 'STORE_UNAVAILABLE' }, name)
  })

  t.test('says so when it breaks later on', async t => {
    const store = await openStore({ folder: t.testdir(), key, now: () => start })
    await store.close()
    const acts: (() => Promise<unknown>)[] = [
      () => store.check(),
      () => store.links.get('r'),
      () => store.apiKeys.create('x'),
      () => store.apiKeys.verify(`rc_${'0'.repeat(12)}_${'x'.repeat(43)}`),
      () => store.replays.begin('k', 'h', 1),
      () => store.secrets.put('a', 'b')
    ]
    for (const act of acts) await t.rejects(act, { code: 'STORE_UNAVAILABLE' }, act.toString())
  })

  t.test('that was damaged is not ready', async t => {
    const folder = t.testdir()
    const store = await storeIn(t, folder)
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), 'x'.repeat(20_000))
    await t.rejects(store.check(), { code: 'STORE_UNAVAILABLE' })
  })
})
