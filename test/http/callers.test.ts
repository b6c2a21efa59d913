import t from 'tap'
import { Failure } from '../../src/failure.ts'
import type { Call } from '../../src/ports.ts'
import { app, withKey } from '../fixtures/app.ts'

t.test('a store that cannot be read is not taken for a wrong key', async t => {
  const verify = async () => Promise.reject(new Failure('STORE_UNAVAILABLE', 'The store cannot be read.'))
  const service = await app(t, { apiKeys: { verify } as never })
  t.match((await service.inject({ method: 'GET', url: '/v1/connection', headers: withKey })).json(), {
    status: 503,
    code: 'STORE_UNAVAILABLE'
  })
})

t.test('health and readiness need no key; ready is only who can reach the store', async t => {
  const service = await app(t)
  t.match((await service.inject('/healthz')).json(), { status: 'ok' })
  t.match((await service.inject('/readyz')).json(), { status: 'ready', checks: { store: true } })
  const lame = await app(t, { readiness: { store: async () => Promise.reject(new Error('no')) } })
  const answer = await lame.inject('/readyz')
  t.equal(answer.statusCode, 503)
  t.match(answer.json(), { status: 'not ready', checks: { store: false } })
})

t.test('the OpenAPI document and the page need no key, and the page loads nothing from elsewhere', async t => {
  const service = await app(t)
  const document = (await service.inject('/openapi.json')).json()
  t.match(document, { openapi: '3.1.0', info: { version: '1.2.3' } })
  for (const item of Object.values<
    Record<string, { summary: string; description: string; responses: Record<string, { content: object }> }>
  >(document.paths))
    for (const { summary, description, responses } of Object.values(item)) {
      t.match(summary, /^[A-Z][A-Za-z0-9 ()]{1,78}[A-Za-z0-9)]$/)
      t.match(description, /\.$/)
      t.match(responses['401'], { content: { 'application/problem+json': {} } })
    }
  const page = await service.inject('/docs/')
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-security-policy'], /default-src 'none'/)
  for (const [, src] of page.body.matchAll(/<script[^>]*src="([^"]+)"/g)) {
    t.notMatch(src, /^https?:/)
    t.equal((await service.inject(new URL(src ?? '', 'http://x/docs/').pathname)).statusCode, 200, src ?? '')
  }
  t.notMatch(page.body, /<script>/, 'no inline script, which the policy would stop')
})

t.test('CreateReferral sent again has no second effect', async t => {
  let created = 0
  const slow: { release?: () => void } = {}
  const service = await app(t, {
    referrals: {
      get: async (id: string) => ({ id, name: 'read again' }),
      create: async () => {
        created++
        if (slow.release !== undefined) await new Promise<void>(resolve => (slow.release = resolve))
        return { referralId: `r-${created}`, referral: { id: `r-${created}` } }
      }
    } as never
  })
  const draft = { name: 'Ours', type: 'Independent', qualification: 'Direct', customerProfile: { name: 'Northwind' } }
  const post = (payload: object, headers: Record<string, string> = {}) =>
    service.inject({ method: 'POST', url: '/v1/referrals', payload, headers: { ...withKey, ...headers } })
  t.match((await post(draft)).json(), { id: 'r-1' })
  t.match((await post(draft)).json(), { id: 'r-1', name: 'read again' }, 'the same body again')
  t.match((await post({ ...draft, name: 'Other' })).json(), { id: 'r-2' }, 'another body')
  t.match((await post(draft, { 'idempotency-key': 'a' })).json(), { id: 'r-3' }, 'a key of its own')
  t.match((await post(draft, { 'idempotency-key': 'a' })).json(), { id: 'r-3' })
  t.match((await post({ ...draft, name: 'Other' }, { 'idempotency-key': 'a' })).json(), { status: 422, code: 'IDEMPOTENCY_KEY_REUSED' })
  t.match((await post(draft, { 'idempotency-key': 'x'.repeat(201) })).json(), { status: 400, code: 'REQUEST_INVALID' })
  t.equal(created, 3)

  slow.release = () => undefined
  const first = post(draft, { 'idempotency-key': 'b' })
  while (created < 4) await new Promise(resolve => setImmediate(resolve))
  const second = await post(draft, { 'idempotency-key': 'b' })
  t.match(second.json(), { status: 409, code: 'REQUEST_IN_PROGRESS' })
  slow.release()
  t.match((await first).json(), { id: 'r-4' })
})

t.test('a create that succeeded is answered so, though it cannot be remembered', async t => {
  const down = async () => Promise.reject(new Failure('STORE_UNAVAILABLE', 'The disk is full.'))
  const abandoned: string[] = []
  const service = await app(t, {
    referrals: { create: async () => ({ referralId: 'r-1', referral: { id: 'r-1' } }) } as never,
    replays: { begin: async () => 'new', finish: down, abandon: async key => void abandoned.push(key) }
  })
  const payload = { name: 'Ours', type: 'Independent', qualification: 'Direct', customerProfile: { name: 'N' } }
  const response = await service.inject({ method: 'POST', url: '/v1/referrals', payload, headers: withKey })
  t.match(response.json(), { id: 'r-1' })
  t.same(abandoned, [], 'and is not given free to be done again')
  t.match(service.lines.join(''), 'STORE_UNAVAILABLE')

  const failing = await app(t, {
    referrals: { create: async () => Promise.reject(new Failure('PARTNER_CENTER_BUSY', 'A pause.')) } as never,
    replays: { begin: async () => 'new', finish: down, abandon: down }
  })
  const failed = await failing.inject({ method: 'POST', url: '/v1/referrals', payload, headers: withKey })
  t.match(failed.json(), { code: 'PARTNER_CENTER_BUSY' }, 'the first failure is the one that is told')
})

t.test('a create that failed may be tried again', async t => {
  const wishes: (string | undefined)[] = []
  const service = await app(t, {
    referrals: {
      create: async (_draft: unknown, { requestId }: Call) => {
        wishes.push(requestId)
        if (wishes.length === 1) throw new Error('down')
        return { referralId: 'r-1', referral: { id: 'r-1' } }
      }
    } as never
  })
  const post = () =>
    service.inject({
      method: 'POST',
      url: '/v1/referrals',
      payload: { name: 'Ours', type: 'Independent', qualification: 'Direct', customerProfile: { name: 'N' } },
      headers: withKey
    })
  t.equal((await post()).statusCode, 500)
  t.match((await post()).json(), { id: 'r-1' })
  t.match(wishes[0], /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  t.same(wishes, [wishes[0], wishes[0]], 'and Partner Center can tell that it is the same wish')
})

t.test('a create whose referral could not be read afterwards is not done again', async t => {
  let created = 0
  let isDown = true
  const service = await app(t, {
    referrals: {
      create: async () => {
        created++
        return { referralId: 'r-1' }
      },
      get: async (id: string) => (isDown ? Promise.reject(new Failure('PARTNER_CENTER_BUSY', 'A pause.')) : { id })
    } as never
  })
  const payload = { name: 'Ours', type: 'Independent', qualification: 'Direct', customerProfile: { name: 'N' } }
  const post = () => service.inject({ method: 'POST', url: '/v1/referrals', payload, headers: withKey })
  t.match((await post()).json(), { code: 'PARTNER_CENTER_BUSY' })
  isDown = false
  t.match((await post()).json(), { id: 'r-1' })
  t.equal(created, 1)
})

t.test('what was answered and refused is counted by operation and code, for callers with a key', async t => {
  const service = await app(t)
  await service.inject({ method: 'GET', url: '/v1/connection', headers: withKey })
  await service.inject({ method: 'POST', url: '/v1/validate-callback', headers: withKey, payload: { content: 1 } })
  await service.inject({ method: 'GET', url: '/nowhere' })
  t.equal((await service.inject('/v1/metrics')).statusCode, 401)
  const { body, headers } = await service.inject({ method: 'GET', url: '/v1/metrics', headers: withKey })
  t.match(headers['content-type'], /^text\/plain/)
  t.match(body, 'referral_connector_answers_total{operation="TestConnection",status="200"} 1')
  t.match(body, 'referral_connector_answers_total{operation="ValidateCallback",status="400"} 1')
  t.match(body, 'referral_connector_failures_total{code="ROUTE_NOT_FOUND"} 1')
  t.match(body, 'referral_connector_failures_total{code="CALLER_UNAUTHENTICATED"} 1')
})
