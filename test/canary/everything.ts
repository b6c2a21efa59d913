import type { WrongAnswer } from '../../src/sandbox/next-answer.ts'
import { Lead } from '../../src/schemas/lead.ts'
import { Referral } from '../../src/schemas/referral.ts'
import { filled } from './fill.ts'
import type { Asked, CanaryStage } from './stage.ts'

/** What Partner Center decides, and what is a word of a list: of those no value is a customer's. */
const notFree = [
  ...['id', 'engagementId', 'organizationId', 'organizationName', 'mpnId', 'externalReferenceId', 'eTag'],
  ...['createdDateTime', 'updatedDateTime', 'expirationDateTime', 'acceptedDateTime', 'closedDateTime'],
  ...['status', 'substatus', 'direction', 'type', 'qualification', 'lastModifiedVia', 'lastRunId', 'registrationStatus'],
  ...['details/currency', 'details/closingDateTime', 'customerProfile/size']
].map(path => `/${path}`)

/** A referral whose every free text is a canary. */
export function telltaleReferral({ birds }: Pick<CanaryStage, 'birds'>): object {
  const { details, customerProfile, ...rest } = filled(Referral, path => birds.customer(`referral${path}`), notFree) as Record<
    string,
    object
  >
  return {
    ...rest,
    type: 'Shared',
    qualification: 'SalesQualified',
    customerProfile: { ...customerProfile, size: '51to250employees' },
    details: { ...details, dealValue: 25_000, currency: 'USD', closingDateTime: '2027-03-31T00:00:00Z' }
  }
}

const telltaleLead = ({ birds }: CanaryStage): object => ({
  ...(filled(Lead, path => birds.customer(`lead${path}`)) as object),
  customColumns: {
    contoso_region: birds.customer('lead/contoso_region'),
    contoso_handovernotes: birds.customer('lead/contoso_handovernotes')
  }
})

/** A callback becomes a lead, subscribers are told, both sides are edited, and every action is used as it should be. */
export async function happyDay(stage: CanaryStage): Promise<string> {
  const { birds, sandbox, subscriber, settled, ask, pass, service } = stage
  const { partnerCenter, dataverse } = sandbox
  partnerCenter.register({
    webhookUrl: String(service.callbackUrl),
    events: ['referral-created', 'referral-updated'],
    signatureInMsHeader: true
  })
  const sig = birds.secret('the signature in the address of a subscriber')
  const made = await ask('answer of WhenReferralChanges', {
    method: 'POST',
    path: '/v1/subscriptions',
    body: { callbackUrl: `${subscriber.url}/workflows/1/triggers/manual?sp=%2Ftriggers&sv=1.0&sig=${sig}` }
  })
  birds.keep('the secret of a subscription', String(made.body.secret).replace('whsec_', ''))
  const id = String(partnerCenter.createReferral(telltaleReferral(stage)).id)
  await settled()
  const leadId = String(dataverse.leads()[0]?.leadid)
  dataverse.updateLead(leadId, {
    jobtitle: birds.customer('crm/jobtitle'),
    lastname: birds.customer('crm/lastname'),
    description: birds.customer('crm/description'),
    address1_postalcode: birds.customer('crm/address1_postalcode'),
    contoso_region: birds.customer('crm/contoso_region')
  })
  dataverse.createLead({ lastname: birds.customer('crm/lastname of another'), subject: birds.customer('crm/subject of another') })
  partnerCenter.updateReferral(id, { name: birds.customer('referral/name later') })
  await settled()
  await pass(16 * 60_000)
  await askForEverything(stage, id)
  const refreshTokens = await service.store.secrets.get(`refresh-token:${sandbox.entra.tenantId}:${sandbox.entra.clientId}`)
  birds.keep('the present refresh token', String(JSON.parse(refreshTokens ?? '{}').token))
  return id
}

/** Every operation of the service's own document: one that is not listed here is called bare. */
async function askForEverything(stage: CanaryStage, id: string): Promise<void> {
  const { birds, ask, service } = stage
  const customer = (name: string): string => birds.customer(`request/${name}`)
  const draft = { name: customer('name'), type: 'Independent', qualification: 'Direct', customerProfile: { name: customer('customer') } }
  const details = { notes: customer('notes of a draft') }
  const good: Record<string, Partial<Asked>> = {
    ListReferrals: { path: `/v1/referrals?top=50&filter=${encodeURIComponent(`customerProfile/name ne '${customer('filter')}'`)}` },
    CreateReferral: { body: { ...draft, details } },
    UpdateReferral: { body: { notes: customer('notes'), statusReason: customer('reason') } },
    UpsertLead: { body: telltaleLead(stage) },
    WhenReferralChanges: { body: { callbackUrl: `${stage.subscriber.url}/?code=${birds.secret('a code in an address')}` } },
    ListChoices: { path: '/v1/choices/solution-areas' },
    ValidateCallback: {
      body: {
        content: '{}',
        signature: birds.secret('a signature'),
        certificateUrl: 'https://a.example/c.cer',
        signatureAlgorithm: 'rsa-sha256'
      }
    }
  }
  const { paths } = service.app.swagger() as object as { paths: Record<string, Record<string, { operationId: string }>> }
  for (const [path, item] of Object.entries(paths))
    for (const [method, { operationId }] of Object.entries(item)) {
      const bare = path.replace('{referralId}', id).replace(/\{\w+\}/, 'none')
      const asked: Asked = { method: method.toUpperCase(), path: bare, ...good[operationId] }
      const answer = await ask(`answer of ${operationId}`, asked)
      if (operationId === 'WhenReferralChanges') birds.keep('the secret of another', String(answer.body.secret).replace('whsec_', ''))
      await askWrongly(stage, operationId, { ...asked, path: asked.path })
    }
  for (const path of ['/v1/metrics', '/openapi.json', '/docs/', '/docs/json', '/docs/static/swagger-initializer.js', '/healthz', '/readyz'])
    await ask(`answer at ${path}`, { path })
}

/** The same call by a stranger, and with a body of another form. */
async function askWrongly({ birds, ask }: CanaryStage, operation: string, asked: Asked): Promise<void> {
  const refused = `refusal of ${operation}`
  const cookie = `session=${birds.secret('a cookie')}`
  await ask(refused, { ...asked, headers: { 'x-api-key': `rc_0123456789ab_${birds.secret('a wrong key')}`, cookie } })
  await ask(refused, { ...asked, headers: { authorization: `Bearer ${birds.secret('a wrong token')}`, cookie } })
  await ask(refused, { ...asked, headers: { authorization: `Basic ${Buffer.from(`a:${birds.secret('a password')}`).toString('base64')}` } })
  const query = `?filter=${birds.customer('a filter')}&top=${birds.customer('a number')}&code=${birds.secret('a code in a query')}`
  const wrongly = `answer of ${operation}, asked in a wrong way`
  await ask(wrongly, { ...asked, path: `${asked.path.split('?')[0]}${query}` })
  if (asked.method === 'GET' || asked.method === 'DELETE') return
  await ask(wrongly, { ...asked, body: { [birds.customer('the name of a field')]: 1 } })
  await ask(wrongly, { ...asked, body: [birds.customer('a list')] })
  await ask(wrongly, { ...asked, body: `{"name": "${birds.customer('half a body')}` })
  for (const name of [
    'name',
    'lastName',
    'notes',
    'dealValue',
    'status',
    'customColumns',
    'callbackUrl',
    'content',
    'customerProfile',
    'overwrite'
  ])
    await ask(wrongly, { ...asked, body: { [name]: { a: birds.customer(`a wrong ${name}`) } } })
  for (const name of ['email', 'status', 'currency', 'callbackUrl', 'estimatedCloseDate', 'eTag'])
    await ask(wrongly, { ...asked, body: { [name]: birds.customer(`a strange ${name}`).repeat(30) } })
}

/** Callbacks that prove nothing: their headers are canaries. */
export async function forgeries({ birds, ask, sandbox, settled, service }: CanaryStage): Promise<void> {
  const body = JSON.stringify({ EventName: 'referral-created', ResourceUri: `https://a.example/${birds.customer('an event')}` })
  const signatures = {
    'x-ms-signature': `Signature ${signatureOf(birds.secret('a wrong signature'))}`,
    authorization: `Signature ${signatureOf(birds.secret('another one'))}`
  }
  const urls = [
    `https://3psostorageacct.blob.core.windows.net/cert/${birds.secret('a name of a certificate')}.cer`,
    `https://evil.example/cert/a.cer?sig=${birds.secret('a signature in an address')}`,
    `https://user:${birds.secret('a password in an address')}@evil.example/a.cer`
  ]
  for (const path of ['/callbacks', '/v1/validate-callback'])
    for (const [name, value] of Object.entries(signatures))
      for (const url of urls) {
        const headers = { [name]: value, 'x-ms-certificate-url': url, 'x-ms-signature-algorithm': 'rsa-sha256' }
        await ask(`refusal at ${path}`, { method: 'POST', path, headers, body })
      }
  sandbox.partnerCenter.register({ webhookUrl: String(service.callbackUrl), events: ['referral-created'], signatureInMsHeader: true })
  for (const how of ['body', 'certificate', 'host', 'algorithm'] as const) {
    sandbox.partnerCenter.tamper(how)
    const answered = sandbox.partnerCenter.nextAttempt()
    sandbox.partnerCenter.createReferral({ ...draftOf(birds.customer(`forged/${how}`)) })
    await answered
  }
  sandbox.partnerCenter.tamper(undefined)
  await settled()
}

/** As long as a true one. */
const signatureOf = (secret: string): string => Buffer.from(secret.repeat(9)).subarray(0, 256).toString('base64')

const draftOf = (name: string): object => ({ name, customerProfile: { name }, details: { notes: name } })

/** Another system of the sandbox fails in every way, and says in its answers what it was told: values, names, tokens. */
export async function badDays(stage: CanaryStage, id: string): Promise<void> {
  const { birds, sandbox, ask, pass, settled, secrets } = stage
  const value = birds.customer('said by another system')
  // Entra ID and Dataverse know it; Partner Center does not.
  const secret = secrets.DATAVERSE_CLIENT_SECRET
  const told = { partnerCenter: value, dataverse: `${value} ${secret}`, entra: `${value} ${secret}`, certificates: value }
  const bodiesWith = (what: string): unknown[] =>
    [`The value ${what} of the 'emailaddress1' attribute is not valid.`, `A validation error occurred for '${what}'.`].flatMap(message => [
      { error: { code: '0x80044331', message } },
      { error: { code: 'badRequest', message, innerError: { code: 'x', message } }, error_description: `AADSTS7000215: ${message}` },
      { error: 'invalid_client', error_description: `AADSTS7000215: ${message}`, error_codes: [7000215] },
      { code: 'invalid', description: message, message },
      `<html><h1>${message}</h1></html>`
    ])
  const statuses = [400, 401, 403, 404, 409, 412, 422, 429, 500, 503]
  const faultsWith = (what: string): WrongAnswer[] => [
    ...statuses.map((status, index) => ({ status, body: bodiesWith(what)[index], times: 3 })),
    { reset: true, times: 3 },
    { truncate: true, times: 2 },
    { status: 200, body: `no JSON but ${what}`, times: 2 },
    { status: 302, headers: { location: `https://evil.example/?t=${secret}` }, times: 2 }
  ]
  for (const system of ['partnerCenter', 'dataverse', 'entra', 'certificates'] as const)
    for (const fault of faultsWith(told[system])) {
      const { nextAnswers } = sandbox[system]
      nextAnswers.next(fault)
      // Tokens have to be asked for again, and unknown certificates are downloaded but a few in a minute.
      if (system === 'entra' || system === 'certificates') await pass(61 * 60_000)
      if (system === 'certificates') await ask('refusal of a callback', withAnotherCertificate(stage))
      await ask(`answer of SyncReferral while ${system} fails`, { method: 'POST', path: `/v1/referrals/${id}/sync` })
      await ask(`refusal of UpdateReferral while ${system} fails`, {
        method: 'PATCH',
        path: `/v1/referrals/${id}`,
        body: { notes: birds.customer('an edit that fails'), eTag: '"0"' }
      })
      await ask(`answer of UpsertLead while ${system} fails`, {
        method: 'PUT',
        path: `/v1/leads/${id}`,
        body: { jobTitle: birds.customer('a title that fails') }
      })
      nextAnswers.clear()
    }
  // In the background, too, until it is set aside for a person.
  sandbox.dataverse.nextAnswers.next(
    { status: 400, body: bodiesWith(told.dataverse)[0], times: 100 },
    ({ method }) => method === 'PATCH' || method === 'POST'
  )
  sandbox.partnerCenter.updateReferral(id, { name: birds.customer('referral/name at last') })
  await settled()
  for (let hour = 0; hour < 12; hour++) await pass(60 * 60_000)
  sandbox.dataverse.nextAnswers.clear()
}

/** A callback whose certificate nobody has downloaded yet. */
function withAnotherCertificate({ sandbox, birds }: CanaryStage): Asked {
  const { headers = {}, body = '' } = sandbox.partnerCenter.deliveries().at(-1) ?? {}
  const url = String(headers['x-ms-certificate-url']).replace(/[^/]+$/, `${birds.secret('a name of a certificate')}.cer`)
  return {
    method: 'POST',
    path: '/v1/validate-callback',
    headers: { ...headers, 'x-ms-signature-algorithm': 'rsa-sha256', 'x-ms-certificate-url': url },
    body
  }
}

/** Subscribers refuse, are gone, redirect and break off; another system takes the registration. */
export async function neighbours(stage: CanaryStage, id: string): Promise<void> {
  const { birds, sandbox, subscriber, pass, ask, settled } = stage
  for (const answer of [
    { status: 500, body: birds.customer('answered by a subscriber') },
    { status: 400, headers: { 'retry-after': birds.secret('in a header') } },
    { status: 302, headers: { location: `https://evil.example/?code=${birds.secret('in a redirect')}` } },
    { status: 410 }
  ]) {
    subscriber.now(answer)
    sandbox.partnerCenter.updateReferral(id, { name: birds.customer('told to a subscriber') })
    await settled()
    await pass(3 * 60 * 60_000)
  }
  const webhookUrl = `https://other.example/hook?code=${birds.secret("another system's code")}`
  sandbox.partnerCenter.register({ webhookUrl, events: ['referral-created'], signatureInMsHeader: true })
  // The first key has been used often enough.
  const headers = { 'x-api-key': await stage.anotherKey() }
  await ask('answer of GetWebhookRegistration', { path: '/v1/webhook-registration', headers })
  await ask('answer of RegisterWebhook', { method: 'PUT', path: '/v1/webhook-registration', headers, body: {} })
  await pass(16 * 60_000)
  await stage.runCommands(
    [['webhook', 'status'], ['webhook', 'status', '--json'], ['webhook', 'register'], ['doctor']].map(words => ({ words }))
  )
  await ask('answer of RegisterWebhook', { method: 'PUT', path: '/v1/webhook-registration', headers, body: { overwrite: true } })
  const callbackUrl = `https://evil.example/${birds.secret('in the path of an address')}?sig=${birds.secret('in the query of an address')}`
  await ask('refusal of WhenReferralChanges', { method: 'POST', path: '/v1/subscriptions', body: { callbackUrl } })
}

/** The service's own mistakes: what is thrown says everything. */
export async function crashes({ service, ask, birds, secrets }: CanaryStage, id: string): Promise<void> {
  const { get } = service.referrals
  const message = `${birds.customer('in a crash')} ${secrets.PARTNER_CENTER_CLIENT_SECRET}`
  const thrown = [
    new TypeError(message),
    Object.assign(new Error(message), { code: message, detail: message, statusCode: 400, validation: undefined }),
    new Error('outer', { cause: Object.assign(new Error(message), { config: { headers: { authorization: message } } }) }),
    Object.assign(new Error(message), { statusCode: 418 }),
    message,
    { message, stack: message }
  ]
  for (const error of thrown) {
    service.referrals.get = () => Promise.reject(error)
    await ask('answer to a crash', { path: `/v1/referrals/${id}` })
    await ask('answer to a crash', { method: 'POST', path: `/v1/referrals/${id}/sync` })
  }
  service.referrals.get = get
}
