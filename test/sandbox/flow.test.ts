import t from 'tap'
import type { FlowActions } from '../../src/flow/flow-definition.ts'
import { startSandbox } from '../../src/sandbox/start-sandbox.ts'
import { localServer } from '../fixtures/local-server.ts'
import { recycledKeys } from '../fixtures/recycled-keys.ts'
import { anyone, good } from '../fixtures/run-flow.ts'

const sandbox = await startSandbox({ newKeys: recycledKeys(), pause: async () => undefined, pauseRun: async () => undefined })
t.teardown(() => sandbox.close())
const { partnerCenter, flows, entra, dataverse, requests } = sandbox

async function install(actions: FlowActions) {
  const flow = flows.install({ displayName: 'x', definition: { triggers: { manual: anyone }, actions } })
  await flow.turnOn()
  return flow
}

t.test('the settings lead into the sandbox and nowhere else', async t => {
  const { settings } = sandbox
  t.match(settings, {
    PARTNER_CENTER_URL: `${partnerCenter.url}/v1.0/engagements/referrals`,
    PARTNER_CENTER_TENANT_ID: entra.tenantId,
    PARTNER_CENTER_REFRESH_TOKEN: entra.refreshToken,
    ENTRA_ENDPOINT: entra.url,
    DATAVERSE_URL: dataverse.url,
    SUBSCRIBER_HOSTS: /^127\.0\.0\.1:\d+$/,
    CALLBACK_ROOTS: /^-----BEGIN CERTIFICATE-----/,
    TLS_ROOTS: /^-----BEGIN CERTIFICATE-----/,
    CALLBACK_CERTIFICATE_HOSTS: '',
    DATAVERSE_MANAGED_IDENTITY: ''
  })
  t.equal(settings.SUBSCRIBER_HOSTS, flows.host)
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

t.test('flows reach the systems under the names that they have in the world', async t => {
  const token = `https://login.microsoftonline.com/${entra.tenantId}/oauth2/v2.0/token`
  const form = {
    grant_type: 'client_credentials',
    client_id: entra.clientId,
    client_secret: entra.clientSecret,
    scope: `${dataverse.url.replace(/\/$/, '')}/.default`
  }
  const flow = await install({
    Sign_in: {
      type: 'Http',
      inputs: {
        method: 'POST',
        uri: token,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(form).toString()
      },
      runtimeConfiguration: { secureData: { properties: ['inputs', 'outputs'] } }
    },
    Leads: {
      type: 'Http',
      runAfter: { Sign_in: ['Succeeded'] },
      inputs: {
        method: 'GET',
        uri: 'https://contoso.crm4.dynamics.com/api/data/v9.2/leads',
        headers: { Authorization: "Bearer @{body('Sign_in')?['access_token']}" }
      },
      runtimeConfiguration: { secureData: { properties: ['inputs'] } }
    },
    Referrals: {
      type: 'Http',
      runAfter: { Leads: ['Succeeded'] },
      inputs: { method: 'GET', uri: 'https://api.partner.microsoft.com/v1.0/engagements/referrals' }
    }
  })
  flow.start({})
  await flows.idle()
  t.match(flow.runs[0]?.actions, [
    { status: 'Succeeded', inputs: '«secured»' },
    { status: 'Succeeded', outputs: { body: { value: [] } } },
    { status: 'Failed', outputs: { statusCode: 401 } }
  ])
})

t.test('the idle sandbox has had the echo of a write', async t => {
  const { id } = partnerCenter.createReferral()
  let writes = 0
  const service = await localServer(t, (_received, response) => {
    // Only the first one changes anything, as with the service.
    if (writes++ === 0) partnerCenter.updateReferral(String(id), { externalReferenceId: 'lead-1' })
    response.end('{}')
  })
  flows.reach({ 'service.example': service.url })
  const flow = await install({ Sync: { type: 'Http', inputs: { method: 'POST', uri: 'https://service.example/sync', body: {} } } })
  partnerCenter.register({ webhookUrl: flow.url, events: ['referral-created', 'referral-updated'], signatureInMsHeader: true })
  partnerCenter.updateReferral(String(id), { salesStage: '10' })
  await flows.idle()
  t.equal(flows.pending(), 0)
  t.equal(partnerCenter.referral(String(id))?.externalReferenceId, 'lead-1')
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
  const flow = await install({ A: good() })
  partnerCenter.register({ webhookUrl: flow.url, events: ['referral-created'], signatureInMsHeader: false })
  partnerCenter.createReferral()
  await flows.idle()
  const delivery = partnerCenter.deliveries().at(-1)
  t.equal(delivery?.state, 'offline')
  t.equal(delivery?.attempts.length, 10)
  for (const attempt of delivery?.attempts ?? []) t.match(attempt, { status: 401, answer: /DirectApiRequestHasMoreThanOneAuthorization/ })
  t.same(flow.runs, [])
})

t.test('version 1.0 of the token endpoint, and the referrals of 2019, for whoever goes back there', async t => {
  const ask = (tenant: string, fields: Record<string, string>) =>
    fetch(`${entra.url}/${tenant}/oauth2/token`, { method: 'POST', body: new URLSearchParams(fields) }).then(async answer => ({
      status: answer.status,
      body: (await answer.json()) as Record<string, string>
    }))
  const resource = 'https://api.partnercenter.microsoft.com'
  const { clientId, username, password, validationUrl } = await sandbox.goBackTo2019()
  const user = { grant_type: 'password', client_id: clientId, username, password, resource }
  const granted = await ask('common', user)
  t.match(granted, { status: 200, body: { token_type: 'Bearer', expires_in: '3599', resource, scope: 'user_impersonation' } })
  for (const [name, value] of Object.entries(granted.body)) t.type(value, 'string', name)
  t.match(entra.checkToken(granted.body.access_token ?? ''), { audience: resource, user: username, mfa: false })
  t.match(
    await ask('common', { ...user, client_id: entra.clientId }),
    { body: { error_codes: [7000218] } },
    'other applications need their secret'
  )
  t.match(await ask('common', { ...user, username: 'referrals@contoso-partner.onmicrosoft.com', password: 'Sandbox-needs-MFA-1' }), {
    body: { error_codes: [50076] }
  })
  t.match(await ask('elsewhere.example', user), { body: { error_codes: [90002] } })
  const app = { grant_type: 'client_credentials', client_id: entra.clientId, client_secret: entra.clientSecret, resource }
  t.match(await ask(entra.tenantId, app), { status: 200, body: { resource } })

  const { id } = partnerCenter.createReferral()
  const world = new URL(validationUrl).origin
  const referral = (more: object) => fetch(`${world}/engagements/v1/referrals/${id}`, more)
  const headers = { authorization: `Bearer ${granted.body.access_token}` }
  t.match(await (await referral({ headers })).json(), { id })
  t.equal((await referral({})).status, 401)
  t.equal((await fetch(`${world}/engagements/v1/referrals/none`, { headers })).status, 404)
  const put = await referral({
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ externalReferenceId: 'x' })
  })
  t.equal(put.status, 200)
  t.match(partnerCenter.referral(String(id)), { externalReferenceId: 'x' })
  t.equal(await (await fetch(validationUrl, { method: 'POST' })).text(), 'OK')
})
