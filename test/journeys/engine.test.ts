import t from 'tap'
import type { Sandbox } from '../../src/sandbox/start-sandbox.ts'
import type { TimelineEntry } from '../../src/schemas/timeline.ts'
import { pausedMark } from '../../src/worker/worker.ts'
import { receiverStage } from '../fixtures/receiver-stage.ts'

const minute = 60_000

/** How often the service has written leads. */
const leadWrites = ({ dataverse }: Sandbox): number => dataverse.history().filter(({ isRequest }) => isRequest).length

t.test('a callback becomes a lead, its echo does nothing, and the referral can tell its story', async t => {
  const { sandbox, settled, call } = await receiverStage(t)
  const id = String(sandbox.partnerCenter.createReferral().id)
  await settled()
  const [lead, ...others] = sandbox.dataverse.leads()
  t.equal(others.length, 0)
  t.equal(lead?.new_referralid, id)
  t.equal(sandbox.partnerCenter.referral(id)?.externalReferenceId, lead?.leadid)
  t.equal(leadWrites(sandbox), 1, 'the echo wrote nothing')

  const { body } = await call('GET', `/v1/referrals/${id}/timeline`)
  const entries = body.entries as TimelineEntry[]
  t.same(
    entries.map(({ kind }) => kind),
    ['received', 'verified', 'fetched', 'compared', 'written', 'writtenBack', 'received', 'verified', 'fetched', 'compared', 'skipped']
  )
  t.match(entries.at(-1)?.text, /our own change/)
  t.match(entries[1]?.facts, { signer: /pcnotifications/, thumbprint: /^[0-9a-f]{64}$/ })
  t.equal(
    new Set(entries.slice(0, 6).map(({ correlationId }) => correlationId)).size,
    1,
    'one correlation id from the door to the write-back'
  )
  t.notMatch(JSON.stringify(entries), /@/, 'no address of anybody')
})

t.test('the callback comes ten times: one job, one lead, and one note that it came again', async t => {
  const { sandbox, settled, redeliver, call } = await receiverStage(t)
  const id = String(sandbox.partnerCenter.createReferral().id)
  await settled()
  const before = sandbox.requests.count({ system: 'dataverse' })
  const [first] = sandbox.partnerCenter.deliveries()
  for (let time = 0; time < 9; time++) t.equal((await redeliver(first)).status, 200)
  await settled()
  t.equal(sandbox.dataverse.leads().length, 1)
  t.equal(sandbox.requests.count({ system: 'dataverse' }), before, 'the CRM was not asked again')
  const { body } = await call('GET', `/v1/referrals/${id}/timeline`)
  t.equal((body.entries as TimelineEntry[]).filter(({ kind }) => kind === 'deduplicated').length, 1)
})

t.test('fifty events of one referral at once are a job or two, and its lead says what was said last', async t => {
  const { sandbox, settled } = await receiverStage(t)
  const id = String(sandbox.partnerCenter.createReferral().id)
  for (let edit = 0; edit < 50; edit++) sandbox.partnerCenter.updateReferral(id, { name: `Name ${edit}` })
  await settled()
  t.match(sandbox.dataverse.leads(), [{ subject: 'Name 49' }])
  t.equal(sandbox.dataverse.leads().length, 1)
})

t.test('the CRM is down for an hour, and the lead still arrives, with no attempt burnt but the first ones', async t => {
  const { sandbox, service, settled, pass, registered } = await receiverStage(t)
  await registered()
  sandbox.dataverse.nextAnswers.next({ status: 503, body: '<html>down</html>', times: 100_000 }, ({ url }) => url.includes('/leads('))
  const ids = Array.from({ length: 5 }, () => String(sandbox.partnerCenter.createReferral().id))
  await settled()
  for (let minutes = 0; minutes < 60; minutes += 5) {
    await pass(5 * minute)
    await settled()
  }
  const waiting = await service.store.jobs.list({ kind: 'referral' }, 10)
  t.equal(waiting.length, 5)
  for (const { state, attempts, code } of waiting)
    t.match({ state, code }, { state: 'ready', code: 'CRM_UNREACHABLE' }, `attempts ${attempts}`)
  t.ok(waiting.every(({ attempts }) => attempts <= 4))

  sandbox.dataverse.nextAnswers.clear()
  for (let minutes = 0; minutes < 40; minutes += 5) {
    await pass(5 * minute)
    await settled()
  }
  t.equal(sandbox.dataverse.leads().length, 5)
  for (const id of ids) t.ok(sandbox.partnerCenter.referral(id)?.externalReferenceId)
  t.same(await service.store.jobs.list({ kind: 'referral' }, 10), [])
})

t.test('one referral that the CRM always refuses is set aside with advice, and the others go on', async t => {
  const { sandbox, service, settled, call } = await receiverStage(t)
  sandbox.dataverse.nextAnswers.next({ status: 400, body: { error: { code: '0x80040203', message: 'no' } }, times: 1000 }, ({ body }) =>
    JSON.stringify(body ?? '').includes('Poison')
  )
  const bad = String(sandbox.partnerCenter.createReferral({ name: 'Poison', customerProfile: { name: 'Poison Ltd' } }).id)
  const good = String(sandbox.partnerCenter.createReferral().id)
  await settled()
  t.match(await service.store.jobs.list({ kind: 'referral' }, 10), [{ subject: bad, state: 'setAside', code: 'CRM_VALUE_REFUSED' }])
  t.ok(sandbox.partnerCenter.referral(good)?.externalReferenceId)
  const { body } = await call('GET', `/v1/referrals/${bad}/timeline`)
  t.match((body.entries as TimelineEntry[]).at(-1), { kind: 'setAside', code: 'CRM_VALUE_REFUSED', advice: /Correct/ })

  sandbox.dataverse.nextAnswers.clear()
  sandbox.partnerCenter.updateReferral(bad, { name: 'Corrected', customerProfile: { name: 'Corrected Ltd' } })
  await settled()
  t.equal(sandbox.dataverse.leads().length, 2, 'the correction brings it back by itself')
})

t.test('a forged callback leaves no trace but a counter', async t => {
  const { sandbox, service, url, call } = await receiverStage(t)
  sandbox.partnerCenter.tamper('body')
  const answered = sandbox.partnerCenter.nextAttempt()
  sandbox.partnerCenter.createReferral()
  const { status, answer } = await answered
  t.equal(status, 401)
  t.match(JSON.parse(answer), { code: 'CALLBACK_SIGNATURE_MISMATCH' })
  t.equal(await service.store.jobs.count({ kind: 'referral' }), 0)
  t.same(await service.store.timeline.all({ limit: 10 }), [])
  const metrics = await (await fetch(`${url}/v1/metrics`, { headers: { 'x-api-key': call.apiKey } })).text()
  t.match(metrics, /referral_connector_failures_total\{code="CALLBACK_SIGNATURE_MISMATCH"\} \d/)
})

t.test('test-created is acknowledged, and nothing is done', async t => {
  const { service, settled, registered, call } = await receiverStage(t)
  await registered()
  t.match(await call('POST', '/v1/webhook-registration/test'), { status: 200, body: { state: 'delivered' } })
  await settled()
  t.equal(await service.store.jobs.count({ kind: 'referral' }), 0)
})

t.test('somebody changes the deal in the CRM: the reconciliation brings it to Partner Center, and nothing comes back', async t => {
  const { sandbox, service, settled } = await receiverStage(t)
  const id = String(sandbox.partnerCenter.createReferral().id)
  await settled()
  await service.reconcile()
  await settled()
  const [lead] = sandbox.dataverse.leads()
  sandbox.dataverse.updateLead(String(lead?.leadid), { estimatedamount: 4321 })
  t.match(await service.reconcile(), { behind: 1, conflicts: 0, queued: [id] })
  await settled()
  t.match(sandbox.partnerCenter.referral(id)?.details, { dealValue: 4321 })
  t.equal(leadWrites(sandbox), 1, 'the CRM itself was written once, in the beginning')
  t.match(await service.reconcile(), { behind: 0, conflicts: 0 })
})

t.test('callbacks that never came are made good by the reconciliation', async t => {
  const { sandbox, service, settled, unregister } = await receiverStage(t)
  const known = String(sandbox.partnerCenter.createReferral().id)
  await settled()
  unregister()
  sandbox.partnerCenter.updateReferral(known, { name: 'Renamed in silence' })
  sandbox.partnerCenter.createReferral()
  t.match(await service.reconcile(), { behind: 2 })
  await settled()
  t.equal(sandbox.dataverse.leads().length, 2)
  t.ok(sandbox.dataverse.leads().some(({ subject }) => subject === 'Renamed in silence'))
  t.match(await service.reconcile(), { inStep: 2, behind: 0 })
})

t.test('the other party’s referral gets no lead, neither by its event nor by a reconciliation', async t => {
  const { sandbox, service, settled, unregister } = await receiverStage(t)
  const { jobs, marks } = service.store
  sandbox.partnerCenter.createReferral()
  await settled()
  unregister()
  // No event of its own comes to us, and the reconciliation is faster than the job of the related one.
  await marks.put(pausedMark, 'for the test')
  const subject = String(sandbox.partnerCenter.createReferral().id)
  await jobs.add({ kind: 'referral', subject, origin: 'related', correlationId: 'c' })
  t.match(await service.reconcile(), { behind: 0 })
  await jobs.add({ kind: 'referral', subject, origin: 'reconcile', correlationId: 'c' })
  await marks.delete(pausedMark)
  await settled()
  t.match(await service.reconcile({ full: true }), { behind: 0, inStep: 1 })
  await settled()
  t.equal(sandbox.dataverse.leads().length, 1)
})

t.test('a lead that is deleted in the CRM is noted once and stays deleted', async t => {
  const { sandbox, service, settled, call } = await receiverStage(t)
  const id = String(sandbox.partnerCenter.createReferral().id)
  await settled()
  await service.reconcile()
  sandbox.dataverse.deleteLead(String(sandbox.dataverse.leads()[0]?.leadid))
  t.match(await service.reconcile(), { behind: 1 })
  await settled()
  sandbox.partnerCenter.updateReferral(id, { name: 'Later' })
  await settled()
  t.equal(sandbox.dataverse.leads().length, 0)
  const { body } = await call('GET', `/v1/referrals/${id}/timeline`)
  t.match((body.entries as TimelineEntry[]).at(-1), { kind: 'skipped', text: /deleted in the CRM/ })
})

t.test('a paused service stores what comes, and works it off when it goes on', async t => {
  const { sandbox, service, settled } = await receiverStage(t)
  await service.store.marks.put('paused', JSON.stringify({ since: new Date().toISOString(), by: 'test' }))
  service.worker.wake()
  await settled()
  sandbox.partnerCenter.createReferral()
  await sandbox.partnerCenter.idle()
  t.equal(sandbox.dataverse.leads().length, 0)
  t.equal(await service.store.jobs.count({ kind: 'referral', state: 'ready' }), 1)
  await service.store.marks.delete('paused')
  service.worker.wake()
  await settled()
  t.equal(sandbox.dataverse.leads().length, 1)
})

t.test('another system took our registration: it is noticed, said, and not stolen back', async t => {
  const { sandbox, service, settled, registered, call } = await receiverStage(t)
  await registered()
  t.match((await call('GET', '/v1/webhook-registration')).body, { state: 'ours' })
  sandbox.partnerCenter.register({
    webhookUrl: 'https://other.example/hook?sig=secret',
    events: ['referral-created'],
    signatureInMsHeader: true
  })
  await service.store.jobs.retryNow({ kind: 'registration' })
  service.worker.wake()
  await settled()
  const { body } = await call('GET', '/v1/webhook-registration')
  t.match(body, { state: 'taken' })
  t.notMatch(JSON.stringify(body), /secret/)
  t.match(await call('PUT', '/v1/webhook-registration', {}), { status: 409, body: { code: 'WEBHOOK_TAKEN', detail: /other\.example/ } })
  t.equal(sandbox.partnerCenter.registration()?.webhookUrl, 'https://other.example/hook?sig=secret')
  t.match(await call('PUT', '/v1/webhook-registration', { overwrite: true }), { status: 200 })
  t.match(sandbox.partnerCenter.registration()?.webhookUrl, /\/callbacks$/)
})

t.test('a related referral of the other party makes no lead of its own', async t => {
  const { sandbox, service, settled, call } = await receiverStage(t, ['related-referral-updated'])
  const id = String(sandbox.partnerCenter.createReferral().id)
  sandbox.partnerCenter.raise({
    EventName: 'related-referral-updated',
    ResourceUri: `https://api.partnercenter.microsoft.com/engagements/v1/referrals/${id}`,
    ResourceName: 'referral',
    AuditUri: null,
    ResourceChangeUtcDate: new Date().toISOString()
  })
  await settled()
  t.equal(sandbox.dataverse.leads().length, 0)
  t.equal(await service.store.jobs.count({ kind: 'referral' }), 0)
  const { body } = await call('GET', `/v1/referrals/${id}/timeline`)
  t.match((body.entries as TimelineEntry[]).at(-1), { kind: 'skipped', text: /another party/ })
})
