import t from 'tap'
import { partnerCenterRegistrations } from '../../src/partner-center/registrations.ts'
import type { GetToken, Registration } from '../../src/ports.ts'
import { failureOf } from '../fixtures/failure-of.ts'
import { type LocalAnswer, localServer, reset, type Scope } from '../fixtures/local-server.ts'
import { memoryLog } from '../fixtures/memory-log.ts'

const base = '/webhooks/v1/registration'
const secret = 'sig=very-secret'
const ours: Registration = {
  url: 'https://service.example/callbacks',
  events: ['referral-created', 'test-created'],
  signatureInMsHeader: true
}
const sentByDocs = {
  WebhookUrl: `https://other.example/hook?${secret}`,
  WebhookEvents: ['referral-created'],
  SignatureTokenToMsSignatureHeader: true,
  LastModifiedTimestamp: '2026-11-01T10:00:00Z'
}
/** What was seen before the write. */
const nothing = { replaces: undefined }
const theirs = { replaces: sentByDocs.WebhookUrl }
const none: LocalAnswer = { status: 404, body: { code: '2000', description: 'Registration not found.', data: [], source: 'PartnerApi' } }
const done: LocalAnswer = { body: { SubscriberId: '1', WebhookUrl: ours.url, WebhookEvents: ours.events } }

/** Our client against a scripted Partner Center; waits are noted, not waited. */
async function registration(t: Scope, ...answers: LocalAnswer[]) {
  const server = await localServer(t, ...answers)
  const { log, text } = memoryLog()
  const waits: number[] = []
  const getToken: GetToken = async ({ refused } = {}) => (refused === undefined ? 'token-1' : 'token-2')
  const wait = async (ms: number) => void waits.push(ms)
  const registrations = partnerCenterRegistrations({ baseUrl: server.url + base, getToken, log, wait })
  return { registrations, server, waits, logText: text, methods: () => server.received.map(({ method }) => method) }
}

t.test('a registration is read in the documented case and in that of the published contract', async t => {
  const wanted = {
    url: sentByDocs.WebhookUrl,
    events: ['referral-created'],
    signatureInMsHeader: true,
    lastModified: '2026-11-01T10:00:00Z'
  }
  const camel = {
    subscriberId: '1',
    webhookUrl: sentByDocs.WebhookUrl,
    webhookEvents: ['referral-created', null],
    signatureTokenToMsSignatureHeader: 'True',
    lastModifiedTimestamp: '2026-11-01T10:00:00Z'
  }
  const { registrations, server } = await registration(t, { body: sentByDocs }, { body: camel })
  t.same(await registrations.get({ correlationId: '49d90c72-3326-4f61-aacc-2cb57970448c' }), wanted)
  t.same(await registrations.get(), wanted)
  t.match(server.received[0], {
    method: 'GET',
    url: base,
    headers: { authorization: 'Bearer token-1', 'ms-correlationid': '49d90c72-3326-4f61-aacc-2cb57970448c' }
  })
})

t.test('what an answer does not say is left open', async t => {
  const { registrations } = await registration(t, { body: { WebhookUrl: 'https://other.example/', WebhookEvents: null } })
  t.same(await registrations.get(), { url: 'https://other.example/', events: [] })
})

t.test('no registration has several forms', async t => {
  const forms: LocalAnswer[] = [none, { status: 204 }, { body: 'null' }, { body: { WebhookUrl: null } }, { body: { WebhookUrl: '' } }]
  const { registrations } = await registration(t, ...forms)
  for (const form of forms) t.equal(await registrations.get(), undefined, JSON.stringify(form))
})

t.test('something else than a registration is said to be unexpected', async t => {
  const bodies: unknown[] = ['<html>', '[]', '"x"', {}, { WebhookUrl: 7 }, { WebhookUrl: 'https://a.example/', WebhookEvents: 'all' }]
  for (const body of bodies) {
    const { registrations } = await registration(t, { body })
    t.match(await failureOf(registrations.get()), { code: 'PARTNER_CENTER_UNEXPECTED' }, JSON.stringify(body))
  }
})

t.test('the first registration is posted, with the documented names and a boolean', async t => {
  const { registrations, server, methods } = await registration(t, none, done)
  await registrations.put(ours, nothing)
  t.same(methods(), ['GET', 'POST'])
  t.equal(server.received[1]?.url, base)
  t.equal(server.received[1]?.headers['content-type'], 'application/json')
  t.same(JSON.parse(server.received[1]?.body ?? ''), {
    WebhookUrl: ours.url,
    WebhookEvents: ours.events,
    SignatureTokenToMsSignatureHeader: true
  })
})

t.test('one that is there is replaced by PUT', async t => {
  const { registrations, methods } = await registration(t, { body: sentByDocs }, done)
  await registrations.put(ours, theirs)
  t.same(methods(), ['GET', 'PUT'])
})

t.test('a conflict at the first registration leads to PUT, for there is one that was not shown', async t => {
  const hidden = await registration(t, none, { status: 409 }, none, done)
  await hidden.registrations.put(ours, nothing)
  t.same(hidden.methods(), ['GET', 'POST', 'GET', 'PUT'])
  // The answer to our own POST was lost, and it was sent again.
  const lost = await registration(t, none, reset, { status: 409 }, { body: { ...sentByDocs, WebhookUrl: ours.url } }, done)
  await lost.registrations.put(ours, nothing)
  t.same(lost.methods(), ['GET', 'POST', 'POST', 'GET', 'PUT'])
})

t.test('who registered in the same moment is not replaced', async t => {
  const { registrations, methods } = await registration(t, none, { status: 409 }, { body: sentByDocs })
  const failure = await failureOf(registrations.put(ours, nothing))
  t.equal(failure.code, 'WEBHOOK_TAKEN')
  t.notMatch(failure.message, secret)
  t.same(methods(), ['GET', 'POST', 'GET'])
})

t.test('who registered since the look that the write was decided on is not replaced', async t => {
  const third = { ...sentByDocs, WebhookUrl: `https://third.example/hook?${secret}` }
  for (const seen of [nothing, theirs]) {
    const { registrations, methods } = await registration(t, { body: third }, done)
    const failure = await failureOf(registrations.put(ours, seen))
    t.equal(failure.code, 'WEBHOOK_TAKEN')
    t.notMatch(failure.message, secret)
    t.same(methods(), ['GET'])
  }
  const own = await registration(t, { body: { ...sentByDocs, WebhookUrl: ours.url } }, done)
  await own.registrations.put(ours, nothing)
  t.same(own.methods(), ['GET', 'PUT'], 'our own one may have come up since')
  const gone = await registration(t, none, done)
  await gone.registrations.put(ours, theirs)
  t.same(gone.methods(), ['GET', 'POST'], 'where nothing is any more, nobody is displaced')
})

t.test('an address without registrations is named', async t => {
  const { registrations } = await registration(t, none)
  t.match(await failureOf(registrations.put(ours, nothing)), { code: 'PARTNER_CENTER_UNEXPECTED', message: /PARTNER_CENTER_WEBHOOKS_URL/ })
})

t.test('a test event is asked for with an empty body, once', async t => {
  const { registrations, server } = await registration(t, { body: { CorrelationId: 'b3a1' } })
  t.equal(await registrations.sendTest(), 'b3a1')
  t.match(server.received, [{ method: 'POST', url: `${base}/validationEvents`, body: '' }])
  const lost = await registration(t, reset)
  t.match(await failureOf(lost.registrations.sendTest()), { code: 'PARTNER_CENTER_UNREACHABLE' })
  t.equal(lost.server.received.length, 1)
})

t.test('the third test in a minute is told when to come back', async t => {
  const tooMany = { statusCode: 429, message: 'Rate limit is exceeded. Try again in 57 seconds.' }
  const { registrations, waits, server } = await registration(t, { status: 429, headers: { 'retry-after': '57' }, body: tooMany })
  t.match(await failureOf(registrations.sendTest()), { code: 'PARTNER_CENTER_BUSY', retryAfterMs: 57_000 })
  t.same(waits, [])
  t.equal(server.received.length, 1)
})

t.test('an id of a test event that is none is not taken', async t => {
  for (const body of [{}, { correlationId: '' }, { correlationId: '../x' }, []]) {
    const { registrations } = await registration(t, { body })
    t.match(await failureOf(registrations.sendTest()), { code: 'PARTNER_CENTER_UNEXPECTED' })
  }
})

t.test('the result of a test event has an entry for each try', async t => {
  const result = {
    correlationId: 'b3a1',
    partnerId: '1',
    status: 'Completed',
    callbackUrl: ours.url,
    results: [
      { responseCode: 'BadGateway', responseMessage: 'no', systemError: 'true', dateTimeUtc: '2026-11-01T10:00:00Z' },
      { responseCode: 'OK', responseMessage: '', systemError: false }
    ]
  }
  const { registrations, server } = await registration(t, { body: result })
  t.same(await registrations.testResult('b3a1'), {
    isCompleted: true,
    url: ours.url,
    attempts: [
      { responseCode: 'BadGateway', responseMessage: 'no', isSystemError: true, at: '2026-11-01T10:00:00Z' },
      { responseCode: 'OK', responseMessage: '', isSystemError: false }
    ]
  })
  t.equal(server.received[0]?.url, `${base}/validationEvents/b3a1`)
})

t.test('a result that is not there yet, or not complete, says so', async t => {
  const { registrations, server } = await registration(t, none, { body: { status: 'pending', results: null } }, { body: {} })
  t.same(await registrations.testResult('b3a1'), { isCompleted: false, attempts: [] })
  t.same(await registrations.testResult('a/../b'), { isCompleted: false, attempts: [] })
  t.equal(server.received[1]?.url, `${base}/validationEvents/a%2F..%2Fb`)
  t.match(await failureOf(registrations.testResult('b3a1')), { code: 'PARTNER_CENTER_UNEXPECTED' })
})

t.test('each refusal has its code, with Partner Center’s explanation when it may be shown', async t => {
  const refused = (status: number, description: string): LocalAnswer => ({
    status,
    body: { code: '2006', description, data: [], source: 's' }
  })
  const cases: [LocalAnswer, object][] = [
    [refused(400, 'WebhookEvents must not be empty.'), { code: 'WEBHOOK_REFUSED', message: /HTTP 400, 2006\): WebhookEvents must not be/ }],
    [refused(400, `No ${ours.url} please.`), { code: 'WEBHOOK_REFUSED', message: /HTTP 400, 2006\)\.$/ }],
    [refused(400, `See ${sentByDocs.WebhookUrl}`), { code: 'WEBHOOK_REFUSED', message: /HTTP 400, 2006\)\.$/ }],
    [refused(401, 'No.'), { code: 'PARTNER_CENTER_DENIED' }],
    [refused(403, 'No.'), { code: 'PARTNER_CENTER_DENIED' }],
    [refused(404, 'No.'), { code: 'WEBHOOK_NOT_REGISTERED' }],
    [refused(500, 'No.'), { code: 'PARTNER_CENTER_UNEXPECTED' }],
    [refused(502, 'No.'), { code: 'PARTNER_CENTER_UNREACHABLE' }]
  ]
  for (const [answer, failure] of cases) {
    const { registrations } = await registration(t, { body: sentByDocs }, answer)
    t.match(await failureOf(registrations.put(ours, theirs)), failure)
  }
})

t.test('the query of a registered URL is in no log line', async t => {
  const { registrations, logText } = await registration(t, { body: sentByDocs }, { status: 500, body: sentByDocs })
  await registrations.get()
  const failure = await failureOf(registrations.put({ ...ours, url: sentByDocs.WebhookUrl }, theirs))
  t.notMatch(logText(), secret)
  t.notMatch(failure.message, secret)
})
