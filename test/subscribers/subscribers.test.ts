import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { Failure } from '../../src/failure.ts'
import type { Lookup } from '../../src/public-address.ts'
import { requestLog } from '../../src/sandbox/request-log.ts'
import { startSubscriber } from '../../src/sandbox/subscriber/subscriber.ts'
import { type SubscriberOptions, webhookSubscribers } from '../../src/subscribers/subscribers.ts'
import { alternativeNames, authority, dns, ecKeys, endEntity } from '../fixtures/certificates.ts'
import { pem } from '../fixtures/der.ts'
import { type LocalAnswer, localServer, reset, type Scope, stall } from '../fixtures/local-server.ts'
import { memoryLog } from '../fixtures/memory-log.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const at = new Date('2026-03-01T08:00:00.900Z')
const message = { id: 'delivery-1', at, body: '{"eventName":"referral-created","name":"Größe"}' }
const query = '?sig=very-secret'

const failure = (promise: Promise<unknown>): Promise<Failure> =>
  promise.then(
    () => Promise.reject(new Error('It did not fail.')),
    (error: unknown) => (error instanceof Failure ? error : Promise.reject(error))
  )

/** Subscribers, and a server of theirs that answers what `script` says. */
async function stage(t: Scope, script: LocalAnswer[] = [], options: Partial<SubscriberOptions> = {}) {
  const server = await localServer(t, ...script)
  const { log, lines } = memoryLog()
  const { host } = new URL(server.url)
  const subscribers = webhookSubscribers({ hosts: [host], now: () => at, log, ...options })
  return { ...server, host, lines, subscribers, send: () => subscribers.send({ url: `${server.url}/a${query}`, secret }, message) }
}

/** A DNS that knows one answer. */
const answering =
  (...addresses: string[]): Lookup =>
  (_name, _options, done) =>
    done(
      null,
      addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
    )

t.test('a message goes out as Standard Webhooks has it, and 2xx is enough', async t => {
  for (const status of [200, 202, 204, 299]) {
    const { send, received, lines } = await stage(t, [{ status }])
    await send()
    t.equal(received.length, 1)
    t.match(received[0], {
      method: 'POST',
      url: `/a${query}`,
      body: message.body,
      headers: { 'content-type': 'application/json', 'webhook-id': 'delivery-1', 'webhook-timestamp': '1772352000' }
    })
    const expected = createHmac('sha256', Buffer.alloc(32, 7)).update(`delivery-1.1772352000.${message.body}`).digest('base64')
    t.equal(received[0]?.headers['webhook-signature'], `v1,${expected}`)
    t.notMatch(JSON.stringify(lines), /very-secret|whsec_|Größe/)
  }
})

t.test('a receiver that knows nothing of the sender finds the signature good', async t => {
  const receiver = await startSubscriber({ log: requestLog(), now: () => at })
  t.teardown(() => receiver.close())
  receiver.trust(secret)
  const subscribers = webhookSubscribers({ hosts: [receiver.host], now: () => at, log: memoryLog().log })
  await subscribers.send({ url: receiver.url, secret }, message)
  await subscribers.send({ url: receiver.url, secret }, { ...message, at: new Date(at.getTime() + 60_000) })
  await subscribers.send({ url: receiver.url, secret: `whsec_${Buffer.alloc(32, 8).toString('base64')}` }, { ...message, id: 'delivery-2' })
  t.match(receiver.received, [
    { id: 'delivery-1', isGenuine: true, isDuplicate: false, body: { name: 'Größe' } },
    { id: 'delivery-1', isGenuine: true, isDuplicate: true },
    { id: 'delivery-2', isGenuine: false, isDuplicate: false }
  ])
})

t.test('each answer has its meaning', async t => {
  const meanings: [number, string][] = [
    [410, 'SUBSCRIBER_GONE'],
    [400, 'SUBSCRIBER_REFUSED'],
    [409, 'SUBSCRIBER_REFUSED'],
    [413, 'SUBSCRIBER_REFUSED'],
    [422, 'SUBSCRIBER_REFUSED'],
    [401, 'SUBSCRIBER_UNREACHABLE'],
    [403, 'SUBSCRIBER_UNREACHABLE'],
    [404, 'SUBSCRIBER_UNREACHABLE'],
    [300, 'SUBSCRIBER_UNREACHABLE'],
    [304, 'SUBSCRIBER_UNREACHABLE'],
    [408, 'SUBSCRIBER_UNREACHABLE'],
    [425, 'SUBSCRIBER_UNREACHABLE'],
    [429, 'SUBSCRIBER_UNREACHABLE'],
    [500, 'SUBSCRIBER_UNREACHABLE'],
    [502, 'SUBSCRIBER_UNREACHABLE'],
    [503, 'SUBSCRIBER_UNREACHABLE']
  ]
  for (const [status, code] of meanings) {
    const { send, host } = await stage(t, [{ status, headers: { 'retry-after': '7' }, body: 'very-secret' }])
    const failed = await failure(send())
    t.equal(failed.code, code, String(status))
    t.match(failed.message, `The subscriber at ${host} answered with status ${status}`)
    t.notMatch(failed.message, /secret/)
    t.equal(failed.retryAfterMs, status === 410 ? undefined : 7000, 'Retry-After counts where it is tried again')
    t.equal(failed.retry, status === 410 ? 'never' : 'later')
  }
  const { send } = await stage(t, [{ status: 503, headers: { 'retry-after': 'Sun, 01 Mar 2026 08:01:00 GMT' } }])
  t.equal((await failure(send())).retryAfterMs, 59_100, 'as a date too')
})

t.test('a redirect is not followed', async t => {
  const other = await localServer(t, { status: 200 })
  for (const status of [301, 302, 303, 307, 308]) {
    const { send, received } = await stage(t, [{ status, headers: { location: other.url } }], {})
    const failed = await failure(send())
    t.equal(failed.code, 'SUBSCRIBER_UNREACHABLE')
    t.match(failed.message, 'redirects are not followed')
    t.notMatch(failed.message, other.url)
    t.equal(received.length, 1)
  }
  t.equal(other.received.length, 0)
})

t.test('without an answer it may be tried again', async t => {
  const { send, now } = await stage(t, [reset])
  t.equal((await failure(send())).code, 'SUBSCRIBER_UNREACHABLE', 'the line is cut')
  now({ status: 200 })
  await send()

  const silent = await stage(t, [stall], { timeouts: { total: 50 } })
  const late = await failure(silent.send())
  t.equal(late.code, 'SUBSCRIBER_UNREACHABLE')
  t.match(late.message, 'did not answer in time')
  t.equal(silent.received.length, 1)

  const closed = await stage(t)
  const unknown = webhookSubscribers({
    hosts: ['hooks.example.com'],
    now: () => at,
    log: memoryLog().log,
    lookup: (_name, _options, done) => done(Object.assign(new Error('very-secret'), { code: 'ENOTFOUND' }), [])
  })
  const lost = await failure(unknown.send({ url: `https://hooks.example.com/${query}`, secret }, message))
  t.match(lost, { code: 'SUBSCRIBER_UNREACHABLE', message: 'The subscriber at hooks.example.com could not be reached (ENOTFOUND).' })
  t.equal(closed.received.length, 0)
})

t.test('what follows the status of an answer neither holds up nor fails a message', async t => {
  const endless: LocalAnswer = (_request, response) => void response.writeHead(200).write('x')
  const large: LocalAnswer = (_request, response) => void response.writeHead(200).end('x'.repeat(1_000_000))
  const cut: LocalAnswer = (_request, response) => {
    response.writeHead(200, { 'content-length': 10 })
    response.write('x', () => response.destroy())
  }
  for (const answer of [endless, large, cut]) {
    const { send } = await stage(t, [answer])
    await send()
    await send()
  }
})

t.test('a list that has become narrower holds for older subscriptions too', async t => {
  const { received, url, lines } = await stage(t)
  const subscribers = webhookSubscribers({ hosts: ['*.logic.azure.com'], now: () => at, log: memoryLog().log })
  const failed = await failure(subscribers.send({ url: `${url}/${query}`, secret }, message))
  t.equal(failed.code, 'SUBSCRIBER_REFUSED')
  t.notMatch(failed.message, /secret/)
  t.equal(received.length, 0)
  t.same(lines, [])
  t.throws(() => subscribers.check(`${url}/${query}`), { code: 'SUBSCRIBER_URL_REFUSED' })
  t.doesNotThrow(() => subscribers.check('https://prod-01.westeurope.logic.azure.com/workflows/1'))
  t.throws(() => webhookSubscribers({ hosts: ['*'], now: () => at, log: memoryLog().log }), { code: 'CONFIG_INVALID' })
})

t.test('a secret that is none is an error of this service', async t => {
  const { subscribers, url, received } = await stage(t)
  for (const wrong of ['', 'whsec_', 'plain', 'whsec_***']) {
    t.equal((await failure(subscribers.send({ url, secret: wrong }, message))).code, 'INTERNAL')
  }
  t.equal(received.length, 0)
})

const validity = { notBefore: new Date(Date.now() - 3600_000), notAfter: new Date(Date.now() + 3600_000) }
const root = authority(validity)
const keys = ecKeys()

/** A server on loopback with a certificate for `name`. */
async function tlsServer(t: Scope, name: string): Promise<{ port: number; asked: string[]; connections: () => number }> {
  const cert = pem(endEntity({ issuer: root, keys, ...validity, extensions: { san: alternativeNames([dns(name)]) } }).der)
  const asked: string[] = []
  let connections = 0
  const server = createServer({ key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }), cert }, (request, response) => {
    asked.push(String(request.headers.host))
    response.end()
  })
  server.on('connection', () => connections++)
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, asked, connections: () => connections }
}

t.test('a name that leads to a private address is not connected to, whatever the DNS says', async t => {
  const { port, connections } = await tlsServer(t, 'a.flows.example.com')
  const answers = [
    ['127.0.0.1'],
    ['::1'],
    ['10.0.0.1'],
    ['169.254.169.254'],
    ['::ffff:127.0.0.1'],
    ['fd00::1'],
    ['93.184.216.34', '127.0.0.1']
  ]
  for (const addresses of answers) {
    const subscribers = webhookSubscribers({
      hosts: [`*.flows.example.com:${port}`],
      now: () => at,
      log: memoryLog().log,
      lookup: answering(...addresses),
      tlsRoots: [pem(root.der)]
    })
    const failed = await failure(subscribers.send({ url: `https://a.flows.example.com:${port}/${query}`, secret }, message))
    t.match(failed, { code: 'SUBSCRIBER_UNREACHABLE', message: /leads to a private network/ }, addresses.join(', '))
  }
  t.equal(connections(), 0)
})

t.test('a host that is written down with its port may be in the own network, and its certificate is checked', async t => {
  const { port, asked, connections } = await tlsServer(t, 'a.flows.example.com')
  const options = { now: () => at, log: memoryLog().log, lookup: answering('127.0.0.1') }
  const hosts = [`a.flows.example.com:${port}`, `b.flows.example.com:${port}`]
  const to = (host: string) => ({ url: `https://${host}:${port}/${query}`, secret })
  const trusting = webhookSubscribers({ ...options, hosts, tlsRoots: [pem(root.der)] })
  await trusting.send(to('a.flows.example.com'), message)
  await trusting.send(to('A.flows.example.com.'), message)
  t.same(asked, [`a.flows.example.com:${port}`, `a.flows.example.com:${port}`])
  t.equal((await failure(trusting.send(to('b.flows.example.com'), message))).code, 'SUBSCRIBER_UNREACHABLE', 'for another name')
  const distrusting = webhookSubscribers({ ...options, hosts })
  t.equal((await failure(distrusting.send(to('a.flows.example.com'), message))).code, 'SUBSCRIBER_UNREACHABLE', 'of an unknown authority')
  t.equal(asked.length, 2)
  t.ok(connections() >= 3)
})

t.test('to one host there are only so many connections at once', async t => {
  const waiting: (() => void)[] = []
  let most = 0
  const { subscribers, url } = await stage(t, [
    (_request, response) => {
      waiting.push(() => response.end())
      most = Math.max(most, waiting.length)
    }
  ])
  const sent = Array.from({ length: 20 }, (_, index) => subscribers.send({ url, secret }, { ...message, id: `delivery-${index}` }))
  for (let answered = 0; answered < sent.length; ) {
    const answer = waiting.shift()
    if (answer) {
      answer()
      answered++
    } else await new Promise(resolve => setImmediate(resolve))
  }
  await Promise.all(sent)
  t.ok(most <= 8, `${most} at once`)
})
