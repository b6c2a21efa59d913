import t from 'tap'
import { pausedMark } from '../../src/worker/worker.ts'
import { receiverStage } from '../fixtures/receiver-stage.ts'

const minute = 60_000
const isList = (method: string, path: string): boolean => method === 'GET' && /\/referrals(\?|$)/.test(path)

t.test('a reconciliation that was left over and is switched off now ends, and asks nobody', async t => {
  const { sandbox, service, settled } = await receiverStage(t, undefined, { env: { RECONCILE_MINUTES: '0', REGISTRATION_MINUTES: '0' } })
  await service.store.jobs.add({ kind: 'reconcile', subject: 'all', origin: 'schedule', correlationId: 'c' })
  await service.store.jobs.add({ kind: 'registration', subject: 'all', origin: 'schedule', correlationId: 'c' })
  await settled()
  t.same(await service.store.jobs.list({ kind: 'reconcile' }, 5), [])
  t.same(await service.store.jobs.list({ kind: 'registration' }, 5), [])
  t.equal(sandbox.requests.count({ system: 'partner-center' }), 0)
})

t.test('a reconciliation that ended its process waits for its next time, so that it cannot end one after the other', async t => {
  const { sandbox, service, settled, pass } = await receiverStage(t)
  await service.store.marks.put(pausedMark, 'for the test')
  await pass(16 * minute)
  await service.worker.idle()
  const [claim] = await service.store.jobs.claim('reconcile', { limit: 1, leaseMs: 1000 })
  t.ok(claim)
  await service.store.marks.delete(pausedMark)
  await pass(minute)
  await settled()
  await service.worker.idle()
  const [job] = await service.store.jobs.list({ kind: 'reconcile' }, 5)
  t.equal(job?.state, 'ready')
  t.ok(Date.parse(job?.dueAt ?? '') > service.now().getTime() + 10 * minute)
  t.equal(
    sandbox.requests.count(({ method, path }) => isList(method, path)),
    0
  )
})

t.test('a reconciliation that fails while all else works is tried again for ever, and goes on when it can', async t => {
  const { sandbox, service, settled, pass } = await receiverStage(t)
  sandbox.partnerCenter.nextAnswers.next({ status: 500, body: 'broken', times: 100_000 }, ({ method, url }) => isList(method, url))
  for (let hours = 0; hours < 24; hours++) {
    sandbox.partnerCenter.createReferral()
    await settled()
    await pass(60 * minute)
    await settled()
  }
  const [failing] = await service.store.jobs.list({ kind: 'reconcile' }, 5)
  t.match(failing, { state: 'ready', code: 'PARTNER_CENTER_UNEXPECTED' })
  sandbox.partnerCenter.nextAnswers.clear()
  await pass(60 * minute)
  await settled()
  t.match(JSON.parse((await service.store.marks.get('reconcile.last')) ?? '{}'), { behind: 0, conflicts: 0 })
})
