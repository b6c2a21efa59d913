import t, { type Test } from 'tap'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { run } from '../fixtures/terminal.ts'

const key = Buffer.alloc(32, 7)
const hour = 3_600_000

/** A folder for keys; the commands find it by the environment, the test by a store of its own. */
function keys(t: Test) {
  const folder = t.testdir()
  const env = { DATA_DIR: folder, ENCRYPTION_KEY: key.toString('base64') }
  const withStore = async <T>(act: (store: Store) => Promise<T>): Promise<T> => {
    const store = await openStore({ folder, key, now: () => new Date() })
    try {
      return await act(store)
    } finally {
      await store.close()
    }
  }
  const scopeOf = (text: string) => withStore(async ({ apiKeys }) => (await apiKeys.verify(text.trim()))?.scope)
  return { key: (...words: string[]) => run(['key', ...words], env), withStore, scopeOf }
}

t.test('a key may write unless told, and is shown once, alone on stdout', async t => {
  const { key, scopeOf } = keys(t)
  const made = await key('create', 'flow')
  t.match(made, { code: 0, out: /^rc_[0-9a-f]{12}_[A-Za-z0-9_-]{43}\n$/, note: /«flow», with the scope write\. Keep it now/ })
  t.equal(await scopeOf(made.out), 'write')
  for (const scope of ['read', 'admin']) t.equal(await scopeOf((await key('create', scope, '--scope', scope)).out), scope)
  const json = JSON.parse((await key('create', 'json', '--scope', 'read', '--json')).out)
  t.match(json, { id: /^[0-9a-f]{12}$/, name: 'json', scope: 'read', key: /^rc_/ })
  t.match(await key('create', 'flow', '--scope', 'root'), { code: 2, out: '', note: /--scope is one of: read, write, admin/ })
  const { out } = await key('list')
  t.notMatch(out, made.out.trim().slice(16))
})

t.test('the list tells what each key may do, when it was used, and how long an old secret goes on', async t => {
  const { key, withStore } = keys(t)
  t.match(await key('list'), { code: 0, out: '', note: /There is no API key yet/ })
  const flow = (await key('create', 'flow', '--scope', 'read')).out.trim()
  await key('create', 'other')
  t.match((await key('list')).out, /^Id +Name +Scope +Made +Last used +Rotated +Old secret +Revoked$/m)
  t.match((await key('list')).out, /^[0-9a-f]{12} +flow +read +20\S+Z$/m, 'not used yet')
  await key('rotate', 'flow')
  t.match((await key('list')).out, /flow +read .* good until 20\S+Z, not used since$/m)
  await withStore(({ apiKeys }) => apiKeys.verify(flow))
  t.match((await key('list')).out, /good until 20\S+Z, last used 20\S+Z$/m)
  const [first, second] = JSON.parse((await key('list', '--json')).out)
  t.match(first, { name: 'flow', scope: 'read', rotatedAt: String, oldSecretEndsAt: String, oldSecretUsedAt: String, usedAt: String })
  t.same(Object.keys(second), ['id', 'name', 'scope', 'createdAt'])
  await key('revoke', 'flow')
  t.notMatch((await key('list')).out, /good until/)
})

t.test('what a key may do can be changed without a new secret', async t => {
  const { key, scopeOf } = keys(t)
  const { out } = await key('create', 'flow', '--scope', 'admin')
  t.match(await key('scope', 'flow', 'write'), { code: 0, out: '', note: /^Key [0-9a-f]{12} \(«flow»\) has the scope write now\.\n$/ })
  t.equal(await scopeOf(out), 'write')
  t.match(JSON.parse((await key('scope', out.slice(3, 15), 'read', '--json')).out), { name: 'flow', scope: 'read', changed: true })
  t.equal(await scopeOf(out), 'read')
  t.match(await key('scope', 'flow', 'root'), { code: 2, out: '', note: /^<scope> is one of: read, write, admin/ })
  t.match(await key('scope', 'other', 'read'), { code: 1, note: /There is no live key «other»/ })
  t.same(JSON.parse((await key('scope', 'other', 'read', '--json')).out), { changed: false })
})

t.test('rotating gives a new secret for the same key, and the old one a day', async t => {
  const { key, scopeOf } = keys(t)
  const old = (await key('create', 'flow', '--scope', 'admin')).out
  const { code, out, note } = await key('rotate', 'flow')
  t.equal(code, 0)
  t.match(out, /^rc_[0-9a-f]{12}_[A-Za-z0-9_-]{43}\n$/)
  t.match(note, /the old one goes on until 20\S+Z\. Keep it now, it cannot be shown again/)
  t.equal(note.trim().split('\n').length, 1)
  t.same([await scopeOf(old), await scopeOf(out)], ['admin', 'admin'])
  const [{ rotatedAt, oldSecretEndsAt }] = JSON.parse((await key('list', '--json')).out)
  t.equal(Date.parse(oldSecretEndsAt) - Date.parse(rotatedAt), 24 * hour)

  const again = await key('rotate', out.slice(3, 15), '--grace', '0')
  t.match(again.note, /The secret from before the last rotation was still good: it has ended now\.\n.*the old one has ended\./)
  t.same([await scopeOf(old), await scopeOf(out), await scopeOf(again.out)], [undefined, undefined, 'admin'])
  const json = JSON.parse((await key('rotate', 'flow', '--grace', '30d', '--json')).out)
  t.match(json, { rotated: true, name: 'flow', key: /^rc_/ })
  t.equal(Date.parse(json.oldSecretEndsAt) - Date.parse(json.rotatedAt), 30 * 24 * hour)
})

t.test('only a live key of that name is rotated', async t => {
  const { key } = keys(t)
  t.match(await key('rotate', 'flow'), { code: 1, out: '', note: 'There is no key «flow» that could be rotated.\n' })
  const revoked = (await key('create', 'flow')).out.slice(3, 15)
  await key('revoke', 'flow')
  t.match(await key('rotate', revoked), { code: 1, out: '' })
  t.same(JSON.parse((await key('rotate', revoked, '--json')).out), { id: revoked, name: 'flow', rotated: false })
  const live = (await key('create', 'flow')).out.slice(3, 15)
  t.match((await key('rotate', 'flow')).out, new RegExp(`^rc_${live}_`), 'of one name the live one is meant')
  await key('create', 'flow')
  t.match(await key('rotate', 'flow'), { code: 2, out: '', note: /Several keys are named «flow»/ })
})

for (const grace of ['', 'soon', '-1h', '24', '1.5h', '31d', '999999w', '0h1'])
  t.test(`a grace of «${grace}» is not understood`, async t => {
    const { key } = keys(t)
    await key('create', 'flow')
    const { code, out, note } = await key('rotate', 'flow', `--grace=${grace}`)
    t.same([code, out], [2, ''])
    t.match(note, /^--grace is a duration of at most 30d/)
    t.equal(JSON.parse((await key('list', '--json')).out)[0].rotatedAt, undefined)
  })

t.test('revoking ends both secrets', async t => {
  const { key, scopeOf } = keys(t)
  const old = (await key('create', 'flow')).out
  const present = (await key('rotate', 'flow')).out
  t.match(await key('revoke', 'flow'), { code: 0, note: /is revoked/ })
  t.same([await scopeOf(old), await scopeOf(present)], [undefined, undefined])
  t.match(await key('revoke', 'flow'), { code: 1 }, 'only once')
})
