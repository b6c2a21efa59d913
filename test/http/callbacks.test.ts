import t from 'tap'
import type { VerifiedCallback } from '../../src/callback/verify-callback.ts'
import { Failure } from '../../src/failure.ts'
import type { ReceivedCallback } from '../../src/ports.ts'
import { app, referralId } from '../fixtures/app.ts'
import type { Scope } from '../fixtures/local-server.ts'

const now = new Date('2026-05-01T10:00:00Z')
const body = '{"EventName":"referral-created"}'

/** The receiver over a judge that believes everything; what it hands to the store is kept. */
async function receiver(
  t: Scope,
  event: Partial<VerifiedCallback['event']> = {},
  options: { callbacksPerMinute?: number; trustProxy?: string[] } = {}
) {
  const accepted: ReceivedCallback[] = []
  let woken = 0
  const verified: VerifiedCallback = {
    event: { name: 'referral-created', referralId, changedAt: '2026-05-01T09:59:58.1234567+00:00', ...event },
    signer: { subject: 'CN=signer', issuer: 'CN=i', thumbprint: 'ab', notAfter: now, publicKey: {} as never },
    matched: 'as-sent'
  }
  const seen = new Set<string>()
  const service = await app(
    t,
    {
      now: () => now,
      wake: () => void woken++,
      validate: async () => verified,
      inbox: {
        async accept(received) {
          accepted.push(received)
          const isSeen = seen.has(received.bodyHash)
          seen.add(received.bodyHash)
          return isSeen ? 'seen' : 'new'
        }
      }
    },
    options
  )
  const post = (payload: string | Buffer = body, headers: Record<string, string> = {}) =>
    service.inject({ method: 'POST', url: '/callbacks', headers: { 'content-type': 'application/json', ...headers }, payload })
  return { service, post, accepted, woken: () => woken }
}

t.test('a proven callback is stored with its job and its first two entries, then answered, then worked on', async t => {
  const { post, accepted, woken } = await receiver(t)
  const answer = await post()
  t.equal(answer.statusCode, 200)
  t.match(accepted, [
    {
      bodyHash: /^[0-9a-f]{64}$/,
      event: { name: 'referral-created' },
      hints: [{ kind: 'referral', subject: referralId, origin: 'callback', correlationId: /.+/ }],
      entries: [
        { kind: 'received', referralId, facts: { event: 'referral-created', bytes: String(body.length) } },
        { kind: 'verified', facts: { signer: 'CN=signer', thumbprint: 'ab' } }
      ]
    }
  ])
  t.equal(woken(), 1)
  t.equal((await post()).statusCode, 200, 'the same again')
  t.equal(woken(), 1, 'wakes nobody')
})

t.test('no key is asked for, and none helps', async t => {
  const { service, accepted } = await receiver(t)
  const forged = await app(t, {
    validate: async () => {
      throw new Failure('CALLBACK_SIGNATURE_MISMATCH', 'The signature does not cover the body.')
    }
  })
  const answer = await forged.inject({ method: 'POST', url: '/callbacks', headers: { 'x-api-key': 'rc_0123456789ab_good' }, payload: body })
  t.match({ status: answer.statusCode, body: answer.json() }, { status: 401, body: { code: 'CALLBACK_SIGNATURE_MISMATCH' } })
  t.equal((await service.inject({ method: 'GET', url: '/callbacks' })).statusCode, 404)
  t.equal(accepted.length, 0)
})

t.test('test events and events about other things are kept once and ask for nothing', async t => {
  for (const name of ['test-created', 'subscription-updated', 'something-new']) {
    const { service, post, accepted } = await receiver(t, { name, referralId: undefined as never })
    t.equal((await post()).statusCode, 200, name)
    t.match(accepted, [{ hints: [], entries: [] }])
    t.match(service.lines.join(), /concerns no referral/)
  }
})

t.test('an event of an unknown name about a referral is kept once and asks for nothing', async t => {
  for (const name of ['referral-deleted', 'related-referral-merged', 'Referral-Created-V2']) {
    const { service, post, accepted } = await receiver(t, { name, resourceName: 'referral' })
    t.equal((await post()).statusCode, 200, name)
    t.match(accepted, [{ hints: [], entries: [] }])
    t.match(service.lines.join(), /of an unknown event was acknowledged/)
    const { body: text } = await service.inject({ url: '/v1/metrics', headers: { 'x-api-key': 'rc_0123456789ab_good' } })
    t.match(text, /referral_connector_callbacks_total\{outcome="unrelated"\} 1/)
  }
})

t.test('the names of events are known in any case', async t => {
  for (const name of ['REFERRAL-created', 'Referral-Updated', 'Related-Referral-Created', 'related-referral-UPDATED']) {
    const { post, accepted } = await receiver(t, { name })
    await post()
    t.match(accepted, [{ hints: [{ subject: referralId, origin: /^related/i.test(name) ? 'related' : 'callback' }] }], name)
  }
})

t.test('an event about a related referral says so', async t => {
  const { post, accepted } = await receiver(t, { name: 'related-referral-updated' })
  await post()
  t.match(accepted[0]?.hints, [{ origin: 'related' }])
})

t.test('a callback from before our memory is taken for a replay: acknowledged, and nothing is stored', async t => {
  const { post, accepted } = await receiver(t, { changedAt: '2026-03-01T00:00:00Z' })
  t.equal((await post()).statusCode, 200)
  t.same(accepted, [])
})

t.test('when the store does not take it, Partner Center is told to come again', async t => {
  const { service } = await receiver(t)
  const full = await app(t, {
    inbox: {
      async accept() {
        throw new Failure('STORE_UNAVAILABLE', 'The store cannot be written.')
      }
    }
  })
  const answer = await full.inject({ method: 'POST', url: '/callbacks', payload: body })
  t.match({ status: answer.statusCode, body: answer.json() }, { status: 503, body: { code: 'STORE_UNAVAILABLE' } })
  t.ok(service)
})

const refused: Record<string, { payload?: string | Buffer; headers?: Record<string, string>; status: number; code: string }> = {
  'a body larger than any event': { payload: 'x'.repeat(65 * 1024), status: 413, code: 'REQUEST_TOO_LARGE' },
  'a compressed body, whose bytes are not what was signed': {
    headers: { 'content-encoding': 'gzip' },
    status: 415,
    code: 'CONTENT_TYPE_UNSUPPORTED'
  }
}
for (const [what, { payload, headers, status, code }] of Object.entries(refused))
  t.test(`${what} is refused before it is judged`, async t => {
    const { post, accepted } = await receiver(t)
    const answer = await post(payload, headers)
    t.match({ status: answer.statusCode, body: answer.json() }, { status, body: { code } })
    t.same(accepted, [])
  })

t.test('more at once than can be taken is shed with a time to come again, and taken again once there is room', async t => {
  let open = (): void => undefined
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  let judged = 0
  const service = await app(t, {
    now: () => now,
    validate: async () => {
      judged += 1
      await gate
      throw new Failure('CALLBACK_SIGNATURE_MISMATCH', 'no')
    }
  })
  const url = await service.listen({ host: '127.0.0.1', port: 0 })
  const send = () => fetch(`${url}/callbacks`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  const held = Array.from({ length: 128 }, send)
  while (judged < 128) await new Promise(resolve => setImmediate(resolve))
  const shed = await send()
  t.equal(shed.status, 503)
  t.match(await shed.json(), { code: 'SERVICE_BUSY' })
  t.ok(Number(shed.headers.get('retry-after')) >= 1)
  open()
  for (const answer of await Promise.all(held)) await answer.text()
  t.equal((await send()).status, 401, 'there is room again')
})

t.test('one address may send so many a minute', async t => {
  const { post } = await receiver(t, {}, { callbacksPerMinute: 2 })
  t.same([(await post()).statusCode, (await post()).statusCode], [200, 200])
  const third = await post()
  t.match({ status: third.statusCode, body: third.json() }, { status: 429, body: { code: 'TOO_MANY_REQUESTS' } })
})

t.test('one address stays one, whichever port a proxy writes behind it and however an IPv6 host renumbers itself', async t => {
  const { service } = await receiver(t, {}, { callbacksPerMinute: 2, trustProxy: ['127.0.0.1'] })
  const from = async (address: string) =>
    (await service.inject({ method: 'POST', url: '/callbacks', payload: body, headers: { 'x-forwarded-for': address } })).statusCode
  for (const [first, second, third] of [
    ['203.0.113.7:1001', '203.0.113.7:1002', '203.0.113.7'],
    ['[2001:db8:0:7::1]:1001', '2001:db8:0:7::2', '2001:db8:0:7:ffff::']
  ] as const)
    t.same([await from(first), await from(second), await from(third)], [200, 200, 429], first)
  t.equal(await from('203.0.113.8:1001'), 200, 'others are not held back')
})

t.test('every outcome is counted', async t => {
  const { service, post } = await receiver(t)
  await post()
  await post()
  const { body: text } = await service.inject({ url: '/v1/metrics', headers: { 'x-api-key': 'rc_0123456789ab_good' } })
  t.match(text, /referral_connector_callbacks_total\{outcome="accepted"\} 1/)
  t.match(text, /referral_connector_callbacks_total\{outcome="seen"\} 1/)
})

t.test('the metrics tell of outages and of a pause', async t => {
  const service = await app(t, { workerState: () => ({ outages: [{ upstream: 'crm' }], isPaused: true }) })
  const { body: text } = await service.inject({ url: '/v1/metrics', headers: { 'x-api-key': 'rc_0123456789ab_good' } })
  t.match(text, /referral_connector_outage\{upstream="crm"\} 1/)
  t.match(text, /referral_connector_paused 1/)
})
