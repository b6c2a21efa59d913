import t from 'tap'
import { stage } from '../fixtures/stage.ts'

t.test('the CRM asks for a pause: 503 with Retry-After, nothing lost, and the next sync does it', async t => {
  const { sandbox, quietReferral, call } = await stage(t)
  const id = quietReferral()
  sandbox.dataverse.limit('requests', { retryAfterSeconds: 300, times: 3 })
  const busy = await call('POST', `/v1/referrals/${id}/sync`)
  t.match(busy, { status: 503, body: { code: 'CRM_BUSY' } })
  t.ok(Number(busy.headers.get('retry-after')) >= 1)
  t.equal(sandbox.partnerCenter.referral(id)?.externalReferenceId ?? null, null, 'nothing was written back')
})

const crmFaults = [
  { what: 'answers 503 with HTML', answer: { status: 503, body: '<html>down</html>', times: 9 }, code: 'CRM_UNREACHABLE' },
  { what: 'cuts the connection', answer: { reset: true as const, times: 9 }, code: 'CRM_UNREACHABLE' },
  { what: 'answers half of its JSON', answer: { truncate: true as const, times: 9 }, code: /CRM_(UNEXPECTED|UNREACHABLE)/ },
  {
    what: 'lacks the privilege',
    answer: { status: 403, body: { error: { code: '0x80040220', message: 'no' } }, times: 9 },
    code: 'CRM_DENIED'
  }
]
for (const { what, answer, code } of crmFaults)
  t.test(`the CRM ${what}: its own code, and the sync can be repeated`, async t => {
    const { sandbox, quietReferral, call } = await stage(t)
    const id = quietReferral()
    sandbox.dataverse.nextAnswers.next(answer, ({ url }) => url.includes('/leads('))
    t.match((await call('POST', `/v1/referrals/${id}/sync`)).body, { code })
    sandbox.dataverse.nextAnswers.clear()
    t.match(await call('POST', `/v1/referrals/${id}/sync`), { status: 200, body: { writeBack: 'written' } })
    t.equal(sandbox.dataverse.leads().length, 1)
  })

t.test('the answer to the write is lost after it took effect: the repeated sync finds the lead and makes no second', async t => {
  const { sandbox, quietReferral, call } = await stage(t)
  const id = quietReferral()
  sandbox.dataverse.nextAnswers.next({ reset: 'mid-body' }, ({ method }) => method === 'PATCH')
  t.equal((await call('POST', `/v1/referrals/${id}/sync`)).status, 503)
  t.equal(sandbox.dataverse.leads().length, 1, 'the write took effect')
  t.match((await call('POST', `/v1/referrals/${id}/sync`)).body, { lead: 'updated', writeBack: 'written' })
  t.equal(sandbox.dataverse.leads().length, 1)
})

t.test('somebody else edits the referral between our read and our write-back: read again, written all the same', async t => {
  const { sandbox, quietReferral, call } = await stage(t)
  const id = quietReferral()
  sandbox.partnerCenter.nextAnswers.next(
    { status: 412, body: { error: { code: 'preconditionFailed', message: 'no' } } },
    ({ method }) => method === 'PATCH'
  )
  t.match(await call('POST', `/v1/referrals/${id}/sync`), { status: 200, body: { writeBack: 'written' } })
  t.ok(sandbox.partnerCenter.referral(id)?.externalReferenceId)
})

t.test('a dead refresh token says to sign in again, and the CRM is not touched', async t => {
  const { sandbox, quietReferral, call, counting } = await stage(t)
  const id = quietReferral()
  sandbox.entra.endRefreshTokens('expired')
  const { result, counts } = await counting(() => call('POST', `/v1/referrals/${id}/sync`))
  t.match(result, { status: 503, body: { code: 'SIGN_IN_EXPIRED', detail: /700082/ } })
  t.equal(counts.crmWrites, 0)
})

t.test('the certificate store is down: 503 for the flow, so that it tries again, and no token is asked for', async t => {
  const { sandbox, flow, counting } = await stage(t)
  sandbox.certificates.nextAnswers.next({ status: 500, body: 'down', times: 5 })
  const { counts } = await counting(async () => {
    sandbox.partnerCenter.createReferral()
    await flow.idle()
  })
  t.match(flow.runs[0], {
    status: 'Failed',
    actions: [{ outputs: { statusCode: 503, body: { code: 'CERTIFICATE_UNREACHABLE' } } }, { status: 'Skipped' }]
  })
  t.same(counts, { tokenRequests: 0, referralReads: 0, referralWrites: 0, crmWrites: 0 })
})

t.test('the certificate is renewed under its old name: the next callback is believed', async t => {
  const { sandbox, flow } = await stage(t)
  sandbox.partnerCenter.createReferral()
  await flow.idle()
  await sandbox.certificates.renew()
  const before = flow.runs.length
  sandbox.partnerCenter.createReferral()
  await flow.idle()
  t.equal(flow.runs[before]?.status, 'Succeeded')
  t.equal(sandbox.dataverse.leads().length, 2)
})

for (const format of ['der', 'pem', 'base64'] as const)
  t.test(`the store serves its certificate as ${format}`, async t => {
    const { sandbox, flow } = await stage(t)
    sandbox.certificates.setFormat(format)
    sandbox.partnerCenter.createReferral()
    await flow.idle()
    t.equal(flow.runs[0]?.status, 'Succeeded')
  })

t.test('the raw form takes the request of Partner Center itself, in both places for the signature, without a key', async t => {
  const { sandbox, flow, url } = await stage(t)
  for (const signatureInMsHeader of [true, false]) {
    // Registered at the service itself, as the function of the 2019 sample would be asked: the sender's own headers and bytes.
    sandbox.partnerCenter.register({ webhookUrl: `${url}/v1/validate-callback`, events: ['referral-created'], signatureInMsHeader })
    const { id } = sandbox.partnerCenter.createReferral()
    await sandbox.partnerCenter.idle()
    const delivery = sandbox.partnerCenter.deliveries().at(-1)
    t.equal(delivery?.state, 'delivered', `x-ms-signature: ${signatureInMsHeader}`)
    t.equal(delivery?.attempts.length, 1)
    const response = await fetch(`${url}/v1/validate-callback`, {
      method: 'POST',
      headers: delivery?.headers ?? {},
      body: `${delivery?.body} `
    })
    t.match(await response.json(), { status: 401, code: 'CALLBACK_SIGNATURE_MISMATCH' }, 'one blank more is refused')
    t.match(delivery?.body, String(id))
  }
  t.equal(flow.runs.length, 0)
})
