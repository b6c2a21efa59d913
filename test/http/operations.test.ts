import t from 'tap'
import { Failure, type FailureCode } from '../../src/failure.ts'
import type { AppPorts } from '../../src/http/ports.ts'
import { app, referral, referralId, withKey } from '../fixtures/app.ts'

const draft = { name: 'Ours', type: 'Independent', qualification: 'Direct', customerProfile: { name: 'Northwind' } }
const callback = { content: '{}', signature: 'AAAA', certificateUrl: 'https://h/cert/a.cer', signatureAlgorithm: 'rsa-sha256' }

interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  payload?: object
  /** 200 when left out. */
  status?: number
  /** Nothing for an answer without a body. */
  answer?: object
}

const operations: Record<string, Operation> = {
  TestConnection: { method: 'GET', url: '/v1/connection', answer: { ok: true, caller: 'flow', version: '1.2.3' } },
  ListReferrals: { method: 'GET', url: "/v1/referrals?top=5&filter=status%20eq%20'New'", answer: { value: [{ id: referralId }] } },
  GetReferral: { method: 'GET', url: `/v1/referrals/${referralId}`, answer: { id: referralId } },
  CreateReferral: { method: 'POST', url: '/v1/referrals', payload: draft, answer: { id: referralId } },
  UpdateReferral: { method: 'PATCH', url: `/v1/referrals/${referralId}`, payload: { notes: 'x' }, answer: { changed: ['notes'] } },
  SyncReferral: { method: 'POST', url: `/v1/referrals/${referralId}/sync`, answer: { outcome: 'synchronized', leadId: 'lead-1' } },
  UpsertLead: {
    method: 'PUT',
    url: `/v1/leads/${referralId}`,
    payload: { lastName: 'B' },
    answer: { leadId: 'lead-1', outcome: 'created' }
  },
  GetLeadSchema: { method: 'GET', url: '/v1/lead-schema', answer: { schema: { type: 'object', properties: {} } } },
  ListChoices: { method: 'GET', url: '/v1/choices/statuses', answer: { value: [{ value: 'New', name: 'New' }, {}, {}] } },
  WhenSyncNeedsAttention: { method: 'GET', url: '/v1/attention', answer: { value: [], since: String } },
  GetTimeline: { method: 'GET', url: `/v1/referrals/${referralId}/timeline`, answer: { referralId, entries: [] } },
  WhenReferralChanges: {
    method: 'POST',
    url: '/v1/subscriptions',
    payload: { callbackUrl: 'https://prod-1.westeurope.logic.azure.com/workflows/1' },
    status: 201,
    answer: { id: /.+/ }
  },
  ListSubscriptions: { method: 'GET', url: '/v1/subscriptions', answer: { value: [] } },
  Unsubscribe: { method: 'DELETE', url: '/v1/subscriptions/1', status: 204 },
  GetWebhookRegistration: { method: 'GET', url: '/v1/webhook-registration', answer: { state: 'none' } },
  RegisterWebhook: { method: 'PUT', url: '/v1/webhook-registration', answer: { state: 'ours' } },
  SendTestEvent: { method: 'POST', url: '/v1/webhook-registration/test', answer: { state: 'delivered' } },
  ValidateCallback: {
    method: 'POST',
    url: '/v1/validate-callback',
    payload: callback,
    answer: { valid: true, referralId, matched: 'as-sent' }
  }
}

t.test('every operation answers a caller with a key', async t => {
  const service = await app(t)
  for (const [name, { answer, status = 200, ...request }] of Object.entries(operations)) {
    const response = await service.inject({ ...request, headers: withKey })
    t.equal(response.statusCode, status, `${name}: ${response.body}`)
    if (answer) t.match(response.json(), answer, name)
    t.ok(response.headers['x-request-id'], name)
    t.equal(response.headers['cache-control'], 'no-store', name)
  }
})

t.test('no operation answers a caller without a key, or with one that is not known', async t => {
  const asked: string[] = []
  const refuse = new Proxy({}, { get: (_target, name) => async () => void asked.push(String(name)) }) as never
  const service = await app(t, { referrals: refuse, crm: refuse, links: refuse, validate: refuse })
  for (const [name, { method, url, payload }] of Object.entries(operations))
    for (const headers of [
      {},
      { 'x-api-key': 'rc_0123456789ab_bad' },
      { 'x-api-key': '' },
      { authorization: 'Bearer nonsense' },
      { authorization: 'Basic YTpi' }
    ]) {
      const response = await service.inject({ method, url, headers, ...(payload && { payload }) })
      t.equal(response.statusCode, 401, name)
      t.match(response.json(), { code: 'CALLER_UNAUTHENTICATED', status: 401 })
      t.ok(response.headers['www-authenticate'])
    }
  t.same(asked, [], 'nothing was asked of anybody')
})

t.test('every operation of the service is among these', async t => {
  const service = await app(t)
  const paths = (service.swagger() as object as { paths: Record<string, Record<string, { operationId: string }>> }).paths
  const ids = Object.values(paths).flatMap(item => Object.values(item).map(({ operationId }) => operationId))
  t.same(ids.sort(), Object.keys(operations).sort())
})

const refusals: {
  what: string
  method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  url: string
  payload?: unknown
  code: FailureCode
  status: number
}[] = [
  { what: 'an id of another form', method: 'GET', url: '/v1/referrals/42', code: 'REFERRAL_ID_MALFORMED', status: 400 },
  { what: 'an id with a path in it', method: 'GET', url: '/v1/referrals/..%2F..%2Fx', code: 'REFERRAL_ID_MALFORMED', status: 400 },
  {
    what: 'an id without an end',
    method: 'GET',
    url: `/v1/referrals/${'a'.repeat(300)}`,
    code: 'REFERRAL_ID_MALFORMED',
    status: 400
  },
  { what: 'a path that is none', method: 'GET', url: '/v1/referrals/%zz', code: 'ROUTE_NOT_FOUND', status: 404 },
  { what: 'a method that is not offered', method: 'PUT', url: `/v1/referrals/${referralId}`, code: 'ROUTE_NOT_FOUND', status: 404 },
  { what: 'a query of another type', method: 'GET', url: '/v1/referrals?top=many', code: 'VALUE_WRONG_TYPE', status: 400 },
  { what: 'a list for a body', method: 'PUT', url: `/v1/leads/${referralId}`, payload: [], code: 'VALUE_WRONG_TYPE', status: 400 },
  {
    what: 'a value that is too long',
    method: 'PUT',
    url: `/v1/leads/${referralId}`,
    payload: { lastName: 'x'.repeat(51) },
    code: 'VALUE_TOO_LONG',
    status: 400
  },
  {
    what: 'a value of another type',
    method: 'PUT',
    url: `/v1/leads/${referralId}`,
    payload: { lastName: 7 },
    code: 'VALUE_WRONG_TYPE',
    status: 400
  },
  {
    what: 'a date that is none',
    method: 'PUT',
    url: `/v1/leads/${referralId}`,
    payload: { estimatedCloseDate: '31.12.' },
    code: 'VALUE_WRONG_TYPE',
    status: 400
  },
  {
    what: 'a choice that is none',
    method: 'PATCH',
    url: `/v1/referrals/${referralId}`,
    payload: { status: 'Won' },
    code: 'VALUE_WRONG_TYPE',
    status: 400
  },
  {
    what: 'an unknown field',
    method: 'PUT',
    url: `/v1/leads/${referralId}`,
    payload: { shoeSize: 42 },
    code: 'FIELD_UNKNOWN',
    status: 400
  },
  { what: 'an edit of nothing', method: 'PATCH', url: `/v1/referrals/${referralId}`, payload: {}, code: 'REQUEST_INVALID', status: 400 },
  { what: 'a missing field', method: 'POST', url: '/v1/referrals', payload: { name: 'x' }, code: 'REQUEST_INVALID', status: 400 },
  { what: 'a query beyond its limits', method: 'GET', url: '/v1/referrals?top=1000', code: 'VALUE_WRONG_TYPE', status: 400 },
  { what: 'JSON that is none', method: 'PUT', url: `/v1/leads/${referralId}`, payload: '{"a":', code: 'REQUEST_INVALID', status: 400 },
  {
    what: 'a prototype',
    method: 'PUT',
    url: `/v1/leads/${referralId}`,
    payload: '{"__proto__":{"x":1}}',
    code: 'REQUEST_INVALID',
    status: 400
  },
  {
    what: 'a body beyond the limit',
    method: 'PUT',
    url: `/v1/leads/${referralId}`,
    payload: `{"description":"${'x'.repeat(140_000)}"}`,
    code: 'REQUEST_TOO_LARGE',
    status: 413
  },
  { what: 'an unknown path', method: 'GET', url: '/v2/referrals', code: 'ROUTE_NOT_FOUND', status: 404 }
]
/** What the document of the service says of an answer with this status. */
function documented(service: Awaited<ReturnType<typeof app>>, { method, url }: { method: string; url: string }, status: number) {
  const { paths } = service.swagger() as object as { paths: Record<string, object> }
  const [path = ''] = url.split('?')
  const item = Object.entries(paths).find(([template]) => new RegExp(`^${template.replace(/\{\w+\}/, '[^/]+')}$`).test(path))?.[1]
  const operation = item as Record<string, { responses: Record<string, { description: string }> }> | undefined
  return operation?.[method.toLowerCase()]?.responses[status]?.description ?? ''
}

t.test('bad input answers its own code in one form', async t => {
  const service = await app(t)
  for (const { what, code, status, payload, ...request } of refusals) {
    const body = typeof payload === 'string' ? payload : payload === undefined ? undefined : JSON.stringify(payload)
    const response = await service.inject({
      ...request,
      headers: { ...withKey, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { payload: body })
    })
    t.equal(response.statusCode, status, what)
    t.match(response.headers['content-type'], /^application\/problem\+json/, what)
    const problem = response.json()
    t.match(problem, { type: `urn:referral-connector:failure:${code}`, status, code, requestId: String, advice: String }, what)
    t.match(problem.error, { code }, 'and where the designer of flows looks')
    t.match(problem.message, code)
    t.equal(response.headers['x-request-id'], problem.requestId, what)
    if (code !== 'ROUTE_NOT_FOUND') t.match(documented(service, request, status), code, `${what}: documented`)
  }
  const xml = await service.inject({
    method: 'PUT',
    url: `/v1/leads/${referralId}`,
    payload: '<a/>',
    headers: { ...withKey, 'content-type': 'text/xml' }
  })
  t.match(xml.json(), { status: 415, code: 'CONTENT_TYPE_UNSUPPORTED' })
})

t.test('what is wrong is named with its place, ten places at the most', async t => {
  const service = await app(t)
  const payload = Object.fromEntries(Array.from({ length: 15 }, (_item, index) => [`x${index}`, index]))
  const { errors } = (await service.inject({ method: 'PUT', url: `/v1/leads/${referralId}`, payload, headers: withKey })).json()
  t.equal(errors.length, 10)
  const one = await service.inject({ method: 'PUT', url: `/v1/leads/${referralId}`, payload: { email: 3 }, headers: withKey })
  t.match(one.json().errors, [{ pointer: '/email', detail: /string/ }])
})

t.test('a field that is null is a field left out, for a flow writes null where a token is empty', async t => {
  const seen: unknown[] = []
  const answered = <T>(written: unknown, answer: T): T => {
    seen.push(written)
    return answer
  }
  const service = await app(t, {
    crm: { upsertLead: async (_id: string, write: unknown) => answered(write, { leadId: 'l', outcome: 'created', notices: [] }) } as never,
    referrals: {
      get: async () => referral,
      create: async (written: unknown) => answered(written, { referralId: String(referral.id), referral }),
      patch: async (_read: unknown, edits: unknown) => answered(edits, { referral, changed: [] })
    } as never
  })
  const send = async (method: 'POST' | 'PUT' | 'PATCH', url: string, payload: object) =>
    (await service.inject({ method, url, payload, headers: withKey })).statusCode
  const lead = { lastName: 'B', phone: null, customColumns: { new_region: null } }
  t.equal(await send('PUT', `/v1/leads/${referralId}`, lead), 200)
  t.equal(await send('PATCH', `/v1/referrals/${referralId}`, { notes: 'x', salesStage: null }), 200)
  const profile = { name: 'Northwind', size: null, address: { city: null, country: 'US' } }
  t.equal(await send('POST', '/v1/referrals', { ...draft, customerProfile: profile, details: null }), 200)
  t.same(seen, [
    { lead: { lastName: 'B' }, customColumns: { new_region: null } },
    { notes: 'x' },
    { ...draft, customerProfile: { name: 'Northwind', address: { country: 'US' } } }
  ])
  t.equal(await send('PATCH', `/v1/referrals/${referralId}`, { salesStage: null }), 400, 'nothing is left to edit')
  t.equal(await send('POST', '/v1/referrals', { ...draft, name: null }), 400, 'what is needed is still missing')
})

t.test('an operation that needs no body takes an empty one, whatever its content type', async t => {
  const service = await app(t)
  const none = { ...withKey, 'content-type': 'application/json' }
  for (const headers of [withKey, none]) {
    t.match((await service.inject({ method: 'POST', url: `/v1/referrals/${referralId}/sync`, headers })).json(), { leadId: 'lead-1' })
    t.match((await service.inject({ method: 'PUT', url: `/v1/leads/${referralId}`, headers })).json(), { leadId: 'lead-1' })
    t.equal((await service.inject({ method: 'POST', url: '/v1/referrals', headers })).statusCode, 400)
  }
})

t.test('the name of an unknown field is not repeated without end', async t => {
  const service = await app(t)
  const payload = { ['x'.repeat(50_000)]: 1 }
  const response = await service.inject({ method: 'PUT', url: `/v1/leads/${referralId}`, payload, headers: withKey })
  t.match(response.json(), { code: 'FIELD_UNKNOWN', detail: /: x{100}\.$/ })
  t.ok(response.body.length < 2000)
  t.ok(service.lines.join('').length < 4000)
})

t.test('a referral that cannot be edited, and a lead that needs nothing, answer in their own way', async t => {
  const closed = { ...referral, status: 'Closed', substatus: 'Won' }
  const patch = async () => Promise.reject(new Failure('REFERRAL_CLOSED', 'The referral is closed.'))
  const service = await app(t, { referrals: { get: async () => closed, patch } as never })
  const edit = await service.inject({ method: 'PATCH', url: `/v1/referrals/${referralId}`, payload: { notes: 'x' }, headers: withKey })
  t.match(edit.json(), { code: 'REFERRAL_CLOSED', status: 409 })
  t.equal(edit.headers['retry-after'], undefined, 'no use in trying again')
  const payload = { notes: 'x', eTag: '"older"' }
  const late = await service.inject({ method: 'PATCH', url: `/v1/referrals/${referralId}`, payload, headers: withKey })
  t.match(late.json(), { code: 'REFERRAL_CHANGED', status: 409 })
})

t.test('what fails is found under the same id here, upstream and in the log', async t => {
  const seen: unknown[] = []
  const get = async (_id: string, call: unknown) => {
    seen.push(call)
    throw new Failure('REFERRAL_NOT_FOUND', 'There is no such referral.')
  }
  const service = await app(t, { referrals: { get } as never })
  for (const [method, url] of [
    ['GET', `/v1/referrals/${referralId}`],
    ['PUT', `/v1/leads/${referralId}`],
    ['POST', `/v1/referrals/${referralId}/sync`]
  ] as const)
    await service.inject({ method, url, ...(method === 'PUT' && { payload: {} }), headers: { ...withKey, 'x-request-id': 'request-0002' } })
  t.same(seen, Array(3).fill({ correlationId: 'request-0002' }))
  t.equal(service.lines.filter(line => line.includes('request-0002') && line.includes('REFERRAL_NOT_FOUND')).length, 3)
})

const upstream: [FailureCode, number, Partial<AppPorts>][] = [
  ['REFERRAL_NOT_FOUND', 404, failing('referrals', 'get', 'REFERRAL_NOT_FOUND')],
  ['PARTNER_CENTER_BUSY', 503, failing('referrals', 'get', 'PARTNER_CENTER_BUSY')],
  ['SIGN_IN_EXPIRED', 503, failing('referrals', 'get', 'SIGN_IN_EXPIRED')],
  ['CRM_UNREACHABLE', 503, failing('crm', 'createLead', 'CRM_UNREACHABLE')],
  ['CRM_COLUMN_UNKNOWN', 422, failing('crm', 'createLead', 'CRM_COLUMN_UNKNOWN')],
  ['REFERRAL_REFUSED', 422, failing('referrals', 'patch', 'REFERRAL_REFUSED')]
]
function failing(port: 'referrals' | 'crm', method: string, code: FailureCode): Partial<AppPorts> {
  const refuse = async () => Promise.reject(new Failure(code, 'It failed.', { retryAfterMs: 1500, cause: new Error('secret-detail') }))
  const others = {
    get: async () => ({ id: referralId, status: 'Active', eTag: '"1"' }),
    createLead: async () => ({ leadId: 'l', outcome: 'created', notices: [] })
  }
  return { [port]: { ...others, [method]: refuse } } as Partial<AppPorts>
}
t.test('what fails behind the service comes with its own code, status and pause', async t => {
  for (const [code, status, ports] of upstream) {
    const service = await app(t, ports)
    const request = { method: 'POST', url: `/v1/referrals/${referralId}/sync` } as const
    const response = await service.inject({ ...request, headers: withKey })
    t.match(response.json(), { code, status, detail: 'It failed.' })
    t.match(documented(service, request, status), code, `${code}: documented`)
    t.equal(response.headers['retry-after'], '2', code)
    t.notMatch(response.body, 'secret-detail')
  }
})

t.test('an error nobody thought of is INTERNAL, without its words; the log has them under the request id', async t => {
  const service = await app(t, { referrals: { get: async () => Promise.reject(new Error('password is hunter2')) } as never })
  const response = await service.inject({
    method: 'GET',
    url: `/v1/referrals/${referralId}`,
    headers: { ...withKey, 'x-request-id': 'request-0001' }
  })
  t.match(response.json(), { status: 500, code: 'INTERNAL', requestId: 'request-0001' })
  t.notMatch(response.body, 'hunter2')
  t.ok(service.lines.some(line => line.includes('request-0001') && line.includes('INTERNAL')))
})

t.test('a request id of a strange form is replaced', async t => {
  const service = await app(t)
  for (const given of ['short', 'x'.repeat(65), 'with blank 1234', 'new\tline1234']) {
    const { headers } = await service.inject({ method: 'GET', url: '/v1/connection', headers: { ...withKey, 'x-request-id': given } })
    t.not(headers['x-request-id'], given)
  }
})

t.test('no key, token or signature gets into the log', async t => {
  const service = await app(t)
  const headers = { ...withKey, authorization: 'Bearer canary-token', 'x-ms-signature': 'canary-signature', cookie: 'canary-cookie' }
  await service.inject({ method: 'GET', url: "/v1/referrals?filter=team/any(t:t/email eq 'canary@example.com')", headers })
  await service.inject({ method: 'GET', url: '/v1/connection', headers: { 'x-api-key': 'rc_canary_key' } })
  t.ok(service.lines.length >= 2)
  t.notMatch(service.lines.join(''), /canary|rc_0123456789ab_good/)
})
