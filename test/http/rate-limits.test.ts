import t from 'tap'
import { app, referralId, withKey } from '../fixtures/app.ts'

type Service = Awaited<ReturnType<typeof app>>
type Answer = Awaited<ReturnType<Service['inject']>>

const anyKey = { apiKeys: { verify: async (id: string) => ({ id, name: id, scope: 'admin', createdAt: new Date() }) } as never }
const limitsOf = ({ headers }: Answer) => [headers['ratelimit-limit'], headers['ratelimit-remaining']].map(Number)
const sync = { method: 'POST', url: `/v1/referrals/${referralId}/sync` } as const
const look = { method: 'GET', url: '/v1/connection' } as const

t.test('a caller who asks too often is held back, others are not', async t => {
  const service = await app(t, anyKey, { rateLimitPerMinute: 3 })
  const ask = (key: string) => service.inject({ ...look, headers: { 'x-api-key': key } })
  for (let left = 2; left >= 0; left--) {
    const answer = await ask('a')
    t.equal(answer.statusCode, 200)
    t.same(limitsOf(answer), [3, left])
    t.ok(Number(answer.headers['ratelimit-reset']) > 50)
    t.equal(answer.headers['retry-after'], undefined)
  }
  const late = await ask('a')
  t.match(late.json(), { status: 429, code: 'TOO_MANY_REQUESTS', advice: /Retry-After/ })
  t.same(limitsOf(late), [3, 0])
  t.ok(Number(late.headers['retry-after']) > 50)
  t.ok(Number(late.headers['retry-after']) <= 60)
  t.equal(late.headers['retry-after'], late.headers['ratelimit-reset'])
  t.equal((await ask('b')).statusCode, 200, 'each caller is counted by itself')
})

t.test('what asks upstream may be called less often, and takes nothing from what does not', async t => {
  const service = await app(t, anyKey, { rateLimitPerMinute: 10 })
  const ask = (request: object, key = 'a') => service.inject({ ...request, headers: { 'x-api-key': key } })
  for (let left = 4; left >= 0; left--) t.same(limitsOf(await ask(sync)), [5, left])
  const late = await ask(sync)
  t.match(late.json(), { status: 429, code: 'TOO_MANY_REQUESTS', detail: 'One caller may do this 5 times a minute.' })
  t.same(limitsOf(late), [5, 0])
  t.equal((await ask({ ...sync, url: `/v1/referrals/${referralId.replace('4', '5')}/sync` })).statusCode, 429, 'whichever the referral')
  t.same(limitsOf(await ask(look)), [10, 2], 'others go on, and every request has counted')
  t.equal((await ask(sync, 'b')).statusCode, 200)
})

const shares: [
  what: string,
  request: { method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; url: string; payload?: object },
  times: number
][] = [
  ['SyncReferral', sync, 300],
  ['UpsertLead', { method: 'PUT', url: `/v1/leads/${referralId}`, payload: {} }, 300],
  ['UpdateReferral', { method: 'PATCH', url: `/v1/referrals/${referralId}`, payload: { notes: 'x' } }, 300],
  ['CreateReferral', { method: 'POST', url: '/v1/referrals', payload: {} }, 60],
  ['WhenReferralChanges', { method: 'POST', url: '/v1/subscriptions', payload: {} }, 60],
  ['RegisterWebhook', { method: 'PUT', url: '/v1/webhook-registration' }, 10],
  ['SendTestEvent', { method: 'POST', url: '/v1/webhook-registration/test' }, 2],
  ['Unsubscribe', { method: 'DELETE', url: '/v1/subscriptions/1' }, 600],
  ['GetReferral', { method: 'GET', url: `/v1/referrals/${referralId}` }, 600]
]

t.test('of 600 requests a minute so many may be of each', async t => {
  const service = await app(t, anyKey, { rateLimitPerMinute: 600 })
  for (const [what, request, times] of shares)
    t.same(limitsOf(await service.inject({ ...request, headers: { 'x-api-key': what } })), [times, times - 1], what)
})

t.test('a limit of one request a minute leaves one of each', async t => {
  const service = await app(t, anyKey, { rateLimitPerMinute: 1 })
  for (const [what, request] of shares) t.same(limitsOf(await service.inject({ ...request, headers: { 'x-api-key': what } })), [1, 0], what)
})

t.test('a request that is forbidden has counted', async t => {
  const apiKeys = { verify: async (id: string) => ({ id, name: id, scope: 'read', createdAt: new Date() }) } as never
  const service = await app(t, { apiKeys }, { rateLimitPerMinute: 2 })
  const statuses: number[] = []
  for (let at = 0; at < 3; at++) statuses.push((await service.inject({ ...sync, headers: { 'x-api-key': 'a' } })).statusCode)
  t.same(statuses, [403, 403, 429])
})

t.test('strangers are held back by their address, and a good key is let in beside them', async t => {
  const service = await app(t, {}, { rateLimitPerMinute: 3, trustProxy: ['127.0.0.1'] })
  const ask = (headers: Record<string, string>, from = '192.0.2.1') =>
    service.inject({ ...look, headers: { ...headers, 'x-forwarded-for': from } })
  const wrong = { 'x-api-key': 'rc_0123456789ab_bad' }
  for (let at = 0; at < 3; at++) {
    const answer = await ask(at === 1 ? {} : wrong)
    t.equal(answer.statusCode, 401)
    t.equal(answer.headers['ratelimit-limit'], undefined)
  }
  const late = await ask(wrong)
  t.match(late.json(), { status: 429, code: 'TOO_MANY_REQUESTS' })
  t.same(limitsOf(late), [3, 0])
  t.ok(Number(late.headers['retry-after']) > 0)
  t.equal((await ask(withKey)).statusCode, 200, 'whose address it is does not matter')
  t.equal((await ask(wrong, '192.0.2.2')).statusCode, 401)
})

t.test('a network of IPv6 is one stranger', async t => {
  const service = await app(t, {}, { rateLimitPerMinute: 2, trustProxy: ['127.0.0.1'] })
  const statuses: number[] = []
  for (const from of ['2001:db8:1:2::1', '2001:db8:1:2:ffff::2', '2001:db8:1:2:3:4:5:6', '2001:db8:1:3::1'])
    statuses.push((await service.inject({ ...look, headers: { 'x-forwarded-for': from } })).statusCode)
  t.same(statuses, [401, 401, 429, 401])
})

t.test('a flood of addresses takes no more memory than so many, and nobody is refused for it', async t => {
  const service = await app(t, {}, { rateLimitPerMinute: 3, trustProxy: ['127.0.0.1'] })
  const ask = (at: number) => {
    const from = `2001:db8:${(at >> 16).toString(16)}:${(at & 0xffff).toString(16)}::1`
    return service.inject({ ...look, headers: { 'x-forwarded-for': from } })
  }
  const flood = async (from: number, count: number) => {
    for (let at = from; at < from + count; at += 100) await Promise.all(Array.from({ length: 100 }, (_, index) => ask(at + index)))
  }
  await flood(0, 6000)
  // The first ones were forgotten, or the count of the first would be over by now.
  t.same(
    (await Promise.all([ask(0), ask(0), ask(0)])).map(({ statusCode }) => statusCode),
    [401, 401, 401]
  )
  t.equal((await ask(0)).statusCode, 429)
  t.equal((await service.inject({ ...look, headers: withKey })).statusCode, 200)
})
