import t from 'tap'
import type { FlowActions } from '../../../src/flow/flow-definition.ts'
import type { Json } from '../../../src/flow/json.ts'
import { localServer, reset, stall } from '../../fixtures/local-server.ts'
import { flowRunner } from '../../fixtures/run-flow.ts'

const world = await localServer(t, { body: { ok: true } })
const hosts = { 'api.example': world.url, '*.dynamics.example': world.url }
const { run, pauses } = await flowRunner(t, { hosts, now: () => new Date('2026-03-01T12:00:00Z') })
t.beforeEach(() => {
  pauses.length = 0
  world.received.length = 0
  world.now({ body: { ok: true } })
})
const http = (inputs: Record<string, Json>, more: object = {}): FlowActions => ({
  Call: { type: 'Http', inputs: { method: 'GET', uri: 'https://api.example/things', ...inputs }, ...more }
})

t.test('a request goes to what stands for its host, with everything in its place', async t => {
  const inputs = {
    method: 'POST',
    uri: ' https://api.example/things?a=1 ',
    queries: { q: 'x y' },
    headers: { 'X-Id': "@{triggerBody()?['id']}" },
    body: { n: "@triggerBody()?['n']" }
  }
  const { actions } = await run(http(inputs), { body: { id: 7, n: null } })
  t.match(world.received, [
    { method: 'POST', url: '/things?a=1&q=x+y', headers: { 'x-id': '7', 'content-type': 'application/json' }, body: '{"n":null}' }
  ])
  t.match(actions, [{ code: 'OK', outputs: { statusCode: 200, headers: { 'content-type': 'application/json' }, body: { ok: true } } }])
  await run(
    http({
      uri: 'https://org7.crm.dynamics.example/x',
      method: 'put',
      body: 'a=1&b=2',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' }
    })
  )
  t.match(world.received[1], {
    method: 'PUT',
    url: '/x',
    body: 'a=1&b=2',
    headers: { 'content-type': 'application/x-www-form-urlencoded' }
  })
})

t.test('what comes back is JSON, a text, or bytes', async t => {
  const answers = [
    [{ body: 'plain', headers: { 'content-type': 'text/plain' } }, 'plain'],
    [
      { body: 'bytes', headers: { 'content-type': 'image/png' } },
      { '$content-type': 'image/png', $content: 'Ynl0ZXM=' }
    ],
    [{ status: 204 }, undefined]
  ] as const
  for (const [answer, body] of answers) {
    world.now(answer)
    const { actions } = await run(http({}))
    t.same((actions[0]?.outputs as { body?: unknown } | undefined)?.body, body)
  }
})

t.test('no other host is reached, and the refusal says which', async t => {
  for (const uri of [
    'https://evil.example/x',
    'http://127.0.0.1:1/x',
    'https://dynamics.example.evil.example/',
    'https://api.example.evil.example/'
  ])
    t.match(await run(http({ uri })), {
      status: 'Failed',
      actions: [{ code: 'HostNotInSandbox', error: { message: new RegExp(new URL(uri).host) } }]
    })
  for (const uri of ['/relative', 'file:///etc/hosts', '']) t.match(await run(http({ uri })), { actions: [{ code: 'InvalidTemplate' }] })
  t.equal(world.received.length, 0)
})

t.test('408, 429, 5xx and cut lines are tried again; every retry is counted', async t => {
  world.now({ status: 503 }, reset, { status: 429, headers: { 'retry-after': '30' } }, { status: 408 }, { body: { ok: true } })
  const { actions, billableActions } = await run(http({}))
  t.match(actions, [
    {
      status: 'Succeeded',
      retries: [
        { code: 'ServiceUnavailable', pause: 'PT7.5S' },
        { code: 'BadGateway', pause: 'PT15S' },
        { code: 'TooManyRequests', pause: 'PT30S' },
        { code: 'RequestTimeout', pause: 'PT45S' }
      ]
    }
  ])
  t.equal(billableActions, 5)
  t.same(pauses, [7500, 15_000, 30_000, 45_000])
})

t.test('after four retries it has failed', async t => {
  world.now({ status: 500, body: { error: { message: 'The cupboard is bare.' } } })
  const { actions, billableActions } = await run(http({}))
  t.match(actions, [
    { status: 'Failed', code: 'InternalServerError', error: { message: 'The cupboard is bare.' }, outputs: { statusCode: 500 } }
  ])
  t.equal(world.received.length, 5)
  t.equal(billableActions, 5)
  world.now(reset)
  t.match(await run(http({})), { actions: [{ status: 'Failed', code: 'BadGateway', outputs: undefined }] })
})

t.test('the policy of the action, and what is final', async t => {
  const table: [policy: Record<string, Json>, pauses: number[]][] = [
    [{ type: 'none' }, []],
    [{ type: 'fixed', count: 2, interval: 'PT1M' }, [60_000, 60_000]],
    [
      { type: 'exponential', count: 4, interval: 'PT10S', minimumInterval: 'PT15S', maximumInterval: 'PT1M' },
      [15_000, 20_000, 40_000, 60_000]
    ]
  ]
  for (const [retryPolicy, expected] of table) {
    pauses.length = 0
    world.now({ status: 502 })
    await run(http({ retryPolicy }))
    t.same(pauses, expected, String(retryPolicy.type))
  }
  for (const status of [400, 401, 404, 409, 412]) {
    pauses.length = 0
    world.now({ status, body: {} })
    t.match(await run(http({})), { status: 'Failed', actions: [{ retries: [] }] })
  }
  world.now({ status: 429, headers: { 'retry-after': 'Sun, 01 Mar 2026 12:02:00 GMT' } }, {})
  await run(http({}))
  t.same(pauses, [120_000], 'a date is a way to say it, too')
})

t.test('202 with a Location is followed until the job has ended, unless that is switched off', async t => {
  const script = [
    { status: 202, headers: { location: '/jobs/1', 'retry-after': '5' } },
    { status: 202, headers: { location: 'https://api.example/jobs/1' } },
    { body: { done: true } }
  ]
  world.now(...script)
  const { actions, billableActions } = await run(http({ method: 'POST', body: { a: 1 } }))
  t.match(actions, [{ code: 'OK', outputs: { body: { done: true } } }])
  t.same(
    world.received.map(({ method, url }) => `${method} ${url}`),
    ['POST /things', 'GET /jobs/1', 'GET /jobs/1']
  )
  t.same(pauses, [5000, 1000])
  t.equal(billableActions, 1)
  world.now(...script)
  t.match(await run(http({}, { operationOptions: 'DisableAsyncPattern' })), {
    actions: [{ code: 'Accepted', outputs: { statusCode: 202 } }]
  })
})

t.test('an action that takes longer than its limit has timed out, and one request that does is a failure', async t => {
  world.now(stall)
  const { run } = await flowRunner(t, { hosts, timeout: () => AbortSignal.abort() })
  t.match(await run(http({ retryPolicy: { type: 'none' } })), { actions: [{ status: 'Failed', code: 'RequestTimeout' }] })
  const limited = await run({
    ...http({}, { limit: { timeout: 'PT10S' } }),
    After: { type: 'Compose', inputs: 1, runAfter: { Call: ['TimedOut'] } }
  })
  t.match(limited, {
    status: 'Succeeded',
    actions: [{ status: 'TimedOut', code: 'ActionTimedOut', error: { message: /'PT10S'/ } }, { status: 'Succeeded' }]
  })
})

t.test('a connector in the old form fails with its inputs evaluated, or because they cannot be', async t => {
  const old = (path: string): FlowActions => ({
    Old: {
      type: 'ApiConnection',
      inputs: { host: { connection: { name: "@parameters('$connections')['x']['connectionId']" } }, method: 'get', path }
    }
  })
  const connections = { x: { definition: {}, properties: {}, parameters: {} } }
  t.match(await run(old("/items/@{encodeURIComponent('a b')}"), { connections }), {
    status: 'Failed',
    actions: [{ code: 'ConnectorNotInSandbox', inputs: { path: '/items/a%20b' } }]
  })
  t.match(await run(old("/items/@{encodeURIComponent(triggerBody()?['none'])}"), { connections }), {
    actions: [{ code: 'BadRequest', error: { code: 'InvalidTemplate', message: /encodeURIComponent/ } }]
  })
})
