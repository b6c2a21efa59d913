import t from 'tap'
import type { FlowActions } from '../../../src/flow/flow-definition.ts'
import { bad, flowRunner, good, statuses } from '../../fixtures/run-flow.ts'

const { run, install, flows } = await flowRunner(t)
const declare = (name: string, type: string, value?: unknown) => ({
  type: 'InitializeVariable',
  inputs: { variables: [{ name, type, ...(value !== undefined && { value: value as string }) }] }
})
const then = (name: string) => ({ runAfter: { [name]: ['Succeeded'] } })

t.test('If takes one branch and skips the other', async t => {
  const choose: FlowActions = {
    If: {
      type: 'If',
      expression: { and: [{ equals: ["@triggerBody()?['x']", 1] }, { not: { equals: ["@triggerBody()?['y']", '@null'] } }] },
      actions: { Yes: good() },
      else: { actions: { No: good() } }
    }
  }
  const yes = await run(choose, { body: { x: 1, y: 'here' } })
  t.same(statuses(yes), { If: 'Succeeded', Yes: 'Succeeded', No: 'Skipped' })
  t.equal(yes.billableActions, 2)
  t.match(yes.actions[0], { inputs: { expressionResult: true } })
  t.same(statuses(await run(choose, { body: { x: 1 } })), { If: 'Succeeded', No: 'Succeeded', Yes: 'Skipped' })
  const text = { If: { type: 'If', expression: "@equals(triggerBody()?['x'], 2)", actions: { Yes: good() } } }
  t.same(statuses(await run(text, { body: { x: 1 } })), { If: 'Succeeded', Yes: 'Skipped' }, 'an empty branch succeeds')
})

t.test('Switch takes its case, or the default', async t => {
  const actions: FlowActions = {
    Switch: {
      type: 'Switch',
      expression: "@triggerBody()?['kind']",
      cases: { One: { case: 'created', actions: { A: good() } }, Two: { case: 'updated', actions: { B: bad() } } },
      default: { actions: { C: good() } }
    }
  }
  t.same(statuses(await run(actions, { body: { kind: 'created' } })), { Switch: 'Succeeded', A: 'Succeeded', B: 'Skipped', C: 'Skipped' })
  t.same(statuses(await run(actions, { body: { kind: 'other' } })), { Switch: 'Succeeded', A: 'Skipped', B: 'Skipped', C: 'Succeeded' })
  t.match(await run(actions, { body: { kind: 'updated' } }), { status: 'Failed', billableActions: 2 })
})

t.test('Foreach has a round for each item, each of them counted, one after the other unless told', async t => {
  const each = (more: object = {}): FlowActions => ({
    Names: declare('names', 'String', ''),
    Each: {
      type: 'Foreach',
      foreach: "@triggerBody()?['team']",
      actions: { Add: { type: 'AppendToStringVariable', inputs: { name: 'names', value: "@{items('Each')?['n']};" } } },
      ...then('Names'),
      ...more
    },
    Result: { type: 'Compose', inputs: "@variables('names')", ...then('Each') }
  })
  const done = await run(each(), { body: { team: [{ n: 'a' }, { n: 'b' }, { n: null }] } })
  t.equal(done.actions.at(-1)?.outputs, 'a;b;;')
  t.same(
    done.actions.map(({ path }) => path),
    ['Names', 'Each', 'Each[0]/Add', 'Each[1]/Add', 'Each[2]/Add', 'Result']
  )
  t.equal(done.billableActions, 6)
  t.match(await run(each({ runtimeConfiguration: { concurrency: { repetitions: 20 } } }), { body: { team: [{ n: 'a' }, { n: 'b' }] } }), {
    status: 'Succeeded',
    billableActions: 5
  })
  t.match(await run(each(), { body: { team: [] } }), { billableActions: 3 })
  t.match(await run(each(), { body: {} }), {
    status: 'Failed',
    actions: [
      {},
      { name: 'Each', code: 'ExpressionEvaluationFailed', error: { message: /is of type 'Null'\. The result must be a valid array/ } },
      {}
    ]
  })
})

t.test('a round that fails makes the loop fail, the others are done all the same; a round sees its own records', async t => {
  const done = await run({
    Each: {
      type: 'Foreach',
      foreach: '@createArray(1, null, 3)',
      actions: {
        Int: { type: 'Compose', inputs: '@int(item())' },
        Twice: { type: 'Compose', inputs: "@mul(outputs('Int'), 2)", ...then('Int') }
      }
    },
    Catch: { type: 'Compose', inputs: "@length(result('Each'))", runAfter: { Each: ['Failed'] } }
  })
  t.match(done.actions, [
    { path: 'Each', status: 'Failed', code: 'ActionFailed' },
    { outputs: 1 },
    { path: 'Each[0]/Twice', outputs: 2 },
    { path: 'Each[1]/Int', status: 'Failed' },
    { status: 'Skipped' },
    { outputs: 3 },
    { outputs: 6 },
    { path: 'Catch', outputs: 6 }
  ])
})

t.test('Until goes round until it holds, or its limit is reached', async t => {
  const until = (limit: object): FlowActions => ({
    N: declare('n', 'Integer', 0),
    Until: {
      type: 'Until',
      expression: "@equals(variables('n'), 3)",
      limit: limit as never,
      actions: { Up: { type: 'IncrementVariable', inputs: { name: 'n', value: 1 } } },
      ...then('N')
    },
    Result: { type: 'Compose', inputs: "@variables('n')", ...then('Until') }
  })
  t.match(await run(until({ count: 60, timeout: 'PT1H' })), { billableActions: 6, actions: [{}, {}, {}, {}, {}, { outputs: 3 }] })
  t.equal((await run(until({ count: 2 }))).actions.at(-1)?.outputs, 2)
})

t.test('Terminate ends the run at once, as it says', async t => {
  const actions: FlowActions = {
    Try: { type: 'Scope', actions: { A: bad() } },
    Catch: {
      type: 'Scope',
      runAfter: { Try: ['Failed', 'TimedOut'] },
      actions: {
        End: {
          type: 'Terminate',
          inputs: { runStatus: 'Failed', runError: { code: '@{null}', message: "It was @{result('Try')?[0]?['name']}" } }
        }
      }
    },
    Never: { ...good(), runAfter: { Catch: ['Succeeded', 'Failed', 'Skipped', 'TimedOut'] } }
  }
  const done = await run(actions)
  t.match(done, { status: 'Failed', error: { code: 'Terminated', message: 'It was A' }, billableActions: 4 })
  t.match(statuses(done), { End: 'Succeeded', Never: 'Skipped' })
  for (const runStatus of ['Succeeded', 'Cancelled'])
    t.match(await run({ End: { type: 'Terminate', inputs: { runStatus } } }), { status: runStatus, error: undefined })
})

t.test('variables keep their type', async t => {
  const set = (type: string, value: unknown) => ({
    V: declare('v', type),
    Set: { type: 'SetVariable', inputs: { name: 'v', value: value as string }, ...then('V') }
  })
  for (const [type, value] of [
    ['String', 'text'],
    ['Integer', 3],
    ['Float', 2.5],
    ['Boolean', true],
    ['Array', [1]],
    ['Object', { a: 1 }]
  ] as const)
    t.match(await run(set(type, value)), { status: 'Succeeded', actions: [{}, { outputs: { body: { value } } }] }, type)
  for (const [type, value] of [
    ['String', '@null'],
    ['String', 3],
    ['Integer', 'x'],
    ['Array', 'x'],
    ['Object', []]
  ] as const)
    t.match(
      await run(set(type, value)),
      { status: 'Failed', actions: [{}, { error: { message: new RegExp(`of type '${type}' cannot be`) } }] },
      `${type} ${value}`
    )
  t.match(await run({ Set: { type: 'SetVariable', inputs: { name: 'v', value: 1 } } }), {
    actions: [{ error: { message: /must be initialized/ } }]
  })
  const list = await run({
    L: declare('l', 'Array', []),
    Add: { type: 'AppendToArrayVariable', inputs: { name: 'l', value: { a: 1 } }, ...then('L') },
    Down: { type: 'DecrementVariable', inputs: { name: 'l', value: 1 }, ...then('Add') }
  })
  t.match(list.actions, [{}, { outputs: { body: { value: [{ a: 1 }] } } }, { status: 'Failed' }])
})

t.test('the data operations', async t => {
  const items = [
    { n: 'a', v: 1 },
    { n: 'b, "c"', v: 2 }
  ]
  const one = async (type: string, inputs: object) => (await run({ Op: { type, inputs: inputs as never } }, { body: { items } })).actions[0]
  const from = "@triggerBody()?['items']"
  t.same((await one('Select', { from, select: { name: "@item()?['n']" } }))?.outputs, { body: [{ name: 'a' }, { name: 'b, "c"' }] })
  t.same((await one('Query', { from, where: "@greater(item()?['v'], 1)" }))?.outputs, { body: [items[1]] })
  t.same((await one('Join', { from: '@createArray(1, 2)', joinWith: '-' }))?.outputs, { body: '1-2' })
  t.same((await one('Table', { from, format: 'CSV' }))?.outputs, { body: 'n,v\r\na,1\r\n"b, ""c""",2\r\n' })
  t.match((await one('Table', { from, format: 'HTML', columns: [{ header: 'Name', value: "@item()?['n']" }] }))?.outputs, {
    body: /<th>Name<\/th>.*<td>a<\/td>/
  })
  t.match(await one('Select', { from: '@null', select: 1 }), { status: 'Failed', error: { message: /must be an array/ } })
  t.same((await one('ParseJson', { content: ' {"a":1} ', schema: { type: 'object', properties: { a: { type: 'integer' } } } }))?.outputs, {
    body: { a: 1 }
  })
  t.match(
    await one('ParseJson', { content: { a: 'x' }, schema: { type: 'object', properties: { a: { type: 'integer' } }, required: ['b'] } }),
    {
      status: 'Failed',
      code: 'ValidationFailed',
      outputs: { errors: [{}, {}] }
    }
  )
  t.match(await one('ParseJson', { content: 'no JSON', schema: {} }), { error: { code: 'InvalidTemplate' } })
  t.match(await one('ParseJson', { content: '@null', schema: {} }), { error: { code: 'InvalidTemplate' } })
})

t.test('a delay is waited for, and an action that takes longer than its limit has timed out', async t => {
  const { run, pauses } = await flowRunner(t, { now: () => new Date('2026-03-01T12:00:00Z') })
  await run({
    A: { type: 'Wait', inputs: { interval: { count: 2, unit: 'Hour' } } },
    B: { type: 'Wait', inputs: { until: { timestamp: '2026-03-01T12:00:30Z' } }, ...then('A') }
  })
  t.same(pauses, [7_200_000, 30_000])
})

t.test('what a run does not end before the sandbox closes is cancelled', async t => {
  const { startFlows } = await import('../../../src/sandbox/flow/start-flows.ts')
  const { requestLog } = await import('../../../src/sandbox/request-log.ts')
  const own = await startFlows({
    log: requestLog(),
    hosts: {},
    checkToken: () => undefined,
    pause: (_ms, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  const flow = own.install({
    displayName: 'Slow',
    definition: {
      triggers: { manual: { type: 'Recurrence', recurrence: { frequency: 'Day', interval: 1 } } },
      actions: { Wait: { type: 'Wait', inputs: { interval: { count: 1, unit: 'Day' } } } }
    }
  })
  await flow.turnOn()
  const [begun] = await flow.fire()
  await own.close()
  t.match(begun, { status: 'Cancelled', actions: [{ status: 'Cancelled' }] })
})

t.test('parameters have their defaults unless they are set', async t => {
  const flow = flows.install(
    {
      displayName: 'Parameters',
      definition: {
        parameters: { 'Limit (rc_Limit)': { type: 'Int', defaultValue: 5 }, Other: { type: 'String', defaultValue: 'x' } },
        triggers: { manual: { type: 'Recurrence', conditions: [{ expression: "@greater(parameters('Limit (rc_Limit)'), 5)" }] } },
        actions: { Out: { type: 'Compose', inputs: "@concat(parameters('Other'), parameters('Limit (rc_Limit)'))" } }
      }
    },
    {},
    { 'Limit (rc_Limit)': 9 }
  )
  await flow.turnOn()
  await flow.fire()
  await flows.idle()
  t.match(flow.runs, [{ status: 'Succeeded', actions: [{ outputs: 'x9' }] }])
  const other = await install({ actions: { Out: { type: 'Compose', inputs: "@parameters('none')" } } })
  other.start({})
  await flows.idle()
  t.match(other.runs, [{ status: 'Failed', actions: [{ error: { message: /'none' is not found/ } }] }])
})
