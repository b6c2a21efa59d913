import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lockFolder } from '../../src/store/folder-lock.ts'
import { openStore } from '../../src/store/open-store.ts'
import { storeKey as key, sharedServer } from '../fixtures/stores.ts'
import { run } from '../fixtures/terminal.ts'

const now = (): Date => new Date()
const ENCRYPTION_KEY = key.toString('base64')
const unreachable = 'postgres://somebody:very-secret@127.0.0.1:1/referrals'

t.test('a store moves to PostgreSQL with everything in it, and only once', async t => {
  const folder = t.testdir()
  const source = await openStore({ folder, key, now })
  const { key: apiKey } = await source.apiKeys.create('flow')
  await source.jobs.add({ kind: 'referral', subject: 'a', origin: 'callback', correlationId: 'c' })
  await source.timeline.add({ referralId: 'a', kind: 'queued', text: 'Queued.', correlationId: 'c' })
  await source.close()
  const databaseUrl = await (await sharedServer()).database()
  const env = { DATA_DIR: folder, DATABASE_URL: databaseUrl, ENCRYPTION_KEY }

  const asked = await run(['store', 'copy'], env)
  t.match(asked, { code: 1, out: '', note: /Would copy .*add --yes to do it/ })

  const { code, out, note } = await run(['store', 'copy', '--yes'], env)
  t.equal(code, 0, note)
  t.match(out, /^jobs +1$/m)
  t.match(out, /^api_keys +1$/m)
  t.match(note, /jobs: 1 rows?[\s\S]*Start the service with this DATABASE_URL/)
  const { password } = new URL(databaseUrl)
  if (password !== '') t.notOk((out + note + asked.note).includes(password))

  const target = await openStore({ databaseUrl, key, now })
  t.teardown(() => target.close())
  t.match(await target.apiKeys.verify(apiKey), { name: 'flow' })
  t.match(await target.jobs.list({}, 10), [{ subject: 'a', state: 'ready' }])
  t.match((await run(['timeline', 'export'], env)).out, /"text":"Queued\."/, 'the commands look into the database from now on')

  t.match(await run(['store', 'copy', '--yes'], env), { code: 1, out: '', note: /STORE_NOT_EMPTY/ })
})

t.test('it is said by name what is in the way', async t => {
  const folder = t.testdir()
  await (await openStore({ folder, key, now })).close()
  t.match(await run(['store', 'copy', '--yes'], { DATA_DIR: folder, ENCRYPTION_KEY }), { code: 1, note: /^CONFIG_INVALID: .*DATABASE_URL/ })
  t.match(await run(['store', 'copy', '--yes'], { DATA_DIR: folder, DATABASE_URL: unreachable }), {
    code: 1,
    note: /^CONFIG_INVALID: .*ENCRYPTION_KEY/
  })
  const env = { DATA_DIR: folder, DATABASE_URL: unreachable, ENCRYPTION_KEY }
  const down = await run(['store', 'copy', '--yes'], env)
  t.match(down, { code: 1, out: '', note: /STORE_UNAVAILABLE/ })
  t.notMatch(down.note, 'very-secret')

  const lock = lockFolder(folder)
  t.match(await run(['store', 'copy', '--yes'], env), { code: 1, note: /STORE_IN_USE/ })
  lock.release()
})

t.test('where there is no store, none is made', async t => {
  const folder = join(t.testdir(), 'nowhere')
  t.match(await run(['store', 'copy', '--yes'], { DATA_DIR: folder, DATABASE_URL: unreachable, ENCRYPTION_KEY }), {
    code: 1,
    note: /STORE_UNAVAILABLE: There is no embedded store/
  })
  t.notOk(existsSync(folder))
})
