import t from 'tap'
import { type LocalAnswer, localServer, type Scope } from '../fixtures/local-server.ts'
import { receiverStage } from '../fixtures/receiver-stage.ts'

/** A receiver of events that answers what it is told to. */
async function subscriber(t: Scope) {
  const server = await localServer(t, { status: 200 })
  const took: { id: string; body: Record<string, unknown> }[] = []
  const take: LocalAnswer = ({ headers, body }, response) => {
    took.push({ id: String(headers['webhook-id']), body: JSON.parse(body) as Record<string, unknown> })
    response.writeHead(200).end()
  }
  server.now(take)
  const answer = (status: number): void => server.now(status === 200 ? take : { status })
  return { got: took, host: new URL(server.url).host, url: `${server.url}/trigger?sig=secret`, answer }
}

t.test('each subscriber is told of each event with the referral and its lead, and a dead one delays nobody', async t => {
  const [alive, dead] = [await subscriber(t), await subscriber(t)]
  const env = { SUBSCRIBER_HOSTS: `${alive.host},${dead.host}` }
  const { sandbox, service, settled, call, pass } = await receiverStage(t, undefined, { env })
  dead.answer(500)
  const made = await call('POST', '/v1/subscriptions', { callbackUrl: alive.url, events: ['referral-created'] })
  t.match(made, { status: 201, body: { secret: /^whsec_/, host: alive.host } })
  t.match(made.headers.get('location'), /^http:\/\/127\.0\.0\.1:\d+\/v1\/subscriptions\/.+/)
  const again = await call('POST', '/v1/subscriptions', { callbackUrl: alive.url })
  t.match(again, { status: 201, body: { id: made.body.id } }, 'subscribing again is the same subscription')
  t.equal(again.body.secret, undefined)
  await call('POST', '/v1/subscriptions', { callbackUrl: dead.url })

  const id = String(sandbox.partnerCenter.createReferral().id)
  await settled()
  t.equal(sandbox.dataverse.leads().length, 1)
  t.match(alive.got[0]?.body, { eventName: 'referral-created', referralId: id, referral: { id }, lead: { companyName: /.+/ } })
  t.equal(new Set(alive.got.map(each => each.id)).size, alive.got.length, 'each message has an id of its own')
  t.same(dead.got, [])
  t.match(await service.store.jobs.list({ kind: 'subscription' }, 5), [{ state: 'ready', code: 'SUBSCRIBER_UNREACHABLE' }])

  dead.answer(200)
  await pass(60 * 60_000)
  await settled()
  t.match(
    dead.got.map(({ body }) => body.eventName),
    ['referral-created', 'referral-updated'],
    'once it is back, it is told in order'
  )
})

t.test(
  'where flows do the syncing, they are told of every change, of missed ones too, and the service writes nothing by itself',
  async t => {
    const flow = await subscriber(t)
    const env = { SYNC_BY: 'flow', SUBSCRIBER_HOSTS: flow.host }
    const { sandbox, service, settled, call, pass, unregister } = await receiverStage(t, undefined, { env })
    await call('POST', '/v1/subscriptions', { callbackUrl: flow.url })

    const id = String(sandbox.partnerCenter.createReferral().id)
    await settled()
    t.match(
      flow.got.map(({ body }) => body),
      [{ eventName: 'referral-created', referralId: id, lead: { companyName: /.+/ } }]
    )
    t.same(sandbox.dataverse.leads(), [], 'no lead was made')
    t.same(await service.store.jobs.list({ kind: 'referral' }, 5), [], 'and none is queued')
    const { body: story } = await call('GET', `/v1/referrals/${id}/timeline`)
    t.match(story, { entries: [{ kind: 'received' }, { kind: 'verified' }, { kind: 'delivered' }] })

    unregister()
    const missed = String(sandbox.partnerCenter.createReferral().id)
    await pass(16 * 60_000)
    await settled()
    await pass(1)
    await settled()
    t.ok(
      flow.got.some(({ body }) => body.eventName === 'referral-updated' && body.referralId === missed),
      'a reconciliation tells of a callback that never came'
    )
    t.same(sandbox.dataverse.leads(), [])

    await call('PUT', `/v1/leads/${missed}`, {})
    t.equal(sandbox.dataverse.leads().length, 1, 'the actions work as ever')
  }
)

t.test('where flows do the syncing and none has subscribed, the timeline says so', async t => {
  const { sandbox, settled, call } = await receiverStage(t, undefined, { env: { SYNC_BY: 'flow' } })
  const id = String(sandbox.partnerCenter.createReferral().id)
  await settled()
  const { body } = await call('GET', `/v1/referrals/${id}/timeline`)
  t.match(body, {
    entries: [{ kind: 'received' }, { kind: 'verified' }, { kind: 'skipped', text: /Nobody has subscribed to referral-created/ }]
  })
})

t.test('a subscriber that is gone is unsubscribed, and its secret stands nowhere', async t => {
  const flow = await subscriber(t)
  const { sandbox, service, settled, call } = await receiverStage(t, undefined, { env: { SUBSCRIBER_HOSTS: flow.host } })
  await call('POST', '/v1/subscriptions', { callbackUrl: flow.url })
  flow.answer(410)
  const id = String(sandbox.partnerCenter.createReferral().id)
  await settled()
  t.same((await call('GET', '/v1/subscriptions')).body, { value: [] })
  t.same(await service.store.subscriptions.list(), [])
  const { body } = await call('GET', `/v1/referrals/${id}/timeline`)
  t.match(JSON.stringify(body), /SUBSCRIBER_GONE/)
  t.notMatch(JSON.stringify(body), /sig=secret/)
})

t.test('an address that is not allowed is refused before anything is stored', async t => {
  const { service, call } = await receiverStage(t)
  for (const callbackUrl of [
    'https://evil.example/hook',
    'http://127.0.0.1:1/x',
    'https://logic.azure.com.evil.example/',
    'https://169.254.169.254/'
  ]) {
    const answer = await call('POST', '/v1/subscriptions', { callbackUrl })
    t.match(answer, { status: 422, body: { code: 'SUBSCRIBER_URL_REFUSED' } }, callbackUrl)
  }
  t.same(await service.store.subscriptions.list(), [])
  t.equal((await call('DELETE', '/v1/subscriptions/not-there')).status, 204)
})

t.test('a referral that Partner Center stumbles over holds up neither the subscribers nor the other referrals', async t => {
  const flows = [await subscriber(t), await subscriber(t)]
  const { sandbox, service, settled, call, pass } = await receiverStage(t, undefined, {
    env: { SUBSCRIBER_HOSTS: flows.map(({ host }) => host).join() }
  })
  for (const { url } of flows) await call('POST', '/v1/subscriptions', { callbackUrl: url, events: ['referral-created'] })
  const bad: string[] = []
  sandbox.partnerCenter.nextAnswers.next(
    { status: 500, times: 100_000 },
    ({ method, url }) => method === 'GET' && bad.some(id => url.includes(id))
  )
  bad.push(String(sandbox.partnerCenter.createReferral().id))
  await settled()
  const good = String(sandbox.partnerCenter.createReferral().id)
  for (let minutes = 0; minutes < 30; minutes++) {
    await pass(60_000)
    await settled()
  }
  for (const { got } of flows) {
    t.match(
      got.map(({ body }) => body.referralId),
      [...bad, good]
    )
    t.equal(got[0]?.body.referral, undefined)
    t.match(got[1]?.body, { referral: { id: good } })
  }
  t.ok(sandbox.partnerCenter.referral(good)?.externalReferenceId, 'and the other one is a lead')
  t.same(await service.store.jobs.list({ kind: 'subscription' }, 5), [])
})

t.test('a subscriber that asks for the same event as others costs no request of its own', async t => {
  const flows = await Promise.all(Array.from({ length: 6 }, () => subscriber(t)))
  const { sandbox, settled, call } = await receiverStage(t, undefined, {
    env: { SUBSCRIBER_HOSTS: flows.map(({ host }) => host).join() }
  })
  for (const { url } of flows) await call('POST', '/v1/subscriptions', { callbackUrl: url, events: ['referral-created'] })
  const before = sandbox.requests.count({ system: 'partner-center', method: 'GET' })
  const id = String(sandbox.partnerCenter.createReferral().id)
  await settled()
  for (const { got } of flows) t.match(got, [{ body: { referralId: id, referral: { id } } }])
  t.ok(
    sandbox.requests.count({ system: 'partner-center', method: 'GET' }) - before <= 4,
    'one for all of them, and those of the job of the referral'
  )
})
