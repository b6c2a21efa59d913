import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { app, goodKey, referralId, withKey } from '../fixtures/app.ts'

const kilobyte = 1024

/** The service, and a way to send it bytes as they are: what comes back until it closes the connection, or until `enough` has come. */
async function rawService(t: Test, ports: Parameters<typeof app>[1] = {}) {
  const service = await app(t, ports)
  const { hostname, port } = new URL(await service.listen({ host: '127.0.0.1', port: 0 }))
  const send = (bytes: string, enough?: (received: string) => boolean): Promise<{ received: string; isClosed: boolean }> =>
    new Promise(resolve => {
      let received = ''
      const socket = connect(Number(port), hostname)
      socket.on('data', chunk => {
        received += chunk.toString('latin1')
        if (!enough?.(received)) return
        resolve({ received, isClosed: false })
        socket.destroy()
      })
      // What is still being written when the service has closed.
      socket.on('error', () => undefined)
      socket.on('close', () => resolve({ received, isClosed: true }))
      socket.write(bytes, 'latin1')
    })
  return { service, send }
}

const host = 'Host: service.example\r\n'
const post = (headers: string, body: string, path = '/callbacks'): string => `POST ${path} HTTP/1.1\r\n${host}${headers}\r\n\r\n${body}`
/** What is hidden behind a request, for a proxy and the service to see two different things in. */
const hidden = `GET /v1/connection HTTP/1.1\r\n${host}X-API-Key: ${goodKey}\r\n\r\n`
const chunked = 'Transfer-Encoding: chunked'

const ambiguous: Record<string, string> = {
  'a length and chunks': post(`Content-Length: 6\r\n${chunked}`, `0\r\n\r\n${hidden}`),
  'chunks and a length': post(`${chunked}\r\nContent-Length: 6`, `0\r\n\r\n${hidden}`),
  'two lengths': post('Content-Length: 2\r\nContent-Length: 3', `abc${hidden}`),
  'two lengths in one line': post('Content-Length: 2, 2', `ab${hidden}`),
  'a length with a sign': post('Content-Length: +2', `ab${hidden}`),
  'a length below nothing': post('Content-Length: -1', hidden),
  'a length in hex': post('Content-Length: 0x2', `ab${hidden}`),
  'a length with blanks in it': post('Content-Length: 1 2', `ab${hidden}`),
  'a length beyond numbers': post(`Content-Length: 9${'9'.repeat(30)}`, hidden),
  'chunks by another name': post('Transfer-Encoding: xchunked', `0\r\n\r\n${hidden}`),
  'chunks that are not the last encoding': post(`${chunked}, identity`, `0\r\n\r\n${hidden}`),
  'chunks twice': post(`${chunked}\r\nTransfer-Encoding: identity`, `0\r\n\r\n${hidden}`),
  'a blank before the colon': post('Transfer-Encoding : chunked', `0\r\n\r\n${hidden}`),
  'a blank before the name': post(` ${chunked}`, `0\r\n\r\n${hidden}`),
  'a folded line': post('Transfer-Encoding:\r\n chunked', `0\r\n\r\n${hidden}`),
  'a tab before the value of the next line': post('X-A: b\r\n\tc', hidden),
  'a chunk whose size is no number': post(chunked, `zz\r\nab\r\n0\r\n\r\n${hidden}`),
  'a chunk whose size has a sign': post(chunked, `-1\r\nab\r\n0\r\n\r\n${hidden}`),
  'a chunk whose size is in C': post(chunked, `0x2\r\nab\r\n0\r\n\r\n${hidden}`),
  'a chunk whose size is beyond numbers': post(chunked, `${'f'.repeat(20)}\r\nab\r\n0\r\n\r\n${hidden}`),
  'a chunk that is longer than it says': post(chunked, `2\r\nabcd\r\n0\r\n\r\n${hidden}`),
  'chunks with bare line feeds': post(chunked, `2\nab\n0\n\n${hidden}`),
  'an extension of a chunk with a line feed': post(chunked, `2;\nxx\r\nab\r\n0\r\n\r\n${hidden}`),
  'bare line feeds': `GET /healthz HTTP/1.1\nHost: a\n\n${hidden}`,
  'a line feed in a header': `GET /healthz HTTP/1.1\r\n${host}X-A: b\nX-B: c\r\n\r\n${hidden}`,
  'a carriage return in a header': `GET /healthz HTTP/1.1\r\n${host}X-A: b\rX-B: c\r\n\r\n${hidden}`,
  'a zero in a header': `GET /healthz HTTP/1.1\r\n${host}X-A: b\0c\r\n\r\n${hidden}`,
  'a blank in a name': `GET /healthz HTTP/1.1\r\n${host}X A: b\r\n\r\n${hidden}`,
  'a header without a name': `GET /healthz HTTP/1.1\r\n${host}: b\r\n\r\n${hidden}`,
  'a path with bytes of no alphabet': `GET /v1/\xe9 HTTP/1.1\r\n${host}\r\n${hidden}`,
  'a method of its own': `SMUGGLE /healthz HTTP/1.1\r\n${host}\r\n${hidden}`,
  'another version': `GET /healthz HTTP/1.2\r\n${host}\r\n${hidden}`,
  'the beginning of HTTP/2': `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${hidden}`,
  'no host': `GET /healthz HTTP/1.1\r\n\r\n${hidden}`,
  'something else altogether': `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${hidden}`
}

t.test('what two readers could understand in two ways is refused, and nothing behind it is read', async t => {
  const { service, send } = await rawService(t)
  for (const [what, bytes] of Object.entries(ambiguous)) {
    const { received, isClosed } = await send(bytes)
    t.match(received, /^HTTP\/1\.1 400 Bad Request\r\n/, what)
    t.equal(received.match(/HTTP\/1\.1/g)?.length, 1, `${what}: one answer`)
    t.ok(isClosed, `${what}: the connection is closed`)
  }
  t.notMatch(service.lines.join(''), '/v1/connection', 'what was hidden has not been seen')
  const { received } = await send(hidden, text => text.includes('"ok":true'))
  t.match(received, /^HTTP\/1\.1 200 OK/, 'alone it is answered')
})

t.test('a method that opens a tunnel, or another protocol, opens nothing', async t => {
  const { send } = await rawService(t)
  t.same(await send(`CONNECT inside.example:443 HTTP/1.1\r\n${host}\r\n`), { received: '', isClosed: true })
  for (const upgrade of ['websocket', 'h2c'])
    t.match(
      (await send(`GET /healthz HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n\r\n`, text => text.includes('"ok"')))
        .received,
      /^HTTP\/1\.1 200 OK/,
      `${upgrade}: it is a request like any other`
    )
  const elsewhere = await send(`GET http://inside.example/healthz HTTP/1.1\r\n${host}\r\n`, text => text.includes('"ok"'))
  t.match(elsewhere.received, /^HTTP\/1\.1 200 OK/, 'an address of elsewhere is read for its path alone')
})

t.test('a head has its limits: 16 kB, its address among it', async t => {
  const { send } = await rawService(t)
  const heads = {
    'one long header': `GET /healthz HTTP/1.1\r\n${host}X-A: ${'a'.repeat(17 * kilobyte)}\r\n\r\n`,
    'many short headers': `GET /healthz HTTP/1.1\r\n${host}${'abcdefgh: i\r\n'.repeat(5 * kilobyte)}\r\n`,
    'a long address': `GET /healthz?${'a'.repeat(17 * kilobyte)} HTTP/1.1\r\n${host}\r\n`,
    'a head without end': `GET /healthz HTTP/1.1\r\n${'a: b\r\n'.repeat(200 * kilobyte)}`
  }
  for (const [what, bytes] of Object.entries(heads)) {
    const { received, isClosed } = await send(bytes)
    t.match(received, /^HTTP\/1\.1 431 /, what)
    t.ok(isClosed, what)
  }
})

t.test('trailers and extensions of chunks have their limits too', async t => {
  const { send } = await rawService(t)
  for (const [what, body] of Object.entries({
    'a trailer without end': `2\r\nab\r\n0\r\n${'a: b\r\n'.repeat(200 * kilobyte)}`,
    'an extension without end': `2;${'a'.repeat(200 * kilobyte)}`
  })) {
    const { received, isClosed } = await send(post(chunked, body))
    t.match(received, /^HTTP\/1\.1 4(00|13|31) /, what)
    t.ok(isClosed, what)
  }
})

t.test('who does not send its head in time is cut off', async t => {
  const { service, send } = await rawService(t)
  t.match(
    { ...service.server },
    { headersTimeout: 10_000, requestTimeout: 30_000, timeout: 120_000, keepAliveTimeout: 65_000 },
    'in ten seconds, with its body in thirty'
  )
  service.server.headersTimeout = 1
  const { received, isClosed } = await send(`GET /healthz HTTP/1.1\r\n${host}X-A`)
  t.match(received, /^HTTP\/1\.1 408 Request Timeout/)
  t.ok(isClosed)
})

/** Of each operation that takes a body; the two doors for callbacks take less of what nobody has proven. */
const raw = { 'x-ms-certificate-url': 'https://h/cert/a.cer', 'x-ms-signature-algorithm': 'rsa-sha256', 'x-ms-signature': 'c2ln' }

t.test('no operation takes a body beyond its limit, whether it says its length or not', async t => {
  // Each call is of another caller: some operations may be called but twice a minute.
  let callers = 0
  const verify = async () => ({ id: String(++callers), name: 'flow', createdAt: new Date(), scope: 'admin' as const })
  const { service, send } = await rawService(t, { apiKeys: { verify } as never })
  const { paths } = service.swagger() as object as { paths: Record<string, object> }
  const doors = [
    ['POST', '/callbacks', 64, raw],
    ['POST', '/v1/validate-callback', 64, raw]
  ] as const
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter(method => /post|put|patch/.test(method))
      .map(
        method =>
          [method.toUpperCase(), path.replace('{referralId}', referralId), 128, { ...withKey, 'content-type': 'application/json' }] as const
      )
  )
  t.ok(operations.length > 6)
  for (const [method, path, limit, headers] of [...operations, ...doors]) {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const head = `${method} ${path} HTTP/1.1\r\n${host}${lines.join('')}`
    const length = limit * kilobyte + 1
    const bodies = {
      'said before': `Content-Length: ${length}\r\n\r\n${' '.repeat(length)}`,
      'a length of gigabytes': 'Content-Length: 9999999999\r\n\r\n',
      'in chunks': `${chunked}\r\n\r\n${length.toString(16)}\r\n${' '.repeat(length)}\r\n0\r\n\r\n`
    }
    for (const [how, rest] of Object.entries(bodies)) {
      const { received } = await send(`${head}${rest}`, text => text.includes('REQUEST_TOO_LARGE'))
      t.match(received, /^HTTP\/1\.1 413 .*REQUEST_TOO_LARGE/s, `${method} ${path}, ${how}`)
    }
    const { received } = await send(`${head}Content-Length: ${length - 1}\r\n\r\n${' '.repeat(length - 1)}`, text =>
      text.includes('\r\n\r\n')
    )
    t.notMatch(received, /^HTTP\/1\.1 413/, `${method} ${path}: one byte less is looked at`)
  }
})

t.test('a query, a list and a set of fields have their limits', async t => {
  const service = await app(t)
  const many = (count: number): Record<string, number> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`new_${index}`, 1]))
  const member = { firstName: 'A' }
  const draft = { name: 'a', type: 'Independent', qualification: 'Direct', customerProfile: { name: 'a' } }
  const asked: [what: string, method: 'GET' | 'POST' | 'PUT', url: string, payload?: object][] = [
    ['a filter', 'GET', `/v1/referrals?filter=${'a'.repeat(5000)}`],
    ['a page', 'GET', `/v1/referrals?next=${'a'.repeat(4001)}`],
    ['a number of referrals', 'GET', '/v1/referrals?top=101'],
    ['a number of entries', 'GET', `/v1/referrals/${referralId}/timeline?limit=501`],
    ['a time to begin at', 'GET', `/v1/attention?since=${'a'.repeat(4001)}`],
    ['columns', 'PUT', `/v1/leads/${referralId}`, { customColumns: many(51) }],
    ['members', 'POST', '/v1/referrals', { ...draft, team: Array(51).fill(member) }],
    ['events', 'POST', '/v1/subscriptions', { callbackUrl: 'https://a.example/', events: Array(21).fill('referral-created') }],
    ['an address', 'POST', '/v1/subscriptions', { callbackUrl: `https://a.example/${'a'.repeat(4000)}` }]
  ]
  for (const [what, method, url, payload] of asked) {
    const { statusCode, body } = await service.inject({ method, url, headers: withKey, ...(payload && { payload }) })
    t.equal(statusCode, 400, what)
    t.match(JSON.parse(body), { code: /VALUE_TOO_LONG|VALUE_WRONG_TYPE/ }, what)
    t.ok(body.length < 4 * kilobyte, `${what}: the answer is short`)
  }
})
