import { createHmac } from 'node:crypto'
import t from 'tap'
import { request } from 'undici'
import { requestLog } from '../../src/sandbox/request-log.ts'
import { startSubscriber } from '../../src/sandbox/subscriber/subscriber.ts'
import type { Scope } from '../fixtures/local-server.ts'

/** The key and the example of the specification's own test vectors would do; any 32 bytes do as well. */
const key = Buffer.alloc(32, 7)
const secret = `whsec_${key.toString('base64')}`
const now = () => new Date('2026-03-01T08:00:00.000Z')
const timestamp = String(now().getTime() / 1000)
const text = '{"eventName":"referral-created","name":"Größe"}'

const signature = (id: string, at = timestamp, body = text, by = key): string =>
  `v1,${createHmac('sha256', by).update(`${id}.${at}.${body}`).digest('base64')}`

async function stage(t: Scope) {
  const log = requestLog()
  const subscriber = await startSubscriber({ log, now })
  t.teardown(() => subscriber.close())
  const post = async (id: string, headers: Record<string, string> = {}, body = text): Promise<number> => {
    const answer = await request(subscriber.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signature(id),
        ...headers
      },
      body
    })
    await answer.body.dump()
    return answer.statusCode
  }
  return { ...subscriber, subscriber, log, post }
}

t.test('a signed message is taken, and a second one of its id is told', async t => {
  const { subscriber, received, post, log } = await stage(t)
  subscriber.trust(secret)
  t.equal(await post('m-1'), 202)
  t.match(received, [{ id: 'm-1', isGenuine: true, isDuplicate: false, body: { eventName: 'referral-created', name: 'Größe' } }])
  t.equal(received[0]?.headers['webhook-timestamp'], timestamp)
  await post('m-2')
  await post('m-1')
  t.same(
    received.map(({ isDuplicate }) => isDuplicate),
    [false, false, true]
  )
  t.equal(subscriber.duplicates(), 1)
  t.equal(log.count({ system: 'subscriber', status: 202 }), 3)
  t.notMatch(
    JSON.stringify(log.all()),
    new URL(subscriber.url).searchParams.get('sig') ?? '?',
    'the log masks the signature of the address'
  )
})

t.test('what is not signed by a trusted secret, over these bytes, now, is not genuine', async t => {
  const { subscriber, received, post } = await stage(t)
  await post('m-0')
  t.equal(received.at(-1)?.isGenuine, false, 'nobody is trusted yet')
  subscriber.trust(secret)
  const late = String(Number(timestamp) - 301)
  const cases: [string, Record<string, string>, string?][] = [
    ['another body', {}, `${text} `],
    ['another key', { 'webhook-signature': signature('m-1', timestamp, text, Buffer.alloc(32, 8)) }],
    ['another id', { 'webhook-signature': signature('m-2') }],
    ['another time', { 'webhook-timestamp': String(Number(timestamp) + 1) }],
    ['an old time', { 'webhook-timestamp': late, 'webhook-signature': signature('m-1', late) }],
    ['no time', { 'webhook-timestamp': 'now', 'webhook-signature': signature('m-1', 'now') }],
    ['no signature', { 'webhook-signature': '' }],
    ['another version', { 'webhook-signature': signature('m-1').replace('v1', 'v1a') }]
  ]
  for (const [what, headers, body] of cases) {
    await post('m-1', headers, body)
    t.equal(received.at(-1)?.isGenuine, false, what)
  }
  await post('m-1', { 'webhook-signature': `v1,AAAA ${signature('m-1')}` })
  t.equal(received.at(-1)?.isGenuine, true, 'one of several signatures is enough: secrets are rotated that way')
})

t.test('it answers wrongly when told to, and what it answered so has arrived all the same', async t => {
  const { subscriber, received, post } = await stage(t)
  for (const status of [410, 404, 500]) {
    subscriber.answerAlways(status)
    t.equal(await post(`m-${status}`), status)
  }
  subscriber.recover()
  t.equal(await post('m-well'), 202)
  subscriber.nextAnswers.next({ status: 429, headers: { 'retry-after': '7' } })
  t.equal(await post('m-once'), 429)
  t.equal(await post('m-once'), 202)
  subscriber.nextAnswers.next({ reset: true })
  await t.rejects(post('m-cut'))
  t.same(
    received.map(({ id }) => id),
    ['m-410', 'm-404', 'm-500', 'm-well', 'm-once', 'm-once', 'm-cut']
  )
})

t.test('it holds its answers back until it is told to go on', async t => {
  const { subscriber, received, post } = await stage(t)
  const release = subscriber.hold()
  let isAnswered = false
  const answer = post('m-1').then(status => {
    isAnswered = true
    return status
  })
  while (received.length === 0) await new Promise(resolve => setImmediate(resolve))
  t.notOk(isAnswered)
  release()
  t.equal(await answer, 202)
})

t.test('without the secret of its address nobody is let in, and it can be steered over HTTP', async t => {
  const { subscriber } = await stage(t)
  const url = new URL(subscriber.url)
  url.searchParams.set('sig', 'guessed')
  t.equal((await request(url, { method: 'POST', body: text })).statusCode, 401)
  const steering = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"status":503}' } as const
  t.equal((await request(`${url.origin}/sandbox/next-answer`, steering)).statusCode, 204)
  t.equal((await request(subscriber.url, { method: 'POST', body: text })).statusCode, 503)
})
