import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import type { AppPorts } from '../../src/http/ports.ts'
import { app, withKey } from '../fixtures/app.ts'
import type { Scope } from '../fixtures/local-server.ts'

const raw = { 'x-ms-certificate-url': 'https://h/cert/a.cer', 'x-ms-signature-algorithm': 'rsa-sha256', 'x-ms-signature': 'c2ln' }
const verified: Awaited<ReturnType<AppPorts['validate']>> = {
  event: { name: 'test-created' },
  signer: { subject: 's', issuer: 'i', thumbprint: 'ab', notAfter: new Date(0), publicKey: {} as never },
  matched: 'as-sent'
}

/** The service on a port, behind a proxy that says who sends; its judge believes everything, once `gate` is open. */
async function door(
  t: Scope,
  { gate = Promise.resolve(), callbackBodyMs = 60_000 }: { gate?: Promise<void>; callbackBodyMs?: number } = {}
) {
  let judged = 0
  const validate = async () => {
    judged += 1
    await gate
    return verified
  }
  const service = await app(t, { validate }, { callbackBodyMs, trustProxy: ['127.0.0.1'] })
  const url = new URL(await service.listen({ host: '127.0.0.1', port: 0 }))
  const opened: Socket[] = []
  t.teardown(() => opened.map(socket => socket.destroy()))
  return {
    judged: () => judged,
    connections: () => new Promise<number>(resolve => service.server.getConnections((_error, count) => resolve(count))),
    /** A connection that has sent `text`; it reads what comes unless it is `deaf`. */
    open(text: string, { deaf = false } = {}) {
      const socket = connect(Number(url.port), url.hostname)
      let received = ''
      socket.on('error', () => undefined)
      if (!deaf) socket.on('data', chunk => (received += chunk))
      socket.write(text)
      opened.push(socket)
      return { socket, received: () => received }
    },
    send: (path: string, from = '192.0.2.1', headers: Record<string, string> = {}, body = '{}') =>
      fetch(new URL(path, url), { method: 'POST', headers: { 'x-forwarded-for': from, ...headers }, body })
  }
}

const post = (headers: Record<string, string | number>, body = '{}', path = '/callbacks'): string =>
  [`POST ${path} HTTP/1.1`, 'Host: h', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', body].join('\r\n')
const dripping = (from = '192.0.2.9'): string => post({ 'Content-Length': 100, 'X-Forwarded-For': from }, '{')

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setImmediate(resolve))
}

t.test('answers that nobody reads hold no room, neither while their connection lives nor after it was lost', async t => {
  const { open, judged, connections, send } = await door(t)
  const page = 'GET /docs/static/swagger-ui-bundle.js HTTP/1.1\r\nHost: h\r\n\r\n'
  const text = page.repeat(10) + post({ 'Content-Length': 2, 'X-Forwarded-For': '192.0.2.1' }).repeat(20)
  const deaf = Array.from({ length: 13 }, () => open(text, { deaf: true }))
  await until(() => judged() >= 256)
  t.equal((await send('/callbacks')).status, 200, 'while they wait')
  for (const { socket } of deaf) socket.resetAndDestroy()
  await until(async () => (await connections()) <= 1)
  t.equal((await send('/callbacks')).status, 200, 'after the reset')
})

t.test('a connection with more requests under way than any client needs is ended', async t => {
  let answer = (): void => undefined
  const gate = new Promise<void>(resolve => {
    answer = resolve
  })
  const { open, judged } = await door(t, { gate })
  const { socket } = open(post({ 'Content-Length': 2 }).repeat(500))
  await once(socket, 'close')
  t.equal(judged(), 32, 'of 500')
  const { received } = open(post({ 'Content-Length': 2 }).repeat(20))
  await until(() => judged() === 52)
  answer()
  await until(() => received().split('HTTP/1.1 200').length === 21)
})

t.test('bodies that do not come keep nobody out who has one, and those who wait longest make room', async t => {
  const { open, send } = await door(t)
  const slow = Array.from({ length: 300 }, () => open(dripping()))
  await until(() => slow.filter(({ received }) => received() !== '').length >= 44)
  t.equal((await send('/callbacks', '192.0.2.9')).status, 200, 'from the same address')
  t.equal((await send('/callbacks', '192.0.2.1')).status, 200, 'from another one')
  const given = slow.filter(({ received }) => received() !== '')
  t.equal(given.length, 45, 'one has made room')
  for (const { received } of given) t.match(received(), /^HTTP\/1.1 503 [\s\S]*connection: close[\s\S]*"code":"SERVICE_BUSY"/i)
  const last = slow.find(({ received }) => received() === '')
  last?.socket.write(`${' '.repeat(98)}}`)
  await until(() => last?.received() !== '')
  t.match(last?.received(), /^HTTP\/1.1 200 /, 'a slow one that still has its room is served')
})

t.test('the address with the most bodies outstanding makes room for the others', async t => {
  const { open } = await door(t)
  const alone = open(dripping('192.0.2.1'))
  await once(alone.socket, 'connect')
  const slow = Array.from({ length: 300 }, (_, index) => open(dripping(`192.0.2.9:${index + 1}`)))
  await until(() => slow.filter(({ received }) => received() !== '').length >= 45)
  alone.socket.write(`${' '.repeat(98)}}`)
  await until(() => alone.received() !== '')
  t.match(alone.received(), /^HTTP\/1.1 200 /)
})

for (const [what, headers, part] of [
  ['with a length', { 'Content-Length': 100 }, '{'],
  ['in chunks', { 'Transfer-Encoding': 'chunked' }, '1\r\n{\r\n'],
  ['of the raw form', { 'Content-Length': 100, ...raw }, '{']
] as const)
  t.test(`a body ${what} that is not there in time is given up, and its connection closed`, async t => {
    const { open } = await door(t, { callbackBodyMs: 20 })
    const { socket, received } = open(post(headers, part, what.includes('raw') ? '/v1/validate-callback' : '/callbacks'))
    await once(socket, 'close')
    t.match(received(), /^HTTP\/1.1 408 [\s\S]*connection: close[\s\S]*application\/problem\+json[\s\S]*"code":"REQUEST_TOO_SLOW"/i)
  })

t.test('no address can hold all the room for judging, and both doors share it', async t => {
  let open = (): void => undefined
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  const { send, judged } = await door(t, { gate })
  const held = Array.from({ length: 128 }, (_, index) =>
    index % 2 ? send('/callbacks') : send('/v1/validate-callback', '192.0.2.1:8080', raw)
  )
  await until(() => judged() === 128)
  for (const [path, headers] of [
    ['/callbacks', {}],
    ['/v1/validate-callback', raw]
  ] as const) {
    const shed = await send(path, '192.0.2.1', headers)
    t.match({ status: shed.status, body: await shed.json() }, { status: 503, body: { code: 'SERVICE_BUSY' } }, path)
    t.ok(Number(shed.headers.get('retry-after')) >= 1)
  }
  held.push(send('/callbacks', '192.0.2.2'), send('/v1/validate-callback', '192.0.2.3', raw))
  await until(() => judged() === 130)
  t.pass('others find room')
  const typed = { content: '{}', signature: 'c2ln', certificateUrl: 'https://h/cert/a.cer', signatureAlgorithm: 'rsa-sha256' }
  held.push(send('/v1/validate-callback', '192.0.2.1', { ...withKey, 'content-type': 'application/json' }, JSON.stringify(typed)))
  await until(() => judged() === 131)
  t.pass('and whoever has a key needs none')
  open()
  t.same(new Set((await Promise.all(held)).map(({ status }) => status)), new Set([200]))
  t.equal((await send('/callbacks')).status, 200, 'there is room again')
})

for (const path of ['/callbacks', '/v1/validate-callback'])
  t.test(`${path} reads no more than a callback can have`, async t => {
    const { open, judged } = await door(t)
    const tooMuch = [
      open(post({ 'Content-Length': 64 * 1024 + 1, ...raw }, '', path)),
      open(post({ 'Transfer-Encoding': 'chunked', ...raw }, `10001\r\n${'x'.repeat(64 * 1024 + 1)}`, path))
    ]
    for (const { socket, received } of tooMuch) {
      await once(socket, 'close')
      t.match(received(), /^HTTP\/1.1 413 [\s\S]*"code":"REQUEST_TOO_LARGE"/)
    }
    t.equal(judged(), 0)
  })

t.test('a body in a thousand pieces arrives whole', async t => {
  const { open, judged } = await door(t)
  const { received } = open(post({ 'Transfer-Encoding': 'chunked' }, `${'1\r\nx\r\n'.repeat(1000)}0\r\n\r\n`))
  await until(() => received() !== '')
  t.match(received(), /^HTTP\/1.1 200 /)
  t.equal(judged(), 1)
})
