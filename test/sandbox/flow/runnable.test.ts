import t from 'tap'
import type { FlowActions, FlowDefinition } from '../../../src/flow/flow-definition.ts'
import { assertRunnable } from '../../../src/sandbox/flow/run/assert-runnable.ts'
import { anyone, good } from '../../fixtures/run-flow.ts'

const compose = (inputs: string) => ({ type: 'Compose', inputs })
const scopes = (depth: number): FlowActions =>
  depth === 0 ? { End: good() } : { [`S${depth}`]: { type: 'Scope', actions: scopes(depth - 1) } }

t.test('a flow that the platform would not save, or the sandbox cannot run, is refused before anything runs', t => {
  const actions: Record<string, [FlowActions, RegExp]> = {
    'an unknown type': [{ A: { type: 'Workflow' } }, /'A' is of the type 'Workflow', which is not part/],
    'a name of the language': [{ A: { type: 'toString' } }, /'toString', which is not part/],
    'an unknown function': [{ A: compose('@frobnicate(1)') }, /no function 'frobnicate'/],
    'an unknown function in a condition': [
      { A: { type: 'If', expression: { resembles: [1, 2] }, actions: {} } },
      /no function 'resembles'/
    ],
    'a function that is only known': [{ A: compose("@xpath(xml('<a/>'), '/a')") }, /'xpath' is not part of the sandbox/],
    'a sign-in of its own': [{ A: { type: 'Http', inputs: { authentication: { type: 'Basic' } } } }, /headers only/],
    'an unreadable expression': [{ A: compose('@concat(') }, /cannot be read/],
    'an action that is not there': [{ A: compose("@body('B')") }, /no action 'B'/],
    'runs after nothing': [{ A: good('B') }, /'A' runs after 'B', which is not there/],
    'a circle': [{ A: good('B'), B: good('A') }, /'A' → 'B' → 'A' wait for each other/],
    'a circle further in': [{ S: { type: 'Scope', actions: { A: good('A') } } }, /'A' → 'A'/],
    'a variable in a scope': [
      { S: { type: 'Scope', actions: { V: { type: 'InitializeVariable', inputs: {} } } } },
      /'V' declares a variable inside 'S'/
    ],
    'an end inside of a loop': [
      { L: { type: 'Foreach', foreach: [], actions: { S: { type: 'Scope', actions: { End: { type: 'Terminate' } } } } } },
      /inside of a loop/
    ],
    'a long name': [{ ['n'.repeat(81)]: good() }, /more than 80 characters/],
    'too deep': [scopes(9), /deeper than 8 levels/],
    'too many': [Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`A${n}`, good()])), /501 actions/],
    'a long expression': [{ A: compose(`@concat('${'x'.repeat(8200)}')`) }, /longer than 8192/],
    'twice the same name': [{ A: good(), S: { type: 'Scope', actions: { A: good() } } }, /Two actions are called 'A'/],
    'a retry policy of another kind': [
      { A: { type: 'Http', inputs: { retryPolicy: { type: 'often' } } } },
      /of the type none, fixed or exponential/
    ],
    'too many retries': [{ A: { type: 'Http', inputs: { retryPolicy: { type: 'fixed', count: 91, interval: 'PT1S' } } } }, /1 to 90 times/],
    'no duration': [
      { A: { type: 'Http', inputs: { retryPolicy: { type: 'fixed', count: 1, interval: '5 s' } } } },
      /«5 s» is not an ISO 8601 duration/
    ],
    'no connection': [
      { A: { type: 'OpenApiConnection', inputs: { host: { connectionName: 'x', operationId: 'y' } } } },
      /reference 'x', for which there is no connection/
    ],
    'no such operation': [
      { A: { type: 'OpenApiConnection', inputs: { host: { connectionName: 'c', operationId: 'y' } } } },
      /no operation 'y'/
    ]
  }
  const connections = { c: { definition: {}, properties: {}, parameters: {} } }
  for (const [what, [given, message]] of Object.entries(actions))
    t.throws(() => assertRunnable({ triggers: { manual: anyone }, actions: given }, connections), { message }, what)
  t.doesNotThrow(() => assertRunnable({ triggers: { manual: anyone }, actions: scopes(8) }, {}))
  t.end()
})

t.test('triggers too', t => {
  const triggers: Record<string, [FlowDefinition['triggers'], RegExp]> = {
    none: [{}, /one trigger/],
    two: [{ A: anyone, B: anyone }, /one trigger/],
    'an unknown type': [{ A: { type: 'ApiConnectionWebhook' } }, /'ApiConnectionWebhook', which is not part/],
    'a button': [{ A: { type: 'Request', kind: 'Button' } }, /kind 'Button'/],
    'an unknown authentication': [
      { A: { type: 'Request', inputs: { triggerAuthenticationType: 'Everybody' } } },
      /'Everybody', which there is not/
    ],
    'no connection': [{ A: { type: 'OpenApiConnectionWebhook', inputs: { host: { connectionName: 'x' } } } }, /reference 'x'/]
  }
  for (const [what, [given, message]] of Object.entries(triggers))
    t.throws(() => assertRunnable({ triggers: given, actions: {} }, {}), { message }, what)
  t.end()
})
