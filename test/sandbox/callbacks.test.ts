import { createHash, verify, X509Certificate } from 'node:crypto'
import t from 'tap'
import { eventNames } from '../../src/sandbox/partner-center/callback-event.ts'
import { type LocalAnswer, localServer, reset, type Scope } from '../fixtures/local-server.ts'
import { download, type Sent, sandboxPartnerCenter, surroundings } from '../fixtures/sandbox-partner-center.ts'

const shared = await surroundings(t)
const registrationPath = '/webhooks/v1/registration'
const referralsPath = '/v1.0/engagements/referrals'
const events = ['referral-created', 'referral-updated', 'test-created']
const guid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/

/** A Partner Center whose events go to a receiver that answers what `script` says. */
async function stage(t: Scope, { script = [{}], inMsHeader = true }: { script?: LocalAnswer[]; inMsHeader?: boolean } = {}) {
  const sandbox = await sandboxPartnerCenter(t, shared)
  const receiver = await localServer(t, ...script)
  sandbox.partnerCenter.register({ webhookUrl: `${receiver.url}/callbacks?key=1`, events, signatureInMsHeader: inMsHeader })
  return { ...sandbox, receiver }
}
type Received = Awaited<ReturnType<typeof localServer>>['received'][number]

/** An independent judgement, with nothing but the request, the URL in it and node:crypto. */
async function judge({ headers, body }: Received) {
  const text = String(headers['x-ms-signature'] ?? headers.authorization)
  const url = String(headers['x-ms-certificate-url'])
  const { body: der } = await download(shared.certificates, url)
  const leaf = new X509Certificate(der)
  const { issuing } = shared.certificates.chain
  const digest = String(headers['x-ms-signature-algorithm']).replace('rsa-', '')
  return {
    isSigned: verify(digest, Buffer.from(body), leaf.publicKey, Buffer.from(text.replace('Signature ', ''), 'base64')),
    isGenuine: leaf.verify(new X509Certificate(issuing).publicKey),
    host: new URL(url).hostname
  }
}

t.test('a callback is compact JSON in the documented order, signed over its bytes', async t => {
  for (const inMsHeader of [true, false]) {
    const { partnerCenter, receiver } = await stage(t, { inMsHeader })
    const { id } = partnerCenter.createReferral()
    await partnerCenter.idle()
    const [received, ...more] = receiver.received as [Received, ...Received[]]
    t.equal(more.length, 0)
    t.match(received, { method: 'POST', url: '/callbacks?key=1' })
    t.match(received.headers, {
      'content-type': 'application/json',
      'x-ms-certificate-url': 'https://3psostorageacct.blob.core.windows.net/cert/pcnotifications-dispatch.microsoft.com.cer',
      'x-ms-signature-algorithm': 'rsa-sha256',
      'accept-encoding': 'gzip, deflate',
      'content-length': String(received.body.length)
    })
    const [used, unused] = inMsHeader ? (['x-ms-signature', 'authorization'] as const) : (['authorization', 'x-ms-signature'] as const)
    t.match(received.headers[used], /^Signature [A-Za-z0-9+/]{342}==$/)
    t.notOk(unused in received.headers)
    t.match(
      received.body,
      new RegExp(
        `^\\{"EventName":"referral-created","ResourceUri":"https://api\\.partnercenter\\.microsoft\\.com/engagements/v1/referrals/${id}",` +
          '"ResourceName":"referral","AuditUri":null,"ResourceChangeUtcDate":"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{7}\\+00:00"\\}$'
      )
    )
    t.same(await judge(received), { isSigned: true, isGenuine: true, host: '3psostorageacct.blob.core.windows.net' })
    t.match(partnerCenter.deliveries(), [{ state: 'delivered', attempts: [{ status: 200 }], body: received.body }])
  }
})

t.test('every change raises its event, and only those that are registered for are sent', async t => {
  const { partnerCenter, ask, receiver } = await stage(t)
  const { id } = partnerCenter.createReferral()
  const operations = [{ op: 'replace', path: '/externalReferenceId', value: 'lead-1' }]
  const change: Sent = { method: 'PATCH', body: operations }
  await ask(`${referralsPath}/${id}`, change)
  await ask(`${referralsPath}/${id}`, change)
  partnerCenter.updateReferral(id, { status: 'Active', substatus: 'Accepted' })
  await ask(`${referralsPath}/${id}`, { ...change, headers: { 'if-match': '"old"' } })
  await partnerCenter.idle()
  const names = receiver.received.map(({ body }) => JSON.parse(body).EventName)
  t.same(names.sort(), ['referral-created', 'referral-updated', 'referral-updated', 'referral-updated'], 'a refused change raises none')

  partnerCenter.register({ webhookUrl: receiver.url, events: ['subscription-updated'], signatureInMsHeader: true })
  partnerCenter.createReferral()
  const event = {
    EventName: 'subscription-updated',
    ResourceUri: null,
    ResourceName: 'subscription',
    AuditUri: null,
    ResourceChangeUtcDate: '2026-01-01T00:00:00.0000000+00:00'
  }
  t.ok(partnerCenter.raise(event))
  t.equal(partnerCenter.raise({ ...event, EventName: 'invoice-ready' }), undefined)
  await partnerCenter.idle()
  t.same(
    receiver.received.slice(4).map(({ body }) => JSON.parse(body)),
    [event]
  )
})

t.test('what is not answered 2xx is tried ten times, with the same bytes, and then no more', async t => {
  const { partnerCenter, receiver, pauses } = await stage(t, { script: [{ status: 503, body: 'not now' }] })
  partnerCenter.createReferral()
  await partnerCenter.idle()
  t.equal(receiver.received.length, 10)
  const digest = (received: Received) => createHash('sha256').update(`${received.headers['x-ms-signature']} ${received.body}`).digest('hex')
  t.equal(new Set(receiver.received.map(digest)).size, 1)
  t.same(pauses, [1, 2, 3, 4, 5, 6, 7, 8, 9])
  const [delivery] = partnerCenter.deliveries()
  t.equal(delivery?.state, 'offline')
  t.same(
    delivery?.attempts.map(({ status, answer }) => `${status} ${answer}`),
    Array(10).fill('503 not now')
  )
})

t.test('a redirect is a failure, a lost connection too, and the first 2xx ends it', async t => {
  const redirect = { status: 302, headers: { location: '/elsewhere' } }
  const { partnerCenter, receiver } = await stage(t, { script: [redirect, reset, { status: 401 }, { status: 204 }] })
  partnerCenter.createReferral()
  await partnerCenter.idle()
  t.same(
    partnerCenter.deliveries()[0]?.attempts.map(({ status }) => status),
    [302, 0, 401, 204]
  )
  t.equal(partnerCenter.deliveries()[0]?.state, 'delivered')
  t.equal(receiver.received.length, 4)
})

t.test('a Partner Center that is closed ends its deliveries', async t => {
  const { partnerCenter } = await sandboxPartnerCenter(t, shared)
  const receiver = await localServer(t, () => partnerCenter.close())
  partnerCenter.register({ webhookUrl: receiver.url, events, signatureInMsHeader: true })
  partnerCenter.createReferral()
  await partnerCenter.idle()
  t.equal(receiver.received.length, 1)
  t.equal(partnerCenter.deliveries()[0]?.state, 'offline')
})

t.test('each way to forge a callback breaks what it says and nothing else', async t => {
  const { partnerCenter, receiver } = await stage(t)
  const forged = async (how: Parameters<typeof partnerCenter.tamper>[0]) => {
    partnerCenter.tamper(how)
    const { id } = partnerCenter.createReferral()
    await partnerCenter.idle()
    const received = receiver.received.at(-1) as Received
    return { id, received, ...(await judge(received)) }
  }
  const store = '3psostorageacct.blob.core.windows.net'

  const body = await forged('body')
  t.match(body, { isSigned: false, isGenuine: true, host: store })
  const meant = JSON.stringify(partnerCenter.deliveries().at(-1)?.event)
  t.equal(body.received.body.length, meant.length)
  t.equal([...meant].filter((character, at) => character !== body.received.body[at]).length, 1, 'one byte')
  const { ResourceUri } = JSON.parse(body.received.body)
  t.match(ResourceUri, guid)
  t.notOk(ResourceUri.endsWith(body.id), 'which makes it another referral')

  t.match(await forged('certificate'), { isSigned: true, isGenuine: false, host: store })
  const host = await forged('host')
  t.match(host, { isSigned: true, isGenuine: false, host: /^(?!3psostorageacct\.).+\.blob\.core\.windows\.net$/ })
  const algorithm = await forged('algorithm')
  t.match(algorithm, { isSigned: true, isGenuine: true, host: store })
  t.equal(algorithm.received.headers['x-ms-signature-algorithm'], 'rsa-sha1')
  t.match(await forged(undefined), { isSigned: true, isGenuine: true, host: store })
})

t.test('there is one registration, and its API has an audience of its own', async t => {
  const { partnerCenter, ask, tokens } = await sandboxPartnerCenter(t, shared)
  t.same((await ask(`${registrationPath}/events`)).body, eventNames)
  const refused = { code: /./, description: String, data: [], source: String }
  t.match(await ask(registrationPath, { token: tokens.referrals() }), { status: 401, body: refused })
  t.match(await ask(registrationPath, { token: '' }), { status: 401, headers: { 'www-authenticate': /invalid_token/ } })
  t.match(await ask(registrationPath, { token: tokens.registration({ idtyp: 'user', upn: 'x', amr: ['pwd'] }) }), { status: 401 })
  t.match(await ask(registrationPath), { status: 404, body: refused })
  t.match(await ask(registrationPath, { method: 'PUT', body: {} }), { status: 404, body: refused })

  const registration = {
    WebhookUrl: 'https://service.example/callbacks',
    WebhookEvents: ['referral-created'],
    SignatureTokenToMsSignatureHeader: true
  }
  for (const [what, change] of [
    ['no address', { WebhookUrl: undefined }],
    ['an address of another kind', { WebhookUrl: 'ftp://service.example/' }],
    ['no address at all', { WebhookUrl: 'https://' }],
    ['an unknown event', { WebhookEvents: ['referral-deleted'] }],
    ['no events', { WebhookEvents: undefined }]
  ] as const)
    t.match(await ask(registrationPath, { method: 'POST', body: { ...registration, ...change } }), { status: 400, body: refused }, what)
  t.match(await ask(registrationPath, { method: 'POST', body: '{' }), { status: 400, body: refused })

  t.match(await ask(registrationPath, { method: 'POST', body: registration }), {
    status: 200,
    headers: { 'ms-requestid': guid, 'ms-correlationid': guid, 'x-locale': 'en-US' },
    body: { SubscriberId: guid, WebhookUrl: registration.WebhookUrl, WebhookEvents: ['referral-created'] }
  })
  t.match(await ask(registrationPath, { method: 'POST', body: registration }), { status: 409, body: { description: /use the PUT method/ } })
  t.match((await ask(registrationPath)).body, { ...registration, LastModifiedTimestamp: /Z$/ })
  const camel = { webhookUrl: 'https://other.example/', webhookEvents: ['test-created'] }
  t.equal((await ask(registrationPath, { method: 'PUT', body: camel })).status, 200)
  t.same(partnerCenter.registration(), { webhookUrl: 'https://other.example/', events: ['test-created'], signatureInMsHeader: false })

  const none = { ...camel, webhookEvents: [] }
  t.equal((await ask(registrationPath, { method: 'PUT', body: none })).status, 200, 'an empty list is taken')
  partnerCenter.refuseEmptyRegistrations()
  t.match(await ask(registrationPath, { method: 'PUT', body: none }), { status: 400, body: refused }, 'or refused: nobody knows')
  t.same(partnerCenter.registration()?.events, [])
  partnerCenter.register({ webhookUrl: 'https://third.example/', events: ['test-created'], signatureInMsHeader: true })
  t.match((await ask(registrationPath)).body, { WebhookUrl: 'https://third.example/', LastModifiedTimestamp: /Z$/ })
})

t.test('a test event is sent on request, twice a minute, and told try by try', async t => {
  const before = shared.clock.now
  t.teardown(() => {
    shared.clock.now = before
  })
  const { partnerCenter, ask, receiver } = await stage(t, { script: [{ status: 400 }, {}] })
  const path = `${registrationPath}/validationEvents`
  const send = () => ask(path, { method: 'POST', headers: { 'content-type': 'application/json' } })
  const { body } = await send()
  t.match(body, { correlationId: guid })
  await partnerCenter.idle()
  t.match(JSON.parse(String(receiver.received[0]?.body)), {
    EventName: 'test-created',
    ResourceUri: `http://api.partnercenter.microsoft.com${path}/${body.correlationId}`,
    ResourceName: 'test',
    AuditUri: null
  })
  t.match((await ask(`${path}/${body.correlationId}`)).body, {
    correlationId: body.correlationId,
    status: 'completed',
    callbackUrl: /^http/,
    results: [
      { responseCode: 'BadRequest', responseMessage: '', systemError: false, dateTimeUtc: /Z$/ },
      { responseCode: 'OK', systemError: false }
    ]
  })
  t.equal((await ask(`${path}/4111fffc-f9ee-4d53-bba6-569135228642`)).status, 404)
  t.equal((await send()).status, 200)
  t.match(await send(), {
    status: 429,
    headers: { 'retry-after': '60' },
    body: { statusCode: 429, message: 'Rate limit is exceeded. Try again in 60 seconds.' }
  })
  shared.clock.now = new Date(before.getTime() + 60_001)
  t.equal((await send()).status, 200)
  shared.clock.now = new Date(before.getTime() + 180_000)
  partnerCenter.register({ webhookUrl: receiver.url, events: ['referral-created'], signatureInMsHeader: true })
  t.match(await send(), { status: 400, body: { description: /test-created/ } })
  await partnerCenter.idle()
  shared.clock.now = new Date(before.getTime() + 8 * 24 * 60 * 60 * 1000)
  const late = await ask(`${path}/${body.correlationId}`)
  t.equal(late.status, 404, 'results are deleted after seven days')
})
