import t from 'tap'
import type { FlowActions } from '../../../src/flow/flow-definition.ts'
import { bad, flowRunner, good, statuses } from '../../fixtures/run-flow.ts'

const { run } = await flowRunner(t)
const after = (name: string, ...ends: string[]) => ({ ...good(), runAfter: { [name]: ends } })

const table: Record<string, { actions: FlowActions; run: 'Succeeded' | 'Failed'; expected: Record<string, string>; billable: number }> = {
  'one after the other': {
    actions: { A: good(), B: good('A') },
    run: 'Succeeded',
    expected: { A: 'Succeeded', B: 'Succeeded' },
    billable: 2
  },
  'what follows a failure is skipped, and so is what follows that': {
    actions: { A: bad(), B: good('A'), C: good('B') },
    run: 'Failed',
    expected: { A: 'Failed', B: 'Skipped', C: 'Skipped' },
    billable: 1
  },
  'a failure that something was made of is none': {
    actions: { A: bad(), B: after('A', 'Failed', 'TimedOut') },
    run: 'Succeeded',
    expected: { A: 'Failed', B: 'Succeeded' },
    billable: 2
  },
  'nothing to catch: the catch is skipped and the run is green': {
    actions: { A: good(), B: after('A', 'Failed') },
    run: 'Succeeded',
    expected: { A: 'Succeeded', B: 'Skipped' },
    billable: 1
  },
  'a catch beside a step that was skipped does not save the run': {
    actions: { A: bad(), B: good('A'), C: after('A', 'Failed') },
    run: 'Failed',
    expected: { A: 'Failed', B: 'Skipped', C: 'Succeeded' },
    billable: 2
  },
  'a last step that runs in any case hides the failure': {
    actions: { A: bad(), B: good('A'), C: after('B', 'Succeeded', 'Failed', 'Skipped', 'TimedOut') },
    run: 'Succeeded',
    expected: { A: 'Failed', B: 'Skipped', C: 'Succeeded' },
    billable: 2
  },
  'all that a step runs after must have ended as it wants': {
    actions: { A: good(), B: bad(), C: good('A', 'B') },
    run: 'Failed',
    expected: { A: 'Succeeded', B: 'Failed', C: 'Skipped' },
    billable: 2
  },
  'branches are independent of each other': {
    actions: { A: bad(), B: good(), C: good('B') },
    run: 'Failed',
    expected: { A: 'Failed', B: 'Succeeded', C: 'Succeeded' },
    billable: 3
  },
  'a scope fails with what is in it, and the catch sees it': {
    actions: {
      Try: { type: 'Scope', actions: { A: good(), B: bad('A') } },
      Catch: { type: 'Scope', runAfter: { Try: ['Failed'] }, actions: { C: good() } }
    },
    run: 'Succeeded',
    expected: { Try: 'Failed', A: 'Succeeded', B: 'Failed', Catch: 'Succeeded', C: 'Succeeded' },
    billable: 5
  },
  'what is in a scope that is skipped is skipped': {
    actions: {
      Try: { type: 'Scope', actions: { A: good() } },
      Catch: { type: 'Scope', runAfter: { Try: ['Failed'] }, actions: { C: good() } }
    },
    run: 'Succeeded',
    expected: { Try: 'Succeeded', A: 'Succeeded', Catch: 'Skipped', C: 'Skipped' },
    billable: 2
  }
}

for (const [promise, { actions, run: status, expected, billable }] of Object.entries(table))
  t.test(promise, async t => {
    const done = await run(actions)
    t.equal(done.status, status)
    t.same(statuses(done), expected)
    t.equal(done.billableActions, billable)
  })

t.test('a step that cannot be evaluated fails as a faulty template does, and what was skipped says why', async t => {
  const { actions } = await run({ A: bad(), B: good('A') })
  t.match(actions, [
    { code: 'BadRequest', error: { code: 'InvalidTemplate', message: /^Unable to process template language expressions in action 'A'/ } },
    {
      code: 'ActionSkipped',
      error: { code: 'ActionConditionFailed', message: /'runAfter' condition for action 'A'.*actual value 'Failed'/ }
    }
  ])
})

t.test('branches run side by side', async t => {
  const waiting: (() => void)[] = []
  const wait = { type: 'Wait', inputs: { interval: { count: 1, unit: 'Second' } } }
  // Nobody goes on before both have come.
  const pause = () =>
    new Promise<void>(resolve => {
      waiting.push(resolve)
      if (waiting.length === 2) for (const go of waiting) go()
    })
  const { run } = await flowRunner(t, { pause })
  t.same(statuses(await run({ A: wait, B: wait })), { A: 'Succeeded', B: 'Succeeded' })
})

t.test('Catch learns from result() which action failed, and how', async t => {
  const done = await run({
    Try: { type: 'Scope', actions: { A: good(), B: bad('A'), C: good('B') } },
    Catch: {
      type: 'Compose',
      runAfter: { Try: ['Failed'] },
      inputs: {
        names: "@join(createArray(result('Try')?[0]?['name'],result('Try')?[1]?['name'],result('Try')?[2]?['name']), ',')",
        second: "@result('Try')?[1]?['error']?['code']",
        third: "@result('Try')?[2]?['status']"
      }
    }
  })
  t.same(done.actions.at(-1)?.outputs, { names: 'A,B,C', second: 'InvalidTemplate', third: 'Skipped' })
})

t.test('result() of a scope that was skipped has what was skipped in it', async t => {
  const done = await run({
    A: bad(),
    Try: { type: 'Scope', runAfter: { A: ['Succeeded'] }, actions: { B: good() } },
    Catch: { type: 'Compose', runAfter: { Try: ['Skipped'] }, inputs: "@result('Try')?[0]?['status']" }
  })
  t.equal(done.actions.at(-1)?.outputs, 'Skipped')
})

t.test('secured inputs and outputs are not in the history, and expressions see them', async t => {
  const secret = (...properties: string[]) => ({ runtimeConfiguration: { secureData: { properties } } })
  const done = await run(
    {
      Both: { type: 'Compose', inputs: "@triggerBody()?['card']", ...secret('inputs', 'outputs') },
      Out: { type: 'Compose', inputs: 'a token', runAfter: { Both: ['Succeeded'] }, ...secret('outputs') },
      Length: { type: 'Compose', inputs: "@length(outputs('Both'))", runAfter: { Out: ['Succeeded'] } },
      Broken: { type: 'Compose', inputs: "@int(outputs('Both'))", runAfter: { Length: ['Succeeded'] }, ...secret('inputs') }
    },
    { body: { card: '4000-1234' }, trigger: { type: 'Request', inputs: { triggerAuthenticationType: 'All' }, ...secret('outputs') } }
  )
  t.match(done.trigger.outputs, '«secured»')
  t.match(done.actions, [
    { inputs: '«secured»', outputs: '«secured»' },
    { inputs: 'a token', outputs: '«secured»' },
    { outputs: 9 },
    { error: { code: 'InvalidTemplate', message: '«secured»' } }
  ])
  t.notMatch(JSON.stringify(done), '4000-1234')
})
