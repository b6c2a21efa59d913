import t from 'tap'
import { type Scope, scopes } from '../../src/schemas/caller.ts'
import { app, referralId } from '../fixtures/app.ts'

const draft = { name: 'Ours', type: 'Independent', qualification: 'Direct', customerProfile: { name: 'Northwind' } }
const callback = { content: '{}', signature: 'AAAA', certificateUrl: 'https://h/cert/a.cer', signatureAlgorithm: 'rsa-sha256' }
const callbackUrl = 'https://prod-1.westeurope.logic.azure.com/workflows/1'

interface Row {
  scope: Scope
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  payload?: object
}

/** What each operation asks for. */
const table: Record<string, Row> = {
  TestConnection: { scope: 'read', method: 'GET', url: '/v1/connection' },
  ValidateCallback: { scope: 'read', method: 'POST', url: '/v1/validate-callback', payload: callback },
  ListReferrals: { scope: 'read', method: 'GET', url: '/v1/referrals' },
  GetReferral: { scope: 'read', method: 'GET', url: `/v1/referrals/${referralId}` },
  GetTimeline: { scope: 'read', method: 'GET', url: `/v1/referrals/${referralId}/timeline` },
  GetLeadSchema: { scope: 'read', method: 'GET', url: '/v1/lead-schema' },
  ListChoices: { scope: 'read', method: 'GET', url: '/v1/choices/statuses' },
  WhenSyncNeedsAttention: { scope: 'read', method: 'GET', url: '/v1/attention' },
  ListSubscriptions: { scope: 'read', method: 'GET', url: '/v1/subscriptions' },
  GetWebhookRegistration: { scope: 'read', method: 'GET', url: '/v1/webhook-registration' },
  CreateReferral: { scope: 'write', method: 'POST', url: '/v1/referrals', payload: draft },
  UpdateReferral: { scope: 'write', method: 'PATCH', url: `/v1/referrals/${referralId}`, payload: { notes: 'x' } },
  SyncReferral: { scope: 'write', method: 'POST', url: `/v1/referrals/${referralId}/sync` },
  UpsertLead: { scope: 'write', method: 'PUT', url: `/v1/leads/${referralId}`, payload: { lastName: 'B' } },
  WhenReferralChanges: { scope: 'write', method: 'POST', url: '/v1/subscriptions', payload: { callbackUrl } },
  Unsubscribe: { scope: 'write', method: 'DELETE', url: '/v1/subscriptions/1' },
  RegisterWebhook: { scope: 'admin', method: 'PUT', url: '/v1/webhook-registration' },
  SendTestEvent: { scope: 'admin', method: 'POST', url: '/v1/webhook-registration/test' }
}
/** Not an operation of the document. It counts and names no customer: a key that lies in a scraper's settings should be able to do little. */
const metrics: Row = { scope: 'read', method: 'GET', url: '/v1/metrics' }

/** The service, where a key is called like its scope. */
const keyedByScope = (t: Parameters<typeof app>[0]) =>
  app(t, { apiKeys: { verify: async (key: string) => ({ id: key, name: key, scope: key, createdAt: new Date() }) } as never })

t.test('every operation of the service is in the table', async t => {
  const service = await app(t)
  const { paths } = service.swagger() as object as { paths: Record<string, Record<string, { operationId: string }>> }
  const ids = Object.values(paths).flatMap(item => Object.values(item).map(({ operationId }) => operationId))
  t.same(ids.sort(), Object.keys(table).sort())
})

t.test('each operation is open to its scope and the wider ones, and names what is missing to the others', async t => {
  const service = await keyedByScope(t)
  for (const [name, { scope: needed, ...request }] of Object.entries({ ...table, metrics }))
    for (const held of scopes) {
      const response = await service.inject({ ...request, headers: { 'x-api-key': held } })
      if (scopes.indexOf(held) >= scopes.indexOf(needed)) t.ok(response.statusCode < 300, `${name} with ${held}: ${response.body}`)
      else
        t.match(response.json(), {
          status: 403,
          code: 'CALLER_FORBIDDEN',
          detail: `This needs the scope «${needed}», and the caller has the scope «${held}».`,
          advice: /key create NAME --scope/
        })
    }
})

t.test('what is refused is not read, and nobody is asked for it', async t => {
  const asked: string[] = []
  const refuse = new Proxy({}, { get: (_target, name) => async () => void asked.push(String(name)) }) as never
  const apiKeys = { verify: async () => ({ id: '1', name: 'reader', scope: 'read', createdAt: new Date() }) } as never
  const service = await app(t, { apiKeys, referrals: refuse, crm: refuse, links: refuse, registrations: refuse, subscriptions: refuse })
  for (const { scope, payload: _payload, ...request } of Object.values(table))
    if (scope !== 'read') {
      const response = await service.inject({ ...request, headers: { 'x-api-key': 'k', 'content-type': 'application/json' }, payload: '{' })
      t.equal(response.json().code, 'CALLER_FORBIDDEN')
    }
  t.same(asked, [])
})

t.test('a scope that this version does not know opens nothing', async t => {
  const service = await keyedByScope(t)
  for (const held of ['', 'root', 'ADMIN', 'constructor'].filter(Boolean))
    for (const { scope: _scope, ...request } of Object.values(table))
      t.equal((await service.inject({ ...request, headers: { 'x-api-key': held } })).statusCode, 403, held)
})

t.test('HEAD asks for what GET asks for', async t => {
  const service = await keyedByScope(t)
  const head = (key: string) => service.inject({ method: 'HEAD', url: '/v1/referrals', headers: { 'x-api-key': key } })
  t.equal((await head('read')).statusCode, 200)
  t.equal((await head('none')).statusCode, 403)
})

t.test('a callback that proves itself needs neither key nor scope', async t => {
  const service = await app(t)
  const headers = { 'x-ms-certificate-url': 'https://h/a.cer', 'x-ms-signature': 'AAAA', 'content-type': 'application/json' }
  t.equal((await service.inject({ method: 'POST', url: '/v1/validate-callback', headers, payload: '{}' })).statusCode, 200)
})
