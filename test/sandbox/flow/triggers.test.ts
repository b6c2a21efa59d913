import t from 'tap'
import { startFlows } from '../../../src/sandbox/flow/start-flows.ts'
import { requestLog } from '../../../src/sandbox/request-log.ts'
import { anyone, call, flowRunner, good } from '../../fixtures/run-flow.ts'

const { flows, install } = await flowRunner(t)

t.test('the trigger answers before anything is done, with what the run sees', async t => {
  const flow = await install({ actions: { A: { type: 'Compose', inputs: '@triggerOutputs()' } } })
  const answer = await call(`${flow.url}&x=1`, { a: 1.0 }, { 'X-Ms-Signature': 'Signature c2ln' })
  t.equal(answer.status, 202)
  t.equal(answer.headers.get('x-ms-workflow-run-id'), flow.runs[0]?.runId)
  t.match(flow.runs[0]?.runId, /^08[0-9A-F]{34}$/)
  await flows.idle()
  t.match(flow.runs[0]?.actions[0]?.outputs, { headers: { 'x-ms-signature': 'Signature c2ln' }, queries: { x: '1' }, body: { a: 1 } })
  t.notMatch(JSON.stringify(flow.runs), new URL(flow.url).searchParams.get('sig') ?? '')
})

t.test('who may call', async t => {
  const token = (user: string | undefined, audience = 'https://service.flow.microsoft.com/') => ({
    audience,
    user,
    mfa: true,
    appId: 'app',
    objectId: `id-of-${user}`,
    roles: [],
    claims: {} as never
  })
  const tokens: Record<string, ReturnType<typeof token>> = {
    ann: token('ann@contoso.example'),
    bob: token('bob@contoso.example'),
    app: token(undefined),
    other: token('ann@contoso.example', 'https://graph.microsoft.com')
  }
  const own = await startFlows({ log: requestLog(), hosts: {}, checkToken: name => tokens[name] })
  t.teardown(own.close)
  const install = async (inputs: Record<string, string>) => {
    const flow = own.install({
      displayName: 'x',
      definition: { triggers: { manual: { type: 'Request', inputs } }, actions: { A: good() } }
    })
    await flow.turnOn()
    return flow
  }
  const all = await install({ triggerAuthenticationType: 'All' })
  const unsigned = all.url.replace(/&sig=.*/, '')
  const unsaid = await install({})
  const tenant = await install({ triggerAuthenticationType: 'Tenant' })
  const users = await install({ triggerAuthenticationType: 'User', triggerAllowedUsers: 'x@y.example;ID-of-ann@contoso.example' })
  const bearer = (name: string) => ({ authorization: `Bearer ${name}` })
  const table: [what: string, url: string, headers: Record<string, string>, status: number, code?: string][] = [
    ['anyone with the signature', all.url, {}, 202],
    ['anyone without it', unsigned, {}, 401, 'DirectApiAuthorizationRequired'],
    ['another signature', `${unsigned}&sig=other`, {}, 401, 'DirectApiAuthorizationRequired'],
    ['two ways at once', all.url, { authorization: 'Signature c2ln' }, 401, 'DirectApiRequestHasMoreThanOneAuthorization'],
    ['nothing is said: anonymous', unsaid.url, {}, 401, 'DirectApiAuthorizationRequired'],
    ['nothing is said: a user of the tenant', unsaid.url, bearer('ann'), 202],
    ['tenant: anonymous', tenant.url, {}, 401, 'DirectApiAuthorizationRequired'],
    ['tenant: no token of ours', tenant.url, bearer('none'), 401, 'MisMatchingOAuthClaims'],
    ['tenant: a token for another audience', tenant.url, bearer('other'), 401, 'MisMatchingOAuthClaims'],
    ['tenant: an application', tenant.url, bearer('app'), 401, 'MisMatchingOAuthClaims'],
    ['users: one of them', users.url, bearer('ann'), 202],
    ['users: another one', users.url, bearer('bob'), 401, 'MisMatchingOAuthClaims']
  ]
  for (const [what, url, headers, status, code] of table)
    t.match(await call(url, {}, headers), { status, ...(code && { body: { error: { code } } }) }, what)
  t.equal([all, unsaid, tenant, users].flatMap(({ runs }) => runs).length, 3)
})

t.test('what is no request to this flow', async t => {
  const flow = await install({ actions: { A: good() } })
  t.match(await call(flow.url, '{"EventName":'), { status: 400, body: { error: { code: 'InvalidRequestContent' } } })
  t.match(await call(flow.url, {}, {}, 'GET'), { status: 404, body: { error: { code: 'TriggerRequestMethodNotValid' } } })
  t.match(await call(flow.url.replace(flow.id, 'other')), { status: 404, body: { error: { code: 'WorkflowNotFound' } } })
  await flow.turnOff()
  t.match(await call(flow.url), { status: 400, body: { error: { code: 'WorkflowTriggerIsNotEnabled' } } })
  await flow.turnOn()
  flows.nextAnswers.next({ status: 429, headers: { 'retry-after': '1' }, body: {} })
  t.equal((await call(flow.url)).status, 429)
  t.same(flow.runs, [])
})

t.test('EnableSchemaValidation holds the body against the schema', async t => {
  const schema = { type: 'object', properties: { EventName: { type: 'string' } }, required: ['EventName'] }
  const inputs = { triggerAuthenticationType: 'All', schema }
  const strict = await install({ trigger: { type: 'Request', inputs, operationOptions: 'EnableSchemaValidation' }, actions: { A: good() } })
  t.match(await call(strict.url, { EventName: 1 }), {
    status: 400,
    body: { error: { code: 'TriggerInputSchemaMismatch', message: /EventName must be string/ } }
  })
  t.equal((await call(strict.url, { EventName: 'x' })).status, 202)
  const loose = await install({ trigger: { type: 'Request', inputs }, actions: { A: good() } })
  t.equal((await call(loose.url, {})).status, 202)
})

t.test('all conditions must hold, or there is no run', async t => {
  const flow = await install({
    trigger: {
      ...anyone,
      conditions: [{ expression: "@equals(triggerBody()?['a'], 1)" }, { expression: "@not(empty(triggerBody()?['b']))" }]
    },
    actions: { A: good() }
  })
  for (const body of [{ a: 2, b: 'x' }, { a: 1 }, { a: 1, b: 'x' }]) t.equal((await call(flow.url, body)).status, 202)
  await flows.idle()
  t.match(flow.runs, [
    { status: 'Skipped', skipped: /condition 1/, billableActions: 0, actions: [] },
    { status: 'Skipped', skipped: /condition 2/ },
    { status: 'Succeeded', billableActions: 1 }
  ])
  const broken = await install({
    trigger: { ...anyone, conditions: [{ expression: "@greater(triggerBody()?['a'], 1)" }] },
    actions: { A: good() }
  })
  await call(broken.url, {})
  t.match(broken.runs, [{ status: 'Failed', error: { code: 'TriggerFailed' }, actions: [] }])
})

t.test('splitOn starts a run for each item', async t => {
  const trigger = { ...anyone, splitOn: "@triggerBody()?['value']", conditions: [{ expression: "@greater(triggerBody()?['n'], 1)" }] }
  const flow = await install({ trigger, actions: { A: { type: 'Compose', inputs: "@triggerBody()?['n']" } } })
  await call(flow.url, { value: [{ n: 1 }, { n: 2 }, { n: 3 }] })
  await flows.idle()
  t.match(flow.runs, [{ status: 'Skipped' }, { actions: [{ outputs: 2 }] }, { actions: [{ outputs: 3 }] }])
  await call(flow.url, {})
  t.match(flow.runs.at(-1), { status: 'Failed', error: { message: /must be an array/ } })
})

t.test('no more runs at once than the trigger says, no more waiting, and then 429', async t => {
  const going: (() => void)[] = []
  const { flows, install } = await flowRunner(t, { pause: () => new Promise<void>(resolve => going.push(resolve)) })
  const flow = await install({
    trigger: { ...anyone, runtimeConfiguration: { concurrency: { runs: 1, maximumWaitingRuns: 2 } } },
    actions: { Wait: { type: 'Wait', inputs: { interval: { count: 1, unit: 'Minute' } } } }
  })
  const answers = []
  for (let n = 0; n < 4; n++) answers.push((await call(flow.url)).status)
  t.same(answers, [202, 202, 202, 429])
  t.same(
    flow.runs.map(({ actions }) => actions.length),
    [1, 0, 0],
    'one runs, the others wait'
  )
  while (flow.runs.some(({ status }) => status === 'Running')) {
    t.ok(going.length <= 1)
    going.shift()?.()
    await new Promise(setImmediate)
  }
  await flows.idle()
  t.match(flow.runs, [{ status: 'Succeeded' }, { status: 'Succeeded' }, { status: 'Succeeded' }])
})

t.test('a Response is what the caller gets; a run that ends without one is no answer', async t => {
  const respond = {
    type: 'Response',
    kind: 'Http',
    inputs: { statusCode: 201, headers: { 'X-A': 'b' }, body: { seen: "@triggerBody()?['a']" } }
  }
  const flow = await install({ actions: { Answer: respond } })
  const answer = await call(flow.url, { a: 5 })
  t.match(answer, { status: 201, body: { seen: 5 } })
  t.equal(answer.headers.get('x-a'), 'b')
  const without = await install({
    actions: { A: { type: 'Compose', inputs: '@int(null)' }, Answer: { ...respond, runAfter: { A: ['Succeeded'] } } }
  })
  t.match(await call(without.url), { status: 502, body: { error: { code: 'NoResponse' } } })
})

t.test('Recurrence strikes on demand, when the flow is on', async t => {
  const flow = flows.install({
    displayName: 'Nightly',
    definition: { triggers: { Recurrence: { type: 'Recurrence', recurrence: { frequency: 'Day', interval: 1 } } }, actions: { A: good() } }
  })
  await t.rejects(flow.fire(), { message: /is off/ })
  await flow.turnOn()
  t.equal((await flow.fire()).length, 1)
  await flows.idle()
  t.match(flow.runs, [{ status: 'Succeeded' }])
  t.equal((await call(flow.url)).status, 401, 'it has no door')
  await t.rejects((await install({ actions: { A: good() } })).fire(), { message: /started from outside/ })
})
