import t from 'tap'
import type { Store } from '../../src/store/open-store.ts'
import type { Scope } from '../fixtures/local-server.ts'
import { stored } from '../fixtures/stored.ts'
import { run } from '../fixtures/terminal.ts'

const hostOf = (name: string): string => `${name}.logic.azure.com`

/** A store that `fill` puts subscriptions into, and where those that are left send to. */
async function subscribed<T>(t: Scope & { testdir(): string }, fill: (store: Store) => Promise<T>) {
  const { env, withStore, filled } = await stored(t, fill)
  const hosts = () => withStore(async ({ subscriptions }) => (await subscriptions.list()).map(({ url }) => new URL(url).host).sort())
  return { env, withStore, hosts, ...filled }
}

async function subscribe({ subscriptions }: Store, callerId: string, name: string): Promise<string> {
  const url = `https://${hostOf(name)}/workflows/1?sig=very-secret`
  return (await subscriptions.put({ callerId, url, events: ['referral-created', 'referral-updated'] })).subscription.id
}

/** A key with two subscriptions, a second one and a user of Entra ID with one each; an event waits for all of them and failed for one. */
async function several(store: Store) {
  const [flow, other] = [await store.apiKeys.create('flow'), await store.apiKeys.create('other')]
  const ids = {
    a: await subscribe(store, `key:${flow.id}`, 'a'),
    b: await subscribe(store, `key:${flow.id}`, 'b'),
    c: await subscribe(store, `key:${other.id}`, 'c'),
    d: await subscribe(store, 'entra:user', 'd')
  }
  await store.inbox.accept({
    bodyHash: '1',
    event: { name: 'referral-created', referralId: 'r-1' },
    hints: [],
    entries: [],
    correlationId: 'c'
  })
  const claim = await store.jobs.claimOne({ kind: 'subscription', subject: ids.a, origin: 'callback', correlationId: 'c' }, 60_000)
  const message = 'The subscriber answered with status 404.'
  if (claim) await store.jobs.retry(claim, { at: new Date('2999-01-01'), code: 'SUBSCRIBER_UNREACHABLE', message, isCounted: true })
  return { flow, other, ids }
}

t.test('the list shows the subscriptions of all callers, and of their addresses the host only', async t => {
  const { env, flow, ids } = await subscribed(t, several)
  const { code, out } = await run(['subscriptions', 'list'], env)
  t.equal(code, 0)
  t.match(
    out,
    new RegExp(
      `${ids.a} +key:${flow.id} «flow» +${hostOf('a')} +\\S+Z +1 +referral-created, referral-updated +SUBSCRIBER_UNREACHABLE: .*404`
    )
  )
  t.match(out, new RegExp(`${ids.d} +entra:user +${hostOf('d')}`))
  const json = await run(['subscriptions', 'list', '--json'], env)
  const listed = JSON.parse(json.out)
  const isA = ({ id }: { id: string }): boolean => id === ids.a
  t.match(listed.find(isA), {
    id: ids.a,
    caller: { id: `key:${flow.id}`, name: 'flow' },
    host: hostOf('a'),
    waiting: 1,
    lastFailure: { code: 'SUBSCRIBER_UNREACHABLE', message: /404/ }
  })
  const others = listed.filter((one: { id: string }) => !isA(one))
  t.equal(others.length, 3)
  t.equal(others[0].lastFailure, undefined)
  t.notMatch(out + json.out, /very-secret|whsec_|workflows/)
})

t.test('an empty list says so', async t => {
  const { env } = await subscribed(t, async () => ({}))
  t.match(await run(['subscriptions', 'list'], env), { code: 0, out: '', note: 'There is no subscription.\n' })
})

t.test('one is ended by its id, counted first, with what waits for it', async t => {
  const { env, ids, hosts, withStore } = await subscribed(t, several)
  t.match(await run(['subscriptions', 'end', ids.a], env), { code: 1, out: '', note: /^1 subscription \(a\..*add --yes/ })
  t.equal((await hosts()).length, 4)
  t.match(await run(['subscriptions', 'end', ids.a.toUpperCase(), '--yes'], env), { code: 0, out: '1 subscription ended.\n' })
  t.same(await hosts(), ['b', 'c', 'd'].map(hostOf))
  await withStore(async ({ subscriptions, jobs }) => {
    t.equal((await subscriptions.waitingCounts()).size, 3)
    t.equal(await jobs.count({ subject: ids.a }), 0)
  })
  t.match(await run(['subscriptions', 'end', ids.a, '--yes'], env), { code: 1, note: /^SUBSCRIPTION_NOT_FOUND.*subscriptions list/ })
})

t.test('all of a caller are ended by the name of its key, its id, or as the list shows it', async t => {
  const { env, flow, ids, hosts } = await subscribed(t, several)
  t.match(await run(['subscriptions', 'end', '--caller', 'flow'], env), { code: 1, note: /^2 subscriptions .*add --yes to end them/ })
  const { out } = await run(['subscriptions', 'end', '--caller', 'flow', '--yes', '--json'], env)
  const { count, ended } = JSON.parse(out)
  t.equal(count, 2)
  t.same(
    ended.sort((one: { host: string }, other: { host: string }) => one.host.localeCompare(other.host)),
    [ids.a, ids.b].map((id, index) => ({ id, caller: `key:${flow.id}`, host: hostOf('ab'[index] ?? '') }))
  )
  t.match(await run(['subscriptions', 'end', '--caller', 'entra:user', '--yes'], env), { code: 0 })
  t.same(await hosts(), [hostOf('c')])
  t.match(await run(['subscriptions', 'end', '--caller', 'nobody', '--yes'], env), {
    code: 1,
    note: /No subscription is of the caller «nobody»/
  })
})

t.test('which subscriptions are to be ended has to be said, and clearly', async t => {
  const { env, hosts } = await subscribed(t, async store => {
    for (const name of ['a', 'b']) await subscribe(store, `key:${(await store.apiKeys.create('flow')).id}`, name)
  })
  t.match(await run(['subscriptions', 'end'], env), { code: 2 })
  t.match(await run(['subscriptions', 'end', 'x', '--caller', 'flow'], env), { code: 2 })
  t.match(await run(['subscriptions', 'end', '--caller', 'flow', '--yes'], env), { code: 2, note: /key:[0-9a-f]+, key:[0-9a-f]+/ })
  t.equal((await hosts()).length, 2)
})

t.test('a stolen key is revoked, and its subscriptions end, with nothing to be added', async t => {
  const { env, flow, hosts, withStore } = await subscribed(t, several)
  t.match(await run(['key', 'revoke', flow.id], env), {
    code: 0,
    out: '',
    note: /^Key \w+ \(«flow»\) is revoked\.\nIts 2 subscriptions were ended too\. .*off and on/
  })
  t.same(await hosts(), ['c', 'd'].map(hostOf))
  await withStore(async ({ apiKeys }) => t.equal(await apiKeys.verify(flow.key), undefined))
  t.match(await run(['key', 'revoke', flow.id], env), { code: 1, note: /no key/ })
})

t.test('a key that is replaced is revoked, and its subscriptions go on, when that is asked for', async t => {
  const { env, flow, hosts, withStore } = await subscribed(t, several)
  t.match(await run(['key', 'revoke', 'flow', '--keep-subscriptions'], env), {
    code: 0,
    note: new RegExp(`is revoked\\.\\nIts 2 subscriptions go on .*subscriptions end --caller ${flow.id} --yes`)
  })
  t.equal((await hosts()).length, 4)
  await withStore(async ({ apiKeys }) => t.equal(await apiKeys.verify(flow.key), undefined))
  t.match((await run(['subscriptions', 'list'], env)).out, '«flow» (revoked)')
  const later = await run(['key', 'revoke', flow.id, '--json'], env)
  t.equal(later.code, 0, 'what an earlier revocation left is ended by another one')
  t.same(JSON.parse(later.out), { id: flow.id, name: 'flow', revoked: false, ended: 2, kept: 0 })
  t.same(await hosts(), ['c', 'd'].map(hostOf))
})

t.test('a name that several live keys have revokes none of them', async t => {
  const { env, withStore, old, present } = await subscribed(t, async ({ apiKeys }) => ({
    old: await apiKeys.create('flow'),
    present: await apiKeys.create('flow')
  }))
  // Of two that were made in the same millisecond the id says which comes first.
  const inOrder = [old, present].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1))
  t.match(await run(['key', 'revoke', 'flow'], env), { code: 2, note: inOrder.map(({ id }) => id).join(', ') })
  t.match(await run(['key', 'revoke', old.id], env), { code: 0 })
  t.match(await run(['key', 'revoke', 'flow'], env), { code: 0, note: present.id }, 'then only one is meant')
  t.match(await run(['key', 'revoke', 'nobody'], env), { code: 1, note: /no key «nobody»/ })
  await withStore(async ({ apiKeys }) => t.ok((await apiKeys.list()).every(({ revokedAt }) => revokedAt)))
})
