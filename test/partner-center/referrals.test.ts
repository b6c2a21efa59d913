import t from 'tap'
import { Failure } from '../../src/failure.ts'
import type { PartnerCenterOptions } from '../../src/partner-center/open-sender.ts'
import { partnerCenterReferrals } from '../../src/partner-center/referrals.ts'
import type { GetToken } from '../../src/ports.ts'
import type { Referral } from '../../src/schemas/referral.ts'
import type { NewReferral } from '../../src/schemas/referral-edits.ts'
import { arrival } from '../fixtures/arrival.ts'
import { failureOf } from '../fixtures/failure-of.ts'
import { type LocalAnswer, localServer, reset, type Scope, stall } from '../fixtures/local-server.ts'
import { memoryLog } from '../fixtures/memory-log.ts'

const id = '4111fffc-f9ee-4d53-bba6-569135228642'
const other = '49d90c72-3326-4f61-aacc-2cb57970448c'
const eTag = '"00006d10-0000-0000-0000-5c70aa630000"'
const read: Referral = {
  id,
  eTag,
  status: 'Active',
  substatus: 'Accepted',
  externalReferenceId: null,
  details: { dealValue: 50000, currency: 'USD' }
}
const base = '/v1.0/engagements/referrals'

/** Our client against a scripted Partner Center; waits are noted, not waited. */
async function partnerCenter(t: Scope, answers: LocalAnswer[], more: Partial<PartnerCenterOptions> = {}) {
  const server = await localServer(t, ...answers)
  const { log, lines, text } = memoryLog()
  const waits: number[] = []
  const tokens: (string | undefined)[] = []
  const getToken: GetToken = async ({ refused } = {}) => {
    tokens.push(refused)
    return refused === undefined ? 'token-1' : 'token-2'
  }
  const wait = async (ms: number) => void waits.push(ms)
  const referrals = partnerCenterReferrals({ baseUrl: `${server.url}${base}/`, getToken, log, wait, ...more })
  return { referrals, server, lines, logText: text, waits, tokens }
}

const error = (status: number, code: string, more: object = {}, headers: Record<string, string> = {}): LocalAnswer => ({
  status,
  headers: { 'request-id': 'r-1', ...headers },
  body: { error: { code, message: 'A message.', target: 'referral', ...more } }
})

t.test('a referral is read with a token and ids, and kept whole', async t => {
  const wild = { ...read, customerProfile: { ids: {}, size: null }, createdVia: 'Portal', details: { dealValue: '7', incentiveLevel: 3 } }
  const { referrals, server, lines } = await partnerCenter(t, [{ headers: { 'Request-ID': 'upstream-7' }, body: wild }])
  t.same(await referrals.get(id.toUpperCase(), { correlationId: other }), wild)
  const [request] = server.received
  t.match(request, {
    method: 'GET',
    url: `${base}/${id}`,
    headers: {
      authorization: 'Bearer token-1',
      accept: 'application/json',
      'ms-correlationid': other,
      'client-request-id': /^[0-9a-f-]{36}$/
    }
  })
  t.match(lines, [{ level: 'debug', fields: { correlationId: other, status: 200, answered: { 'request-id': 'upstream-7' } } }])
})

t.test('an eTag that only the header tells is taken from there', async t => {
  const { eTag: _, ...without } = read
  const { referrals } = await partnerCenter(t, [{ headers: { etag: eTag }, body: without }])
  t.equal((await referrals.get(id)).eTag, eTag)
})

t.test('an id that is no GUID makes no request', async t => {
  const { referrals, server } = await partnerCenter(t, [{ body: read }])
  for (const bad of ['', 'x', '../../secrets', `${id}/x`, `${id}?x`, ` ${id}`, `${id}\n`]) {
    t.match(await failureOf(referrals.get(bad)), { code: 'REFERRAL_ID_MALFORMED' })
    t.match(await failureOf(referrals.patch({ ...read, id: bad }, { notes: 'n' })), { code: 'REFERRAL_ID_MALFORMED' })
  }
  t.equal(server.received.length, 0)
})

t.test('each kind of refusal has its own failure', async t => {
  for (const [answer, expected] of [
    [error(400, 'invalidRequest'), { code: 'REFERRAL_REFUSED', message: /invalidRequest, request id r-1\): A message\.$/ }],
    [
      error(422, 'invalidRequest', { message: 'jane@contoso.example is not valid' }),
      { code: 'REFERRAL_REFUSED', message: /request id r-1\)\.$/ }
    ],
    [error(401, 'unAuthorized'), { code: 'PARTNER_CENTER_DENIED', message: /access token/ }],
    [error(401, '900421'), { code: 'PARTNER_CENTER_DENIED', message: /multifactor/ }],
    [
      { status: 401, body: { code: 900421, description: 'x' } },
      { code: 'PARTNER_CENTER_DENIED', message: /multifactor/ }
    ],
    [
      { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token", error_description="MFA required"' } },
      { code: 'PARTNER_CENTER_DENIED', message: /multifactor/ }
    ],
    [error(403, 'accessDenied'), { code: 'PARTNER_CENTER_DENIED', message: /signed-in user/ }],
    [error(404, 'itemNotFound'), { code: 'REFERRAL_NOT_FOUND' }],
    [error(400, 'ItemNotFound'), { code: 'REFERRAL_NOT_FOUND' }],
    [{ status: 404, body: '' }, { code: 'REFERRAL_NOT_FOUND' }],
    [error(429, 'generalException', {}, { 'retry-after': '90' }), { code: 'PARTNER_CENTER_BUSY', retryAfterMs: 90_000 }],
    [error(503, 'serviceNotAvailable'), { code: 'PARTNER_CENTER_BUSY', retryAfterMs: undefined }],
    [
      { status: 429, headers: { 'retry-after': '57' }, body: { statusCode: 429, message: 'Try again.' } },
      { code: 'PARTNER_CENTER_BUSY', retryAfterMs: 57_000 }
    ],
    [error(500, 'generalException'), { code: 'PARTNER_CENTER_UNEXPECTED', message: /HTTP 500, generalException, request id r-1/ }],
    [{ status: 502, body: '<html>' }, { code: 'PARTNER_CENTER_UNREACHABLE' }],
    [{ status: 504, body: '<html>' }, { code: 'PARTNER_CENTER_UNREACHABLE' }],
    [
      { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
      { code: 'PARTNER_CENTER_UNEXPECTED', message: /HTTP 302/ }
    ]
  ] as [LocalAnswer, object][]) {
    const { referrals, waits } = await partnerCenter(t, [answer])
    const failure = await failureOf(referrals.get(id))
    t.match(failure, expected, JSON.stringify(answer))
    t.notMatch(failure.message, /contoso|token-1/)
    t.same(waits, [])
  }
})

t.test('an answer that cannot be understood is not taken for a referral', async t => {
  for (const [name, answer] of Object.entries<LocalAnswer>({
    'HTML with status 200': { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>Sign in, Jane Doe</html>' },
    'truncated JSON': { headers: { 'content-type': 'application/json' }, body: JSON.stringify(read).slice(0, -9) },
    'no body': { body: '' },
    'JSON null': { body: 'null' },
    'a list': { body: [read] },
    'a referral without an id': { body: { name: 'x' } },
    'an id of another type': { body: { id: 7 } },
    'another referral': { body: { ...read, id: other } },
    'bytes that are no UTF-8': (_request, response) => void response.end(Buffer.from([0x7b, 0xff, 0x7d])),
    'a gzip body nobody asked for': { headers: { 'content-encoding': 'gzip' }, body: '\u001f\u008b' },
    'ten megabytes': { body: `{"id":"${id}","notes":"${'x'.repeat(10_000_000)}"}` }
  })) {
    const { referrals } = await partnerCenter(t, [answer])
    const failure = await failureOf(referrals.get(id))
    t.equal(failure.code, 'PARTNER_CENTER_UNEXPECTED', name)
    t.notMatch(String(failure) + String(failure.cause), /Jane/)
  }
})

t.test('a connection that breaks is tried again twice, one that stays silent is given up in time', async t => {
  const healed = await partnerCenter(t, [reset, reset, { body: read }])
  t.same(await healed.referrals.get(id), read)
  t.same(healed.waits, [100, 300])
  const [first, second] = healed.server.received.map(({ headers }) => headers)
  t.not(first?.['client-request-id'], second?.['client-request-id'])
  t.equal(first?.['ms-requestid'], second?.['ms-requestid'], 'a repeat is known as one')

  const broken = await partnerCenter(t, [reset])
  t.match(await failureOf(broken.referrals.get(id)), { code: 'PARTNER_CENTER_UNREACHABLE', message: /UND_ERR_SOCKET|ECONNRESET/ })
  t.equal(broken.server.received.length, 3)

  const half: LocalAnswer = (_request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{')
    setImmediate(() => response.destroy())
  }
  const halved = await partnerCenter(t, [half, { body: read }])
  t.same(await halved.referrals.get(id), read)

  for (const [timeouts, name] of [
    [{ total: 100 }, 'in all'],
    [{ headers: 50, total: 5000 }, 'for the headers']
  ] as const) {
    const silent = await partnerCenter(t, [stall], { timeouts })
    t.match(await failureOf(silent.referrals.get(id)), { code: 'PARTNER_CENTER_UNREACHABLE', message: /in time/ }, name)
  }
  const drip: LocalAnswer = (_request, response) => void response.writeHead(200).write('{')
  const dripping = await partnerCenter(t, [drip], { timeouts: { total: 150 } })
  t.match(await failureOf(dripping.referrals.get(id)), { code: 'PARTNER_CENTER_UNREACHABLE', message: /in time/ })

  const nowhere = await partnerCenter(t, [], { baseUrl: 'http://127.0.0.1:1/referrals' })
  t.match(await failureOf(nowhere.referrals.get(id)), { code: 'PARTNER_CENTER_UNREACHABLE', message: /ECONNREFUSED/ })
})

t.test('a short pause is waited out, a long one is left to the caller', async t => {
  const short = await partnerCenter(t, [
    error(429, 'x', {}, { 'retry-after': '2' }),
    error(503, 'x', {}, { 'retry-after': '1' }),
    { body: read }
  ])
  t.same(await short.referrals.get(id), read)
  t.same(short.waits, [2000, 1000])
  const endless = await partnerCenter(t, [error(429, 'x', {}, { 'retry-after': '1' })])
  t.match(await failureOf(endless.referrals.get(id)), { code: 'PARTNER_CENTER_BUSY', retryAfterMs: 1000 })
  t.equal(endless.server.received.length, 3)
  const late = new Date(Date.now() + 60_000).toUTCString()
  const long = await partnerCenter(t, [error(503, 'x', {}, { 'retry-after': late })])
  const { retryAfterMs = 0 } = await failureOf(long.referrals.get(id))
  t.ok(retryAfterMs > 50_000 && retryAfterMs <= 60_000)
  t.equal(long.server.received.length, 1)
})

t.test('a refused token is replaced once; for a missing MFA it is not', async t => {
  const healed = await partnerCenter(t, [error(401, 'unauthenticated'), { body: read }])
  await healed.referrals.get(id)
  t.same(healed.tokens, [undefined, 'token-1'])
  t.equal(healed.server.received[1]?.headers.authorization, 'Bearer token-2')

  const refused = await partnerCenter(t, [error(401, 'unauthenticated')])
  t.match(await failureOf(refused.referrals.get(id)), { code: 'PARTNER_CENTER_DENIED' })
  t.equal(refused.server.received.length, 2)

  const same = await partnerCenter(t, [error(401, 'unauthenticated')], { getToken: async () => 'the only one' })
  t.match(await failureOf(same.referrals.get(id)), { code: 'PARTNER_CENTER_DENIED' })
  t.equal(same.server.received.length, 1, 'the same token again would be refused again')

  const mfa = await partnerCenter(t, [error(401, '900421')])
  t.match(await failureOf(mfa.referrals.get(id)), { code: 'PARTNER_CENTER_DENIED' })
  t.same(mfa.tokens, [undefined])

  const signInFailure = new Failure('SIGN_IN_EXPIRED', 'The sign-in has expired.')
  const noToken = await partnerCenter(t, [{ body: read }], { getToken: () => Promise.reject(signInFailure) })
  t.equal(await failureOf(noToken.referrals.get(id)), signInFailure)
  t.equal(noToken.server.received.length, 0)
})

t.test('a list is asked for by our own query and never by a foreign link', async t => {
  const foreign = await localServer(t, { body: { value: [] } })
  const { referrals, server, lines } = await partnerCenter(t, [
    {
      body: { '@odata.count': 3, value: [read, { name: 'no id' }], '@odata.nextLink': `${foreign.url}/v1.0/referrals?$skiptoken=k18%2B1p` }
    },
    { body: { value: [{ ...read, id: other }] } }
  ])
  const first = await referrals.list({ filter: "status eq 'Active'", orderBy: 'updatedDateTime asc', top: 2 })
  t.same(first.value, [read])
  t.match(lines, [{ level: 'debug' }, { level: 'warn', fields: { unreadable: 1 } }])
  const second = await referrals.list({ next: first.nextPage ?? '' })
  t.same(second, { value: [{ ...read, id: other }] })
  t.same(
    server.received.map(({ url }) => url),
    [`${base}?$filter=status%20eq%20%27Active%27&$orderby=updatedDateTime%20asc&$top=2`, `${base}?$skiptoken=k18%2B1p`]
  )
  t.equal(foreign.received.length, 0)
  t.match(await failureOf(referrals.list({ next: `${foreign.url}/v1.0/referrals?$skiptoken=x` })), { code: 'REQUEST_INVALID' })
  t.equal(foreign.received.length, 0)
})

t.test('a list that is refused, or is none, says so', async t => {
  for (const [answer, code] of [
    [error(400, 'invalidRequest'), 'REFERRAL_REFUSED'],
    [error(404, 'itemNotFound'), 'PARTNER_CENTER_UNEXPECTED'],
    [{ body: { value: {} } }, 'PARTNER_CENTER_UNEXPECTED'],
    [{ body: [] }, 'PARTNER_CENTER_UNEXPECTED']
  ] as [LocalAnswer, string][]) {
    const { referrals } = await partnerCenter(t, [answer])
    t.equal((await failureOf(referrals.list({ filter: "team/any(t:t/email eq 'kim@contoso.example')" }))).code, code)
  }
})

const draft: NewReferral = {
  name: 'A deal',
  type: 'Independent',
  qualification: 'Direct',
  customerProfile: { name: 'Fabrikam' },
  details: { dealValue: 50000, currency: 'USD' }
}

t.test('a referral is created as New and Pending, and comes back accepted', async t => {
  const { referrals, server } = await partnerCenter(t, [{ status: 201, body: read }])
  t.same(await referrals.create(draft), { referralId: id, referral: read })
  t.match(server.received[0], { method: 'POST', url: base, headers: { 'content-type': 'application/json' } })
  t.same(JSON.parse(server.received[0]?.body ?? ''), { status: 'New', substatus: 'Pending', ...draft })
})

t.test('creating is never repeated, since it might create two', async t => {
  for (const answer of [reset, error(503, 'x', {}, { 'retry-after': '1' }), error(429, 'x', {}, { 'retry-after': '1' })]) {
    const { referrals, server } = await partnerCenter(t, [answer, { body: read }])
    await t.rejects(referrals.create(draft))
    t.equal(server.received.length, 1)
  }
  const { referrals, server } = await partnerCenter(t, [error(401, 'unauthenticated'), { body: read }])
  t.match(await referrals.create(draft), { referralId: id }, 'but with a new token: the first was not even looked at')
  t.equal(server.received.length, 2)
})

t.test('a call that was stopped sends nothing, and one under way is given up', async t => {
  const { hasArrived, arrived } = arrival()
  const stop = new AbortController()
  const { referrals, server } = await partnerCenter(t, [arrived])
  const under = failureOf(referrals.patch(read, { notes: 'Late.' }, { signal: stop.signal }))
  await hasArrived
  stop.abort()
  t.match(await under, { code: 'PARTNER_CENTER_UNREACHABLE' })
  t.match(await failureOf(referrals.patch(read, { notes: 'Later.' }, { signal: stop.signal })), { code: 'PARTNER_CENTER_UNREACHABLE' })
  t.equal(server.received.length, 1)
})

t.test('a creation that answers without the referral tells its id, so that nobody has to create it again to learn it', async t => {
  const { referrals, server } = await partnerCenter(t, [
    { status: 201, headers: { location: `https://evil.example/v1/referrals/${id}` } },
    { body: read }
  ])
  t.same(await referrals.create(draft), { referralId: id })
  t.equal(server.received.length, 1)
  const mute = await partnerCenter(t, [{ status: 201 }])
  t.match(await failureOf(mute.referrals.create(draft)), { code: 'PARTNER_CENTER_UNEXPECTED' })
})

t.test('a patch is guarded by the eTag as it came, and asks for the result', async t => {
  const after = { ...read, externalReferenceId: 'lead-1', eTag: '"next"' }
  const { referrals, server } = await partnerCenter(t, [{ body: after }])
  t.same(await referrals.patch(read, { externalReferenceId: 'lead-1', dealValue: 50000 }), {
    referral: after,
    changed: ['externalReferenceId']
  })
  t.match(server.received[0], {
    method: 'PATCH',
    url: `${base}/${id}`,
    headers: { 'if-match': eTag, prefer: 'return=representation', 'content-type': 'application/json' },
    body: '[{"op":"replace","path":"/externalReferenceId","value":"lead-1"}]'
  })
})

t.test('after a 204 the referral is read again', async t => {
  const after = { ...read, externalReferenceId: 'lead-1', eTag: '"next"' }
  const { referrals, server } = await partnerCenter(t, [{ status: 204 }, { body: after }])
  t.same((await referrals.patch(read, { externalReferenceId: 'lead-1' })).referral, after)
  t.same(
    server.received.map(({ method }) => method),
    ['PATCH', 'GET']
  )
})

t.test('nothing to change and nothing allowed make no request', async t => {
  const { referrals, server, tokens } = await partnerCenter(t, [{ body: read }])
  t.same(await referrals.patch(read, { dealValue: 50000, status: 'Active' }), { referral: read, changed: [] })
  const closed: Referral = { ...read, status: 'Closed', substatus: 'Won' }
  t.same(await referrals.patch(closed, { status: 'Closed', substatus: 'Won' }), { referral: closed, changed: [] })
  t.match(await failureOf(referrals.patch(closed, { notes: 'n' })), { code: 'REFERRAL_CLOSED' })
  t.match(await failureOf(referrals.patch(read, { status: 'New', substatus: 'Pending' })), { code: 'REFERRAL_TRANSITION_REFUSED' })
  t.match(await failureOf(referrals.patch(read, { status: 'Closed' })), { code: 'REFERRAL_TRANSITION_REFUSED' })
  for (const odd of [null, undefined, '', 'a\r\nb', 'é'])
    t.match(await failureOf(referrals.patch({ ...read, eTag: odd } as Referral, { notes: 'n' })), { code: 'PARTNER_CENTER_UNEXPECTED' })
  t.equal(server.received.length, 0)
  t.equal(tokens.length, 0)
})

t.test('a referral that changed in between is told by the status, or by the code in any case', async t => {
  const inner = { innerError: { code: '99918', message: 'One of the specified pre-condition is not met.', details: null } }
  for (const answer of [
    error(412, 'preconditionFailed', inner),
    { status: 412, body: '' },
    error(400, 'PreconditionFailed'),
    error(409, 'resourceModified'),
    error(400, 'invalidRequest', inner)
  ]) {
    const { referrals, server } = await partnerCenter(t, [answer])
    t.match(await failureOf(referrals.patch(read, { notes: 'n' })), { code: 'REFERRAL_CHANGED', retry: 'now' })
    t.equal(server.received.length, 1)
  }
})

t.test('a guarded patch may be repeated after a broken connection', async t => {
  const { referrals, server } = await partnerCenter(t, [reset, error(412, 'preconditionFailed')])
  t.match(await failureOf(referrals.patch(read, { notes: 'n' })), { code: 'REFERRAL_CHANGED' })
  t.same(
    server.received.map(({ headers }) => headers['if-match']),
    [eTag, eTag]
  )
})

t.test('an explanation that repeats what was sent is not passed on', async t => {
  const { referrals, logText } = await partnerCenter(t, [
    error(400, 'invalidRequest', { message: 'The notes «Call Jane» are not allowed: Call Jane' })
  ])
  const failure = await failureOf(referrals.patch(read, { notes: 'Call Jane' }))
  t.match(failure, { code: 'REFERRAL_REFUSED' })
  t.notMatch(failure.message + logText(), /Jane|token-1/)
})
