import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { manualClock } from '../fixtures/manual-clock.ts'
import { eachStore, type OpenedStore } from '../fixtures/stores.ts'

const wanted = { callerId: 'key-1', url: 'https://flow.example/hook?sig=s3cret', events: ['referral-created'] }

const received = (store: OpenedStore, bodyHash: string): Promise<unknown> =>
  store.inbox.accept({
    bodyHash,
    event: { name: 'referral-created', referralId: 'r-1' },
    hints: [],
    entries: [],
    correlationId: `c-${bodyHash}`
  })

eachStore(t, 'a subscription is found again, with its own secret', async (t, open) => {
  const { now } = manualClock()
  const { subscriptions, place } = await open({ now })
  const { subscription, isNew } = await subscriptions.put(wanted)
  t.equal(isNew, true)
  t.match(subscription.secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
  t.same(subscription, { ...wanted, id: subscription.id, secret: subscription.secret, createdAt: now() })
  const { subscription: second } = await subscriptions.put({ ...wanted, url: 'https://flow.example/other' })
  t.not(second.secret, subscription.secret)
  const other = await open({ now, place })
  t.same(await other.subscriptions.get(subscription.id), subscription)
  t.same(new Set((await other.subscriptions.list()).map(({ id }) => id)), new Set([subscription.id, second.id]))
  t.equal(await other.subscriptions.get('unknown'), undefined)
})

eachStore(t, 'they are listed in the order of their making', async (t, open) => {
  const { now, advance } = manualClock()
  const { subscriptions } = await open({ now })
  const ids: string[] = []
  for (const name of ['c', 'a', 'b']) {
    ids.push((await subscriptions.put({ ...wanted, url: `https://flow.example/${name}` })).subscription.id)
    await advance(1)
  }
  t.same(
    (await subscriptions.list()).map(({ id }) => id),
    ids
  )
})

eachStore(t, 'the same URL again changes its events, and nothing else', async (t, open) => {
  const { now, advance } = manualClock()
  const { subscriptions } = await open({ now, subscriptionsMax: 1 })
  const { subscription } = await subscriptions.put(wanted)
  await advance(1000)
  const events = ['referral-created', 'referral-updated']
  t.same(await subscriptions.put({ ...wanted, callerId: 'key-2', events }), {
    subscription: { ...subscription, callerId: 'key-2', events },
    isNew: false
  })
  t.equal((await subscriptions.list()).length, 1)
})

eachStore(t, 'there are never more than allowed, however many come at once', async (t, open) => {
  const { subscriptions, place } = await open({ subscriptionsMax: 5 })
  const other = await open({ place, subscriptionsMax: 5 })
  const puts = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) => (n % 2 ? subscriptions : other.subscriptions).put({ ...wanted, url: `https://flow.example/${n}` }))
  )
  t.equal(puts.filter(({ status }) => status === 'fulfilled').length, 5)
  for (const put of puts) if (put.status === 'rejected') t.match(put.reason, { code: 'SUBSCRIPTIONS_EXHAUSTED' })
  const [first] = await subscriptions.list()
  t.equal((await subscriptions.list()).length, 5)
  await subscriptions.delete(first?.id ?? '')
  t.match(await subscriptions.put({ ...wanted, url: 'https://flow.example/later' }), { isNew: true }, 'one that ends makes room')
})

eachStore(t, 'the same URL many times at once is one subscription', async (t, open) => {
  const { subscriptions } = await open()
  const puts = await Promise.all(Array.from({ length: 10 }, () => subscriptions.put(wanted)))
  t.equal(puts.filter(({ isNew }) => isNew).length, 1)
  t.equal(new Set(puts.map(({ subscription }) => subscription.secret)).size, 1)
})

eachStore(t, 'what waits comes oldest first, until it is settled', async (t, open) => {
  const store = await open()
  const { subscriptions, timeline } = store
  const { subscription } = await subscriptions.put(wanted)
  for (const hash of ['1', '2', '3']) await received(store, hash)
  const [first, second] = await subscriptions.waiting(subscription.id, 2)
  t.match([first, second], [{ correlationId: 'c-1' }, { correlationId: 'c-2' }])
  const told = { referralId: 'r-1', kind: 'delivered', text: 'Told.', correlationId: 'c-1' } as const
  await t.rejects(subscriptions.settle(first?.id ?? '', [{ ...told, correlationId: null as unknown as string }]))
  t.equal((await subscriptions.waiting(subscription.id, 9)).length, 3, 'both or neither')
  await subscriptions.settle(first?.id ?? '', [told])
  await subscriptions.settle(second?.id ?? '')
  t.match(await subscriptions.waiting(subscription.id, 9), [{ correlationId: 'c-3' }])
  t.match(await timeline.list('r-1', { limit: 9 }), [told])
})

eachStore(t, 'one that ends takes with it what waits for it', async (t, open) => {
  const store = await open()
  const { subscriptions, jobs } = store
  const { subscription } = await subscriptions.put(wanted)
  const { subscription: other } = await subscriptions.put({ ...wanted, url: 'https://flow.example/other' })
  await received(store, '1')
  t.equal(await subscriptions.delete(subscription.id), true)
  t.equal(await subscriptions.delete(subscription.id), false)
  t.equal(await subscriptions.get(subscription.id), undefined)
  t.same(await subscriptions.waiting(subscription.id, 9), [])
  t.equal((await subscriptions.waiting(other.id, 9)).length, 1)
  t.match(await jobs.list({}, 9), [{ kind: 'subscription', subject: other.id }])
})

eachStore(t, 'one that ends while it is told lets the telling come to its end', async (t, open) => {
  const store = await open()
  const { subscriptions, jobs, timeline } = store
  const { subscription } = await subscriptions.put(wanted)
  await received(store, '1')
  const [claim] = await jobs.claim('subscription', { limit: 1, leaseMs: 1000 })
  await subscriptions.delete(subscription.id)
  if (claim) await jobs.finish(claim, { entries: [{ referralId: 'r-1', kind: 'notDelivered', text: 'Gone.', correlationId: 'c' }] })
  t.equal(await jobs.count({}), 0)
  t.match(await timeline.list('r-1', { limit: 9 }), [{ kind: 'notDelivered' }])
})

eachStore(t, 'an id cannot be guessed', async (t, open) => {
  const { subscriptions } = await open()
  const { subscription } = await subscriptions.put(wanted)
  t.match(subscription.id, /^[0-9a-f]{40}$/, '160 bits, in the case that subjects of jobs have')
})

eachStore(t, 'a key that is revoked takes its subscriptions with it, and what waits for them', async (t, open) => {
  const store = await open()
  const { subscriptions, apiKeys, jobs } = store
  const [stolen, other] = [await apiKeys.create('flow'), await apiKeys.create('flow')]
  const put = async (name: string, callerId: string) =>
    (await subscriptions.put({ ...wanted, callerId, url: `https://flow.example/${name}` })).subscription.id
  await put('a', `key:${stolen.id}`)
  await put('b', `key:${stolen.id}`)
  const left = [await put('c', `key:${other.id}`), await put('d', 'entra:user')]
  await received(store, '1')
  t.same(await apiKeys.revoke(stolen.id), { isRevoked: true, subscriptions: 2 })
  t.same(new Set((await subscriptions.list()).map(({ id }) => id)), new Set(left))
  t.same(await subscriptions.waitingCounts(), new Map(left.map(id => [id, 1])))
  t.same(new Set((await jobs.list({}, 9)).map(({ subject }) => subject)), new Set(left))
  t.equal(await apiKeys.verify(stolen.key), undefined)
})

eachStore(t, 'those of a key that was only replaced can be kept, and ended later', async (t, open) => {
  const { subscriptions, apiKeys } = await open()
  const { id } = await apiKeys.create('flow')
  await subscriptions.put({ ...wanted, callerId: `key:${id}` })
  t.same(await apiKeys.revoke(id, { keepSubscriptions: true }), { isRevoked: true, subscriptions: 1 })
  t.equal((await subscriptions.list()).length, 1)
  t.same(await apiKeys.revoke(id), { isRevoked: false, subscriptions: 1 })
  t.same(await subscriptions.list(), [])
})

eachStore(t, 'a request that was let in before its key was revoked leaves no subscription behind', async (t, open) => {
  const { subscriptions, apiKeys, place } = await open()
  const other = await open({ place })
  const { id } = await apiKeys.create('flow')
  const puts = Array.from({ length: 20 }, (_, n) =>
    other.subscriptions.put({ ...wanted, callerId: `key:${id}`, url: `https://flow.example/${n}` })
  )
  const [revoked, ...ends] = await Promise.allSettled([apiKeys.revoke(id), ...puts])
  t.match(revoked, { status: 'fulfilled' })
  for (const end of ends) if (end.status === 'rejected') t.match(end.reason, { code: 'CALLER_UNAUTHENTICATED' })
  t.same(await subscriptions.list(), [])
  await t.rejects(subscriptions.put({ ...wanted, callerId: `key:${id}` }), { code: 'CALLER_UNAUTHENTICATED' })
})

eachStore(t, 'who drops the job of a subscription drops what waits for it', async (t, open) => {
  const store = await open()
  const { subscriptions, jobs } = store
  const { subscription } = await subscriptions.put(wanted)
  const { subscription: other } = await subscriptions.put({ ...wanted, url: 'https://flow.example/other' })
  await received(store, '1')
  await received(store, '2')
  t.match(await jobs.drop({ kind: 'subscription', subject: subscription.id }), [{ subject: subscription.id }])
  t.same(await subscriptions.waitingCounts(), new Map([[other.id, 2]]))
  await received(store, '3')
  t.match(await subscriptions.waiting(subscription.id, 9), [{ correlationId: 'c-3' }], 'only what comes later is sent')

  await jobs.claim('subscription', { limit: 2, leaseMs: 1000 })
  t.same(await jobs.drop({ kind: 'subscription' }), [])
  t.same(
    await subscriptions.waitingCounts(),
    new Map([
      [subscription.id, 1],
      [other.id, 3]
    ]),
    'not while it is worked on'
  )
})

eachStore(t, 'URL and secret open with the right key only', async (t, open) => {
  const { subscriptions, place } = await open()
  await subscriptions.put(wanted)
  await t.rejects(open({ place, key: Buffer.alloc(32, 8) }), { code: 'STORE_KEY_WRONG' })
})

eachStore(t, 'neither the URL nor the secret stands in clear', async (t, open) => {
  const { subscriptions, place, close } = await open()
  const { subscription } = await subscriptions.put(wanted)
  if (!('folder' in place)) return
  await close()
  const contents = readdirSync(place.folder).map(name => readFileSync(join(place.folder, name), 'latin1'))
  for (const secret of ['s3cret', 'flow.example', subscription.secret.slice(6)]) t.notOk(contents.join('').includes(secret))
})
