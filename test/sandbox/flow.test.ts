import t from 'tap'
import { request } from 'undici'
import { operationRequest } from '../../src/sandbox/flow/flow-operation.ts'
import { startSandbox } from '../../src/sandbox/start-sandbox.ts'
import { type LocalAnswer, localServer, type Received, reset, type Scope } from '../fixtures/local-server.ts'

const sandbox = await startSandbox({ pause: async () => undefined })
t.teardown(() => sandbox.close())

const body = { name: 'body', in: 'body', required: true, schema: {} }
const referralId = { name: 'referralId', in: 'path', required: true, type: 'string', 'x-ms-url-encoding': 'single' }
/** The connector's definition as far as the flow uses it. */
const definition = {
  swagger: '2.0',
  host: 'service.example',
  basePath: '/',
  paths: {
    '/v1/validate-callback': { post: { operationId: 'ValidateCallback', parameters: [body] } },
    '/v1/referrals/{referralId}': {
      get: { operationId: 'GetReferral', parameters: [referralId] },
      patch: { operationId: 'UpdateReferral', parameters: [referralId, body] }
    },
    '/v1/leads/{referralId}': { put: { operationId: 'UpsertLead', parameters: [referralId, body] } }
  },
  securityDefinitions: { api_key: { type: 'apiKey', in: 'header', name: 'X-API-Key' } }
}

const id = '4111fffc-f9ee-4d53-bba6-569135228642'
const answers: Record<string, object> = {
  'POST /v1/validate-callback': { valid: true, eventName: 'referral-created', referralId: id },
  [`GET /v1/referrals/${id}`]: { id, eTag: '"1"' },
  [`PUT /v1/leads/${id}`]: { leadId: 'lead-1', outcome: 'created' },
  [`PATCH /v1/referrals/${id}`]: { changed: ['externalReferenceId'] }
}

/** A flow, and a service that answers `answers` unless told otherwise. */
async function stage(t: Scope, { replies = {}, more = {} }: { replies?: Record<string, LocalAnswer>; more?: object } = {}) {
  const service = await localServer(t, (received, response) => {
    const call = `${received.method} ${received.url}`
    const reply = replies[call] ?? { body: answers[call] }
    if (typeof reply === 'function') return reply(received, response)
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(reply.body))
  })
  const flow = await sandbox.startFlow({ definition: { ...definition, ...more }, serviceUrl: service.url, apiKey: 'rc_key' })
  t.teardown(() => flow.close())
  const trigger = async (
    headers: Record<string, string> = {},
    content = '{ "EventName": "referral-created", "n": 1.0 }',
    url = flow.url
  ) => {
    const answer = await request(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: content })
    const text = await answer.body.text()
    return { status: answer.statusCode, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) }
  }
  return { flow, service, trigger, calls: () => service.received.map(({ method, url }: Received) => `${method} ${url}`) }
}

const signed = {
  'x-ms-signature': 'Signature c2ln',
  'x-ms-certificate-url': 'https://3psostorageacct.blob.core.windows.net/cert/x.cer',
  'x-ms-signature-algorithm': 'rsa-sha256'
}

t.test('the trigger answers before anything is done, and the typed actions follow one by one', async t => {
  let release = (): void => undefined
  let arrive = (): void => undefined
  const arrived = new Promise<void>(resolve => {
    arrive = resolve
  })
  const { flow, service, trigger, calls } = await stage(t, {
    replies: {
      'POST /v1/validate-callback': (_received, response) => {
        release = () => response.end(JSON.stringify(answers['POST /v1/validate-callback']))
        arrive()
      }
    }
  })
  const answer = await trigger(signed)
  t.match(answer, { status: 202, body: undefined, headers: { 'x-ms-workflow-run-id': flow.runs[0]?.runId } })
  await arrived
  t.match(flow.runs, [{ status: 'Running', actions: [] }])
  release()
  await flow.idle()
  t.same(calls(), Object.keys(answers))
  const [validate, get, upsert, update] = service.received
  t.same(JSON.parse(String(validate?.body)), {
    content: '{"EventName":"referral-created","n":1}',
    signature: 'Signature c2ln',
    certificateUrl: signed['x-ms-certificate-url'],
    signatureAlgorithm: 'rsa-sha256'
  })
  t.equal(get?.body, '')
  t.equal(upsert?.body, '{}', 'the service maps')
  t.equal(update?.body, '{"externalReferenceId":"lead-1"}')
  for (const received of service.received) t.equal(received.headers['x-api-key'], 'rc_key')
  t.match(flow.runs, [
    {
      runId: /^08[0-9A-F]{34}$/,
      trigger: { eventName: 'referral-created', bytes: 45, certificateUrl: signed['x-ms-certificate-url'] },
      status: 'Succeeded',
      actions: [
        {
          operationId: 'ValidateCallback',
          status: 200,
          outputs: { valid: true },
          inputs: { parameters: {}, body: { signature: 'Signature c2ln' } }
        },
        { operationId: 'GetReferral', status: 200, inputs: { parameters: { referralId: id } } },
        { operationId: 'UpsertLead', status: 200, outputs: { outcome: 'created' } },
        { operationId: 'UpdateReferral', status: 200 }
      ]
    }
  ])
  t.ok(flow.runs[0]?.actions.every(({ name, durationMs }) => name !== '' && durationMs >= 0))
})

t.test('what a flow of Power Automate refuses', async t => {
  const { flow, service, trigger } = await stage(t)
  t.match(await trigger({ authorization: 'Signature c2ln' }), {
    status: 401,
    body: { error: { code: 'DirectApiRequestHasMoreThanOneAuthorization', message: /'Signature' authorization scheme/ } }
  })
  for (const url of [flow.url.replace(/sig=.*/, 'sig=other'), flow.url.replace(/&sig=.*/, '')])
    t.match(await trigger(signed, undefined, url), { status: 401, body: { error: { code: 'DirectApiAuthorizationRequired' } } })
  t.match(await trigger(signed, '{"EventName":'), { status: 400, body: { error: { code: 'InvalidRequestContent' } } })
  flow.nextAnswers.next({ status: 429, headers: { 'retry-after': '1' }, body: {} })
  t.equal((await trigger(signed)).status, 429)
  t.same(flow.runs, [])
  t.equal(service.received.length, 0)
})

t.test('the first action that fails is the last', async t => {
  const cases: [string, LocalAnswer, number][] = [
    ['POST /v1/validate-callback', { status: 401, body: { code: 'CALLBACK_SIGNATURE_MISMATCH' } }, 401],
    [`GET /v1/referrals/${id}`, { status: 503, body: { code: 'PARTNER_CENTER_BUSY' } }, 503],
    [`PUT /v1/leads/${id}`, reset, 502],
    [`PATCH /v1/referrals/${id}`, { status: 409, body: { code: 'REFERRAL_CLOSED' } }, 409]
  ]
  for (const [index, [call, reply, status]] of cases.entries()) {
    const { flow, trigger, calls } = await stage(t, { replies: { [call]: reply } })
    await trigger(signed)
    await flow.idle()
    t.equal(calls().length, index + 1, call)
    t.match(flow.runs, [{ status: 'Failed' }])
    t.match(flow.runs[0]?.actions.at(-1), { status, outputs: typeof reply === 'function' ? { error: { code: 'BadGateway' } } : reply.body })
  }
  const { flow, trigger } = await stage(t, { more: { paths: {} } })
  await trigger(signed)
  await flow.idle()
  t.match(flow.runs, [
    {
      status: 'Failed',
      actions: [{ operationId: 'ValidateCallback', status: 400, outputs: { error: { message: /no operation ValidateCallback/ } } }]
    }
  ])
})

t.test('of events that are not about the own referrals only the origin is proven', async t => {
  for (const eventName of ['test-created', 'related-referral-updated', 'subscription-updated']) {
    const { flow, trigger, calls } = await stage(t, {
      replies: { 'POST /v1/validate-callback': { body: { valid: true, eventName, referralId: id } } }
    })
    await trigger(signed)
    await flow.idle()
    t.same(calls(), ['POST /v1/validate-callback'], eventName)
    t.match(flow.runs, [{ status: 'Succeeded' }])
  }
})

t.test('an action is called as the definition says', async t => {
  const searching = {
    basePath: '/base/',
    paths: {
      '/things/{thing}': {
        get: {
          operationId: 'Find',
          parameters: [
            { name: 'thing', in: 'path', required: true },
            { name: '$filter', in: 'query' },
            { name: 'x-trace', in: 'header' }
          ]
        }
      }
    },
    securityDefinitions: { other: { type: 'basic' }, key: { type: 'apiKey', in: 'header', name: 'Api-Key' } }
  }
  const parameters = { thing: 'a/b c?', $filter: "x eq 'y'", 'x-trace': '1', unknown: 'left out' }
  t.same(operationRequest(searching as never, { operationId: 'Find', parameters, body: { left: 'out' }, apiKey: 'k' }), {
    method: 'GET',
    path: "/base/things/a%2Fb%20c%3F?%24filter=x%20eq%20'y'",
    headers: { accept: 'application/json', 'x-trace': '1', 'api-key': 'k' }
  })
  t.throws(() => operationRequest(searching as never, { operationId: 'Find', parameters: {}, apiKey: 'k' }), { message: /'thing'/ })
})

t.test('the settings lead into the sandbox and nowhere else', async t => {
  const { settings, entra, partnerCenter, dataverse } = sandbox
  t.match(settings, {
    PARTNER_CENTER_URL: `${partnerCenter.url}/v1.0/engagements/referrals`,
    PARTNER_CENTER_TENANT_ID: entra.tenantId,
    PARTNER_CENTER_REFRESH_TOKEN: entra.refreshToken,
    ENTRA_ENDPOINT: entra.url,
    DATAVERSE_URL: dataverse.url,
    CALLBACK_ROOTS: /^-----BEGIN CERTIFICATE-----/,
    TLS_ROOTS: /^-----BEGIN CERTIFICATE-----/,
    CALLBACK_CERTIFICATE_HOSTS: '',
    DATAVERSE_MANAGED_IDENTITY: ''
  })
  t.equal(Buffer.from(String(settings.ENCRYPTION_KEY), 'base64').length, 32)
  const entries = settings.CONNECT_TO?.split(',') ?? []
  for (const host of ['3psostorageacct.blob.core.windows.net', 'www.microsoft.com', 'caissuers.microsoft.com', 'cacerts.digicert.com'])
    t.ok(
      entries.some(entry => entry.startsWith(`${host}=127.0.0.1:`)),
      host
    )
  for (const [name, value] of Object.entries(settings))
    if (value.startsWith('http'))
      t.match(value, /^http:\/\/127\.0\.0\.1:|^https:\/\/api\.partner(?:center)?\.microsoft\.com\/\.default$/, name)
})

t.test('the idle flow has had the echo of its own write-back', async t => {
  const { partnerCenter, requests, entra } = sandbox
  const { id } = partnerCenter.createReferral()
  let writes = 0
  const token = entra.issueToken({
    aud: 'https://api.partner.microsoft.com',
    idtyp: 'user',
    upn: 'referrals@contoso-partner.onmicrosoft.com',
    amr: ['mfa']
  })
  const { flow } = await stage(t, {
    replies: {
      'POST /v1/validate-callback': (received, response) => {
        const { EventName } = JSON.parse(JSON.parse(received.body).content)
        response.end(JSON.stringify({ valid: true, eventName: EventName, referralId: id }))
      },
      [`GET /v1/referrals/${id}`]: { body: { id } },
      [`PUT /v1/leads/${id}`]: { body: { leadId: 'lead-1' } },
      [`PATCH /v1/referrals/${id}`]: async (received, response) => {
        // Only the first one differs from what is there, as with the service.
        if (writes++ === 0) {
          await request(`${partnerCenter.referralsUrl}/${id}`, {
            method: 'PATCH',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: JSON.stringify([{ op: 'replace', path: '/externalReferenceId', value: JSON.parse(received.body).externalReferenceId }])
          })
        }
        response.end('{}')
      }
    }
  })
  partnerCenter.register({ webhookUrl: flow.url, events: ['referral-created', 'referral-updated'], signatureInMsHeader: true })
  partnerCenter.updateReferral(id, { salesStage: '10' })
  await flow.idle()
  t.equal(partnerCenter.referral(id)?.externalReferenceId, 'lead-1')
  t.match(flow.runs, [{ status: 'Succeeded' }, { status: 'Succeeded' }])
  t.equal(flow.runs.length, 2)
  t.same(
    partnerCenter.deliveries().map(({ state }) => state),
    ['delivered', 'delivered']
  )
  t.ok(
    requests.all().some(({ system, path }) => system === 'flow' && path.endsWith('sig=***')),
    'the trigger’s signature is in no log'
  )
})

t.test('a callback whose signature is in Authorization never gets into a flow', async t => {
  const { flow } = await stage(t)
  const { partnerCenter } = sandbox
  partnerCenter.register({ webhookUrl: flow.url, events: ['referral-created'], signatureInMsHeader: false })
  partnerCenter.createReferral()
  await flow.idle()
  const delivery = partnerCenter.deliveries().at(-1)
  t.equal(delivery?.state, 'offline')
  t.equal(delivery?.attempts.length, 10)
  for (const attempt of delivery?.attempts ?? []) t.match(attempt, { status: 401, answer: /DirectApiRequestHasMoreThanOneAuthorization/ })
  t.same(flow.runs, [])
})
