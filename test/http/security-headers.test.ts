import t from 'tap'
import { Failure } from '../../src/failure.ts'
import { app, referralId, withKey } from '../fixtures/app.ts'

/** What every answer carries, whatever it answers. */
const always = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin'
}
/** Who serves it, and who may read it elsewhere, is nobody's business. */
const never = ['server', 'x-powered-by', 'access-control-allow-origin', 'access-control-allow-credentials', 'via']
const forData = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const json = { ...withKey, 'content-type': 'application/json' }
const lead = `/v1/leads/${referralId}`

const answers: { what: string; method?: string; path: string; headers?: object; body?: string; status: number }[] = [
  { what: 'data', path: '/v1/connection', headers: withKey, status: 200 },
  { what: 'the head of data', method: 'HEAD', path: '/v1/connection', headers: withKey, status: 200 },
  { what: 'a change', method: 'PUT', path: '/v1/webhook-registration', headers: json, body: '{}', status: 200 },
  {
    what: 'something new',
    method: 'POST',
    path: '/v1/subscriptions',
    headers: json,
    body: '{"callbackUrl":"https://a.example/"}',
    status: 201
  },
  { what: 'the end of something', method: 'DELETE', path: '/v1/subscriptions/1', headers: withKey, status: 204 },
  { what: 'the metrics', path: '/v1/metrics', headers: withKey, status: 200 },
  { what: 'no key', path: '/v1/connection', status: 401 },
  {
    what: 'another origin that asks whether it may',
    method: 'OPTIONS',
    path: '/v1/connection',
    headers: { origin: 'https://a.example' },
    status: 404
  },
  { what: 'a body that is no JSON', method: 'PUT', path: lead, headers: json, body: '{', status: 400 },
  { what: 'a body beyond the limit', method: 'PUT', path: lead, headers: json, body: ' '.repeat(140_000), status: 413 },
  {
    what: 'a body of another type',
    method: 'PUT',
    path: lead,
    headers: { ...withKey, 'content-type': 'text/html' },
    body: 'a',
    status: 415
  },
  { what: 'a handler that crashes', path: `/v1/referrals/${referralId}`, headers: withKey, status: 500 },
  { what: 'another system that is down', path: '/v1/referrals', headers: withKey, status: 503 },
  { what: 'a callback that proves nothing', method: 'POST', path: '/callbacks', body: '{}', status: 400 },
  { what: 'a path that is not there', path: '/nothing', status: 404 },
  { what: 'a path that cannot be read', path: '/%zz', status: 404 },
  { what: 'a path parameter without end', path: `/v1/referrals/${'a'.repeat(300)}`, status: 400 },
  { what: 'a method that is not offered', method: 'PROPFIND', path: '/v1/referrals', status: 404 },
  { what: 'the health', path: '/healthz', status: 200 },
  { what: 'the readiness', path: '/readyz', status: 200 },
  { what: 'the document', path: '/openapi.json', status: 200 }
]

const pages: { path: string; status: number; type?: RegExp }[] = [
  { path: '/docs', status: 200, type: /^text\/html/ },
  { path: '/docs/', status: 200, type: /^text\/html/ },
  { path: '/docs/json', status: 200, type: /^application\/json/ },
  { path: '/docs/static/index.css', status: 200, type: /^text\/css/ },
  { path: '/docs/static/swagger-ui-bundle.js', status: 200, type: /^application\/javascript/ },
  { path: '/docs/static/index.html', status: 302 },
  { path: '/docs/static/nothing.js', status: 404, type: /^application\/problem\+json/ },
  { path: '/docs/static/..%2fpackage.json', status: 404, type: /^application\/problem\+json/ }
]

/** The service, some parts of which fail, and a way to ask it over HTTP. */
async function service(t: Parameters<typeof app>[0], publicUrl?: string) {
  const referrals = {
    get: async () => Promise.reject(new TypeError('a crash')),
    list: async () => Promise.reject(new Failure('PARTNER_CENTER_BUSY', 'It is busy.'))
  }
  const parts = {
    referrals: referrals as never,
    validate: async () => Promise.reject(new Failure('CALLBACK_HEADER_MISSING', 'No header.'))
  }
  const built = await app(t, parts, publicUrl === undefined ? {} : { publicUrl })
  const url = await built.listen({ host: '127.0.0.1', port: 0 })
  return async ({ method = 'GET', path, headers = {}, body }: { method?: string; path: string; headers?: object; body?: string }) => {
    const request = { method, headers: { ...headers }, redirect: 'manual' as const, ...(body !== undefined && { body }) }
    const response = await fetch(`${url}${path}`, request)
    await response.arrayBuffer()
    return { status: response.status, headers: Object.fromEntries(response.headers) as Record<string, string> }
  }
}

t.test('every answer with data, and every refusal, is protected from what a browser might make of it', async t => {
  const ask = await service(t)
  for (const { what, status, ...request } of answers) {
    const answer = await ask(request)
    t.equal(answer.status, status, what)
    t.match(answer.headers, { ...always, 'content-security-policy': forData, 'cache-control': 'no-store' }, what)
    for (const name of never) t.equal(answer.headers[name], undefined, `${what}: ${name}`)
  }
})

t.test('the page of the documentation may run its own scripts and styles, and nothing else', async t => {
  const ask = await service(t)
  for (const { path, status, type } of pages)
    for (const method of ['GET', 'HEAD']) {
      const { status: answered, headers } = await ask({ method, path })
      t.equal(answered, status, `${method} ${path}`)
      if (type) t.match(headers['content-type'], type, path)
      t.match(headers, always, path)
      const policy = headers['content-security-policy'] ?? ''
      t.match(policy, /^default-src 'none'; .*frame-ancestors 'none'$/, path)
      t.notMatch(policy, /unsafe|\*|https?:/, path)
      for (const name of never) t.equal(headers[name], undefined, `${path}: ${name}`)
    }
})

t.test('TLS is asked for from then on where callers come by https, and nowhere else', async t => {
  for (const [publicUrl, expected] of [
    ['https://referrals.example', 'max-age=31536000; includeSubDomains'],
    ['http://127.0.0.1:3000', undefined],
    [undefined, undefined]
  ] as const) {
    const ask = await service(t, publicUrl)
    for (const path of ['/v1/connection', '/docs/', '/%zz', '/nothing'])
      t.equal((await ask({ path })).headers['strict-transport-security'], expected, `${publicUrl} ${path}`)
  }
})
