import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import type { Callback } from '../../src/callback/verify-callback.ts'
import { Failure } from '../../src/failure.ts'
import { app, withKey } from '../fixtures/app.ts'
import type { Scope } from '../fixtures/local-server.ts'

const typed = { content: '{"a":1}', signature: 'c2ln', certificateUrl: 'https://h/cert/a.cer', signatureAlgorithm: 'rsa-sha256' }
const raw = { 'x-ms-certificate-url': 'https://h/cert/a.cer', 'x-ms-signature-algorithm': 'rsa-sha256', 'x-ms-signature': 'c2ln' }

/** A service whose judge accepts everything and remembers what it was shown. */
async function judge(t: Scope) {
  const seen: { headers: Callback['headers']; body: string; forms: string }[] = []
  const service = await app(t, {
    validate: async ({ headers, body }, forms) => {
      seen.push({ headers, body: Buffer.from(body).toString('latin1'), forms })
      return {
        event: { name: 'test-created' },
        signer: { subject: 's', issuer: 'i', thumbprint: 'ab', notAfter: new Date(0), publicKey: {} as never },
        matched: 'as-sent'
      }
    }
  })
  return { service, seen }
}

t.test('the typed form hands on its content as text, as base64, or as the object a maker dropped in', async t => {
  const { service, seen } = await judge(t)
  const post = (payload: object) => service.inject({ method: 'POST', url: '/v1/validate-callback', payload, headers: withKey })
  t.equal((await post(typed)).statusCode, 200)
  t.equal((await post({ ...typed, content: 'eyJhIjoxfQ==', contentEncoding: 'base64' })).statusCode, 200)
  t.equal((await post({ ...typed, content: { b: 1, a: 'ü' } })).statusCode, 200)
  t.same(
    seen.map(({ body, forms }) => [body, forms]),
    [
      ['{"a":1}', 'serialisations'],
      ['{"a":1}', 'serialisations'],
      [Buffer.from('{"b":1,"a":"ü"}').toString('latin1'), 'serialisations']
    ]
  )
  t.match(seen[0]?.headers, raw)
  t.match((await post({ ...typed, content: 'not base64', contentEncoding: 'base64' })).json(), { status: 400, code: 'VALUE_WRONG_TYPE' })
  t.match((await post({ ...typed, signature: undefined })).json(), { status: 400, code: 'REQUEST_INVALID' })
  t.match((await post({ ...typed, content: 'x'.repeat(100_001) })).json(), { status: 400, code: 'VALUE_TOO_LONG' })
  t.equal(seen.length, 3)
})

t.test('a flow that forwards the headers without the body is told so', async t => {
  const { service, seen } = await judge(t)
  const post = (payload: object) => service.inject({ method: 'POST', url: '/v1/validate-callback', payload, headers: withKey })
  for (const content of [undefined, null, '']) {
    t.match((await post({ ...typed, content })).json(), { status: 400, code: 'CALLBACK_BODY_MISSING' }, JSON.stringify(content))
  }
  t.match((await post({})).json(), { status: 400, code: 'REQUEST_INVALID' }, 'an empty body is no callback at all')
  t.match((await post({ ...typed, content: 7 })).json(), { status: 400, code: 'VALUE_WRONG_TYPE' })
  t.match((await post({ ...typed, valid: true })).json(), { status: 400, code: 'FIELD_UNKNOWN' })
  t.equal(seen.length, 0)
})

t.test('a forged callback and one that cannot be judged now come with their own codes', async t => {
  for (const [code, status, again] of [
    ['CALLBACK_SIGNATURE_MISMATCH', 401, undefined],
    ['CERTIFICATE_UNREACHABLE', 503, '5']
  ] as const) {
    const service = await app(t, { validate: async () => Promise.reject(new Failure(code, 'It failed.')) })
    for (const request of [
      { headers: withKey, payload: typed },
      { headers: raw, payload: '{}' }
    ]) {
      const response = await service.inject({ method: 'POST', url: '/v1/validate-callback', ...request })
      t.match(response.json(), { code, status })
      t.equal(response.headers['retry-after'], again)
    }
  }
})

t.test('the raw form, which needs no key, is held back by address', async t => {
  const service = await app(t, {}, { rateLimitPerMinute: 2 })
  const post = () => service.inject({ method: 'POST', url: '/v1/validate-callback', headers: raw, payload: '{}' })
  const stranger = () => service.inject({ method: 'GET', url: '/v1/connection' })
  t.same([(await stranger()).statusCode, (await stranger()).statusCode, (await stranger()).statusCode], [401, 401, 429])
  t.same(
    [(await post()).statusCode, (await post()).statusCode, (await post()).statusCode],
    [200, 200, 429],
    'and not by the strangers who share it'
  )
})

t.test('the headers of a callback open no other operation', async t => {
  const { service } = await judge(t)
  const answer = await service.inject({ method: 'GET', url: '/v1/connection', headers: raw })
  t.equal(answer.statusCode, 401)
})

t.test('the raw form hands on every byte and every header, and needs no key', async t => {
  const { service, seen } = await judge(t)
  const body = Buffer.from([0x7b, 0x20, 0xff, 0x00, 0x0a, 0x7d])
  for (const type of ['application/json', 'text/plain', 'application/octet-stream']) {
    const response = await service.inject({
      method: 'POST',
      url: '/v1/validate-callback',
      payload: body,
      headers: { ...raw, 'content-type': type }
    })
    t.equal(response.statusCode, 200, type)
  }
  for (const one of seen) t.match(one, { body: body.toString('latin1'), forms: 'exact', headers: raw })
})

t.test('the raw form shows the judge that a header came twice', async t => {
  const { service, seen } = await judge(t)
  const url = new URL(await service.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(url.port), url.hostname)
  const lines = [
    'POST /v1/validate-callback HTTP/1.1',
    `Host: ${url.host}`,
    'Connection: close',
    'Content-Length: 2',
    'Authorization: Signature one',
    'Authorization: Signature two'
  ]
  socket.write(`${[...lines, ...Object.entries(raw).map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n{}`)
  socket.resume()
  await once(socket, 'close')
  t.same(seen[0]?.headers.authorization, ['Signature one', 'Signature two'])
  t.equal(seen[0]?.body, '{}')
})

t.test('a raw form without a body, compressed, or too large is refused before the judge', async t => {
  const { service, seen } = await judge(t)
  const post = (headers: Record<string, string>, payload?: string) =>
    service.inject({
      method: 'POST',
      url: '/v1/validate-callback',
      headers: { ...raw, ...headers },
      ...(payload !== undefined && { payload })
    })
  t.match((await post({ 'content-encoding': 'gzip' }, 'x')).json(), { status: 415, code: 'CONTENT_TYPE_UNSUPPORTED' })
  for (const length of [64 * 1024 + 1, 140_000])
    t.match((await post({}, 'x'.repeat(length))).json(), { status: 413, code: 'REQUEST_TOO_LARGE' }, `${length} bytes`)
  t.equal(seen.length, 0)
  await post({})
  t.equal(seen[0]?.body, '', 'an empty body is for the judge to refuse')
})

t.test("without the callback's own headers it is the typed form, which needs a key and JSON", async t => {
  const { service, seen } = await judge(t)
  const post = (headers: Record<string, string>, payload: string) =>
    service.inject({ method: 'POST', url: '/v1/validate-callback', headers, payload })
  t.match((await post({ 'content-type': 'application/json' }, JSON.stringify(typed))).json(), {
    status: 401,
    code: 'CALLER_UNAUTHENTICATED'
  })
  t.match((await post({ ...withKey, 'content-type': 'text/plain' }, JSON.stringify(typed))).json(), {
    status: 415,
    code: 'CONTENT_TYPE_UNSUPPORTED'
  })
  t.match((await post({ ...withKey, 'content-type': 'application/json' }, '{')).json(), { status: 400, code: 'REQUEST_INVALID' })
  t.match((await post({ ...withKey, 'content-type': 'application/json' }, 'null')).json(), { status: 400 })
  t.equal(seen.length, 0)
})
