import t from 'tap'
import { apiDocuments } from '../../src/cli/api-documents.ts'
import { Failure } from '../../src/failure.ts'
import type { AppPorts } from '../../src/http/ports.ts'
import { openStore } from '../../src/store/open-store.ts'
import { webhookSubscribers } from '../../src/subscribers/subscribers.ts'
import { app } from '../fixtures/app.ts'
import type { Scope } from '../fixtures/local-server.ts'
import { memoryLog } from '../fixtures/memory-log.ts'
import { memorySubscriptions } from '../fixtures/ports.ts'

const callbackUrl = 'https://prod-01.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=very-secret'
const fourEvents = ['referral-created', 'referral-updated', 'related-referral-created', 'related-referral-updated']

/** A service that two callers know, by the keys `a` and `b`. */
async function stage(t: Scope, { publicUrl, ...ports }: Partial<AppPorts> = {}) {
  const subscriptions = memorySubscriptions()
  const subscribers = webhookSubscribers({ hosts: ['*.logic.azure.com'], now: () => new Date(), log: memoryLog().log })
  const apiKeys = {
    verify: async (id: string) => (/^[ab]$/.test(id) ? { id, name: id, scope: 'write', createdAt: new Date() } : undefined)
  } as never
  const service = await app(t, { subscriptions, subscribers, apiKeys, ...ports }, publicUrl === undefined ? {} : { publicUrl })
  const ask = (
    method: 'GET' | 'POST' | 'DELETE',
    path = '',
    { payload, by = 'a', ...headers }: { payload?: object; by?: string } & Record<string, unknown> = {}
  ) =>
    service.inject({
      method,
      url: `/v1/subscriptions${path}`,
      headers: { 'x-api-key': by, ...(headers as Record<string, string>) },
      ...(payload && { payload })
    })
  return {
    subscriptions,
    service,
    ask,
    subscribe: (more: object = {}, by = 'a') => ask('POST', '', { payload: { callbackUrl, ...more }, by })
  }
}

t.test('a subscription is made with all events about referrals, and its secret is told once', async t => {
  const { subscribe, subscriptions, service } = await stage(t)
  const answer = await subscribe()
  t.equal(answer.statusCode, 201)
  const [kept] = await subscriptions.list()
  t.match(kept, { callerId: 'key:a', url: callbackUrl, events: fourEvents })
  t.same(answer.json(), {
    id: kept?.id,
    host: 'prod-01.westeurope.logic.azure.com',
    events: fourEvents,
    createdAt: '2026-03-01T08:00:00.000Z',
    secret: kept?.secret
  })
  t.equal(answer.headers.location, `http://localhost:80/v1/subscriptions/${kept?.id}`)

  const again = await subscribe({ events: ['test-created', 'referral-created', 'test-created'] })
  t.equal(again.statusCode, 201)
  t.equal(again.headers.location, answer.headers.location)
  t.same(again.json(), {
    id: kept?.id,
    host: 'prod-01.westeurope.logic.azure.com',
    events: ['test-created', 'referral-created'],
    createdAt: '2026-03-01T08:00:00.000Z'
  })
  t.equal((await subscriptions.list()).length, 1)
  t.notMatch(service.lines.join(''), /very-secret|whsec_/)
})

t.test('a field that a flow leaves empty is as good as left out', async t => {
  const { subscribe } = await stage(t)
  t.same((await subscribe({ events: null })).json().events, fourEvents)
})

t.test('the address of a subscription is absolute: the public one, or the one that was asked', async t => {
  const path = '/v1/subscriptions/subscription-1'
  const open = await stage(t)
  const asked = await open.ask('POST', '', { payload: { callbackUrl }, host: 'tunnel.example:8443' })
  t.equal(asked.headers.location, `http://tunnel.example:8443${path}`)
  for (const publicUrl of ['https://service.example', 'https://service.example/', 'https://gateway.example/referrals/']) {
    const { ask } = await stage(t, { publicUrl })
    const answer = await ask('POST', '', { payload: { callbackUrl }, host: 'elsewhere.example' })
    t.equal(answer.headers.location, `${publicUrl.replace(/\/$/, '')}${path}`)
  }
})

t.test('a URL is judged before anything is stored', async t => {
  const { subscribe, subscriptions } = await stage(t)
  const refused: [string, number, string][] = [
    ['https://evil.com/?sig=very-secret', 422, 'SUBSCRIBER_URL_REFUSED'],
    ['https://evillogic.azure.com/?sig=very-secret', 422, 'SUBSCRIBER_URL_REFUSED'],
    ['https://a.logic.azure.com.evil.com/?sig=very-secret', 422, 'SUBSCRIBER_URL_REFUSED'],
    ['https://a.logic.azure.com@evil.com/?sig=very-secret', 422, 'SUBSCRIBER_URL_REFUSED'],
    ['http://a.logic.azure.com/?sig=very-secret', 422, 'SUBSCRIBER_URL_REFUSED'],
    ['http://127.0.0.1:1234/?sig=very-secret', 422, 'SUBSCRIBER_URL_REFUSED'],
    ['https://169.254.169.254/?sig=very-secret', 422, 'SUBSCRIBER_URL_REFUSED'],
    ['very-secret', 400, 'VALUE_WRONG_TYPE'],
    ['', 400, ''],
    [`${callbackUrl}${'x'.repeat(4000)}`, 400, 'VALUE_TOO_LONG']
  ]
  for (const [url, status, code] of refused) {
    const answer = await subscribe({ callbackUrl: url })
    t.equal(answer.statusCode, status, url.slice(0, 60))
    if (code) t.equal(answer.json().code, code)
    t.notMatch(answer.body, 'very-secret')
  }
  t.same(await subscriptions.list(), [])
})

t.test('only known events can be subscribed to', async t => {
  const { subscribe, subscriptions } = await stage(t)
  const bodies: [object, string][] = [
    [{ events: ['referral-deleted'] }, 'VALUE_WRONG_TYPE'],
    [{ events: 'referral-created' }, 'VALUE_WRONG_TYPE'],
    [{ events: [] }, 'REQUEST_INVALID'],
    [{ events: Array.from({ length: 21 }, () => 'referral-created') }, 'VALUE_TOO_LONG'],
    [{ event: 'referral-created' }, 'FIELD_UNKNOWN'],
    [{ callbackUrl: undefined }, 'REQUEST_INVALID'],
    [{ callbackUrl: 7 }, 'VALUE_WRONG_TYPE']
  ]
  for (const [body, code] of bodies) t.match((await subscribe(body)).json(), { status: 400, code }, JSON.stringify(body).slice(0, 60))
  t.same(await subscriptions.list(), [])
})

t.test('a caller sees its own subscriptions only, and whoever knows an id may end it', async t => {
  const { ask, subscribe, subscriptions } = await stage(t)
  const { id: mine } = (await subscribe()).json()
  const { id: theirs } = (await subscribe({ callbackUrl: `${callbackUrl}2` }, 'b')).json()
  t.same((await ask('GET')).json(), {
    value: [{ id: mine, host: 'prod-01.westeurope.logic.azure.com', events: fourEvents, createdAt: '2026-03-01T08:00:00.000Z' }]
  })
  t.notMatch((await ask('GET')).body, /very-secret|whsec_/)

  for (const id of ['not-there', '..%2f..', "'%20or%201=1"]) {
    const answer = await ask('DELETE', `/${id}`)
    t.equal(answer.statusCode, 204, id)
    t.equal(answer.body, '')
  }
  t.equal((await subscriptions.list()).length, 2)
  t.equal((await ask('DELETE', `/${mine}`)).statusCode, 204)
  t.equal((await ask('DELETE', `/${mine}`, { 'content-type': 'application/json' })).statusCode, 204, 'and again, with an empty body')
  t.same((await ask('GET')).json(), { value: [] })
  t.same(
    (await subscriptions.list()).map(({ id }) => id),
    [theirs]
  )
  t.equal((await ask('DELETE', `/${theirs}`)).statusCode, 204, 'as the flow does whose connection has another key now')
  t.same(await subscriptions.list(), [])
})

t.test('the subscriptions of a key that is revoked end with it', async t => {
  const store = await openStore({ folder: t.testdir(), key: Buffer.alloc(32, 7), now: () => new Date() })
  t.teardown(() => store.close())
  const { apiKeys, subscriptions } = store
  const { ask, subscribe } = await stage(t, { apiKeys, subscriptions })
  const [one, two] = [await apiKeys.create('flow'), await apiKeys.create('flow')]
  await subscribe({}, one.key)
  const { id: kept } = (await subscribe({ callbackUrl: `${callbackUrl}2` }, two.key)).json()
  t.match(await apiKeys.revoke(one.id), { subscriptions: 1 })
  t.same(
    (await subscriptions.list()).map(({ id }) => id),
    [kept]
  )
  t.match((await ask('GET', '', { by: two.key })).json(), { value: [{ id: kept }] })
})

t.test('without a key nothing is told, made or ended', async t => {
  const { ask, subscriptions, subscribe } = await stage(t)
  const { id } = (await subscribe()).json()
  for (const answer of [
    await ask('GET', '', { by: 'c' }),
    await ask('DELETE', `/${id}`, { by: 'c' }),
    await ask('POST', '', { by: 'c', payload: { callbackUrl } })
  ])
    t.match(answer.json(), { status: 401, code: 'CALLER_UNAUTHENTICATED' })
  t.equal((await subscriptions.list()).length, 1)
})

t.test('when there are too many, the answer says so', async t => {
  const put = async () => Promise.reject(new Failure('SUBSCRIPTIONS_EXHAUSTED', 'There are 500 subscriptions already.'))
  const { subscribe } = await stage(t, { subscriptions: { ...memorySubscriptions(), put } })
  t.match((await subscribe()).json(), { status: 422, code: 'SUBSCRIPTIONS_EXHAUSTED' })
})

t.test('the operations are in the OpenAPI document, and the trigger is in the connector', async t => {
  const { openApi, swagger2 } = await apiDocuments()
  const paths = openApi.paths as Record<string, Record<string, { operationId: string; responses: Record<string, object> }>>
  t.match(paths['/v1/subscriptions'], { post: { operationId: 'WhenReferralChanges' }, get: { operationId: 'ListSubscriptions' } })
  t.match(paths['/v1/subscriptions/{id}'], { delete: { operationId: 'Unsubscribe' } })
  t.match(paths['/v1/subscriptions']?.post?.responses['201'], { headers: { Location: { schema: { type: 'string' } } } })
  t.match(openApi.components, {
    schemas: { ReferralNotification: { properties: { referral: { $ref: '#/components/schemas/Referral' } } } }
  })
  t.match(swagger2.paths, {
    '/v1/subscriptions': {
      post: { 'x-ms-trigger': 'single', 'x-ms-notification-content': { schema: { $ref: '#/definitions/ReferralNotification' } } }
    },
    '/v1/subscriptions/{id}': { delete: { 'x-ms-visibility': 'internal' } }
  })
  t.notMatch(JSON.stringify(swagger2.paths), /ListSubscriptions/, 'it would be shown with the event as its answer')
  t.notMatch(JSON.stringify(openApi.paths), /x-ms-notification-content/)
})
