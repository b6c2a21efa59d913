import { readFileSync } from 'node:fs'
import t from 'tap'
import { connectionsFor } from '../../src/cli/flow-run/connections.ts'
import { startSandboxedService } from '../../src/cli/sandboxed-service.ts'
import type { FlowDefinition } from '../../src/flow/flow-definition.ts'
import { type Flow, readFlowPackage } from '../../src/flow/read-package.ts'
import type { Sandbox } from '../../src/sandbox/start-sandbox.ts'
import type { Scope } from '../fixtures/local-server.ts'
import { recycledKeys } from '../fixtures/recycled-keys.ts'

/** The service with a packaged flow that is turned on; Partner Center sends its events to the service. */
async function stage(t: Scope, flow: Flow, env: Record<string, string> = { SYNC_BY: 'flow' }) {
  const started = await startSandboxedService({
    env: { PORT: '0', LOG_LEVEL: 'silent', ...env },
    prepareCrm: true,
    sandbox: { newKeys: recycledKeys(), pauseRun: async () => undefined }
  })
  t.teardown(started.close)
  const { sandbox, service } = started
  const installed = sandbox.flows.install(flow, connectionsFor(flow, started))
  await installed.turnOn()
  sandbox.partnerCenter.register({
    webhookUrl: service.callbackUrl ?? '',
    events: ['referral-created', 'referral-updated'],
    signatureInMsHeader: true
  })
  return { ...started, flow: installed }
}

/** The CRM refuses one write for good. */
function refuseNextWrite({ dataverse }: Sandbox): void {
  const body = { error: { code: '0x80040203', message: 'A plug-in says no.' } }
  dataverse.nextAnswers.next({ status: 400, body }, ({ method }) => method === 'PATCH' || method === 'POST')
}

function packaged(name: string): Flow {
  const [flow] = readFlowPackage(readFileSync(new URL(`../../connector/flows/${name}.json`, import.meta.url))).flows
  if (!flow) throw new Error(`There is no flow ${name}.`)
  return flow
}

t.test('a failure of the service reaches the history as its code and advice, and a later event mends it', async t => {
  const { sandbox, flow, settled } = await stage(t, packaged('referral-to-lead'))
  refuseNextWrite(sandbox)
  const { id } = sandbox.partnerCenter.createReferral()
  await settled()
  t.match(flow.runs, [{ status: 'Failed', error: { code: /^CRM_/, message: /^Upsert_the_lead: / } }])
  t.same(sandbox.dataverse.leads(), [])
  sandbox.partnerCenter.updateReferral(String(id), { salesStage: '20' })
  await settled()
  t.equal(flow.runs[1]?.status, 'Succeeded')
  t.equal(sandbox.dataverse.leads().length, 1)
})

t.test('a service that is busy for a moment is asked again, which costs a request more', async t => {
  const { sandbox, flow, settled } = await stage(t, packaged('referral-to-lead'))
  sandbox.dataverse.nextAnswers.next({ status: 503, body: {}, times: 20 }, ({ method }) => method === 'GET')
  sandbox.partnerCenter.createReferral()
  await settled()
  const [run] = flow.runs
  const retries = run?.actions.find(({ name }) => name === 'Upsert_the_lead')?.retries.length ?? 0
  t.ok(retries >= 1)
  t.equal(
    run?.billableActions,
    run?.actions.filter(({ status }) => status !== 'Skipped').reduce((sum, action) => sum + 1 + action.retries.length, 0)
  )
})

t.test('many events at once: one run after the other, one lead for each referral', async t => {
  const { sandbox, flow, settled } = await stage(t, packaged('referral-to-lead'))
  const ids = Array.from({ length: 5 }, () => String(sandbox.partnerCenter.createReferral().id))
  await settled()
  t.ok(flow.runs.every(({ status }) => status === 'Succeeded'))
  t.equal(sandbox.dataverse.leads().length, 5)
  for (const id of ids) t.ok(sandbox.partnerCenter.referral(id)?.externalReferenceId)
})

for (const inward of ['referral-to-lead', 'referral-to-dataverse'])
  t.test(`${inward} and lead-to-referral together come to rest, with both sides the same`, async t => {
    const started = await stage(t, packaged(inward))
    const { sandbox, flow, settled } = started
    const { partnerCenter, dataverse } = sandbox
    const back = packaged('lead-to-referral')
    const outward = sandbox.flows.install(back, connectionsFor(back, started))
    await outward.turnOn()

    const id = String(partnerCenter.createReferral().id)
    await settled()
    partnerCenter.updateReferral(id, { status: 'Active', substatus: 'Accepted' })
    await settled()
    const leadId = String(dataverse.leads()[0]?.leadid)
    const before = flow.runs.length + outward.runs.length
    dataverse.updateLead(leadId, { estimatedamount: 70_000, estimatedclosedate: '2027-11-30' })
    await settled()
    t.match(partnerCenter.referral(id)?.details, { dealValue: 70_000, closingDateTime: /^2027-11-30/ })
    t.match(dataverse.leads(), [{ estimatedamount: 70_000, estimatedclosedate: '2027-11-30' }], 'the lead keeps what somebody wrote')

    partnerCenter.updateReferral(id, { details: { ...partnerCenter.referral(id)?.details, dealValue: 81_000 } })
    await settled()
    t.match(dataverse.leads(), [{ estimatedamount: 81_000 }])
    const runs = [...flow.runs, ...outward.runs]
    t.ok(
      runs.every(({ status }) => status === 'Succeeded' || status === 'Skipped'),
      'no run failed'
    )
    t.ok(runs.length - before <= 8, `two changes took ${runs.length - before} runs, echoes included`)
    t.equal(dataverse.leads().length, 1)
  })

t.test('a flow that is off gets nothing, and nobody keeps its address', async t => {
  const { sandbox, flow, settled, service } = await stage(t, packaged('referral-to-lead'))
  await flow.turnOff()
  sandbox.partnerCenter.createReferral()
  await settled()
  t.same(flow.runs, [])
  t.equal((await service.store.subscriptions.list()).length, 0)
})

t.test('what waits for a person starts a run by the polling trigger, once', async t => {
  const definition: FlowDefinition = {
    triggers: {
      Attention: {
        type: 'OpenApiConnection',
        inputs: { host: { connectionName: 'c', operationId: 'WhenSyncNeedsAttention' }, parameters: {} },
        splitOn: "@triggerOutputs()?['body/value']"
      }
    },
    actions: { Tell: { type: 'Compose', inputs: "@triggerBody()?['code']" } }
  }
  const connectionReferences = { c: { apiId: '/providers/Microsoft.PowerApps/apis/shared_x', apiName: 'shared_x' } }
  const { sandbox, flow, settled } = await stage(
    t,
    { name: 'a', displayName: 'Attention', definition, connectionReferences, parameters: {} },
    {}
  )
  t.same(await flow.fire(), [])
  refuseNextWrite(sandbox)
  sandbox.partnerCenter.createReferral()
  await settled()
  t.equal((await flow.fire()).length, 1)
  await settled()
  t.match(flow.runs, [{ status: 'Succeeded', actions: [{ outputs: /^CRM_/ }] }])
  t.same(await flow.fire(), [], 'what was told is not told again')
})
