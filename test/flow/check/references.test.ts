import type { FlowAction } from '../../../src/flow/flow-definition.ts'
import { finds } from '../fixtures/findings.ts'
import { actionsOf, operation, topOf } from '../fixtures/sound-flow.ts'

const compose = (inputs: string, after?: string): FlowAction => ({
  type: 'Compose',
  inputs,
  runAfter: after === undefined ? {} : { [after]: ['Succeeded'] }
})
const variable = (name: string, value: string, after?: string): FlowAction => ({
  type: 'InitializeVariable',
  inputs: { variables: [{ name, type: 'String', value }] },
  runAfter: after === undefined ? {} : { [after]: ['Succeeded'] }
})
const inTry = '#/actions/Try/actions'

finds('nothing is wrong with the sound flow', [['as it is', () => undefined, []]])

finds('expressions that cannot be read', [
  [
    'a bracket too few',
    sound => (actionsOf(sound).New = compose("@body('Validate'", 'Validate')),
    [`ExpressionSyntax ${inTry}/New/inputs`]
  ],
  ['a function of another language', sound => (actionsOf(sound).New = compose("@isBlank('x')")), [`UnknownFunction ${inTry}/New/inputs`]],
  ['too few arguments', sound => (actionsOf(sound).New = compose("@replace('x', 'y')")), [`FunctionArguments ${inTry}/New/inputs`]],
  ['too long', sound => (actionsOf(sound).New = compose(`@concat('${'x'.repeat(8_200)}')`)), [`ExpressionTooLong ${inTry}/New/inputs`]],
  ['a blank around', sound => (actionsOf(sound).New = compose("@{body('Validate')} ", 'Validate')), [`BlankAround ${inTry}/New/inputs`]],
  ['a blank before makes text of it', sound => (actionsOf(sound).New = compose(" @body('Validate')")), [`BlankAround ${inTry}/New/inputs`]],
  [
    'in a condition',
    sound => (actionsOf(sound).If = { type: 'If', expression: { equals: ["@body('Validate", 1] }, actions: {}, runAfter: {} }),
    [`ExpressionSyntax ${inTry}/If/expression/equals/0`]
  ]
])

finds('names of actions', [
  ['unknown', sound => (actionsOf(sound).New = compose("@body('Elsewhere')")), [`UnknownAction ${inTry}/New/inputs`]],
  [
    'in other letters',
    sound => (actionsOf(sound).New = compose("@body('validate')", 'Validate')),
    [`NameInOtherLetters ${inTry}/New/inputs`]
  ],
  ['beside it, at the same time', sound => (actionsOf(sound).New = compose("@body('Validate')")), [`ActionNotBefore ${inTry}/New/inputs`]],
  ['its own', sound => (actionsOf(sound).New = compose("@outputs('New')")), [`ActionNotBefore ${inTry}/New/inputs`]],
  [
    'later',
    ({ validate }) => (validate.inputs = { ...(operation('ValidateCallback', { content: '', x: "@body('Upsert')" }).inputs as object) }),
    [`ActionNotBefore ${inTry}/Validate/inputs/parameters/x`]
  ],
  [
    'inside of what ran before',
    sound => (topOf(sound).After = { ...compose("@body('Upsert')"), runAfter: { Catch: ['Succeeded', 'Skipped'] } }),
    []
  ],
  [
    'before what it is inside of',
    sound => (topOf(sound).Before = compose("@body('Validate')?['x']")),
    ['ActionNotBefore #/actions/Before/inputs']
  ],
  [
    'in the trigger',
    ({ trigger }) => (trigger.conditions = [{ expression: "@equals(body('Validate')?['a'], 'b')" }]),
    ['ActionNotBefore #/triggers/manual/conditions/0/expression']
  ],
  [
    'an Until reads what is inside it',
    sound =>
      (actionsOf(sound).Wait = {
        type: 'Until',
        expression: "@equals(outputs('Look'), 'x')",
        actions: { Look: compose('x') },
        runAfter: {}
      }),
    []
  ]
])

finds('loops', [
  [
    'inside, the item is there',
    sound =>
      (actionsOf(sound).Each = {
        type: 'Foreach',
        foreach: '@createArray(1)',
        actions: { In: compose("@concat(items('Each'), item())") },
        runAfter: {}
      }),
    []
  ],
  ['outside, it is not', sound => (actionsOf(sound).New = compose('@item()')), [`ItemOutsideLoop ${inTry}/New/inputs`]],
  ['nor is that of another loop', sound => (actionsOf(sound).New = compose("@items('Each')")), [`ItemOutsideLoop ${inTry}/New/inputs`]],
  [
    'its actions have no one result',
    sound => {
      actionsOf(sound).Each = { type: 'Foreach', foreach: '@createArray(1)', actions: { In: compose('x') }, runAfter: {} }
      actionsOf(sound).New = compose("@outputs('In')", 'Each')
    },
    [`ActionInLoop ${inTry}/New/inputs`]
  ],
  [
    'a filter has items of its own',
    sound => (actionsOf(sound).New = { type: 'Query', inputs: { from: '@createArray(1)', where: '@equals(item(), 1)' }, runAfter: {} }),
    []
  ]
])

finds('variables and parameters', [
  ['unknown', sound => (actionsOf(sound).New = compose("@variables('Gone')")), [`UnknownVariable ${inTry}/New/inputs`]],
  [
    'set and unknown',
    sound => (actionsOf(sound).New = { type: 'SetVariable', inputs: { name: 'Gone', value: '' }, runAfter: {} }),
    [`UnknownVariable ${inTry}/New/inputs`]
  ],
  ['an unknown parameter', sound => (actionsOf(sound).New = compose("@parameters('Gone')")), [`UnknownParameter ${inTry}/New/inputs`]],
  [
    'initialised in a scope',
    sound => {
      actionsOf(sound).Init = variable('V', 'x')
      actionsOf(sound).New = compose("@variables('V')", 'Init')
    },
    [`VariableInScope ${inTry}/Init/inputs/variables/0`]
  ],
  [
    'used beside',
    sound => {
      topOf(sound).Init = variable('V', 'x')
      topOf(sound).New = compose("@variables('V')")
    },
    ['VariableNotBefore #/actions/New/inputs']
  ],
  ['never read', sound => (topOf(sound).Init = variable('V', 'x')), ['UnusedVariable #/actions/Init/inputs/variables/0']],
  [
    'initialised twice',
    sound => {
      topOf(sound).Init = variable('V', 'x')
      topOf(sound).Again = variable('v', "@variables('V')", 'Init')
    },
    ['VariableTwice #/actions/Again/inputs/variables/0']
  ],
  [
    'set from itself',
    sound => {
      topOf(sound).Init = variable('V', 'x')
      topOf(sound).Set = {
        type: 'SetVariable',
        inputs: { name: 'V', value: "@concat(variables('V'), 'x')" },
        runAfter: { Init: ['Succeeded'] }
      }
    },
    ['VariableOfItself #/actions/Set/inputs']
  ],
  [
    'the last item wins',
    sound => {
      topOf(sound).Init = variable('V', 'x')
      const set: FlowAction = { type: 'SetVariable', inputs: { name: 'V', value: "@{items('Each')?['name']}" }, runAfter: {} }
      topOf(sound).Each = { type: 'Foreach', foreach: '@createArray(1)', actions: { Set: set }, runAfter: { Init: ['Succeeded'] } }
      topOf(sound).Read = compose("@variables('V')", 'Each')
    },
    ['LastItemWins #/actions/Each/actions/Set/inputs']
  ]
])
