import t from 'tap'
import type { FlowAction } from '../../../src/flow/flow-definition.ts'
import type { Json } from '../../../src/flow/json.ts'
import { findingsOf, finds } from '../fixtures/findings.ts'
import { actionsOf, topOf } from '../fixtures/sound-flow.ts'

const compose = (inputs: Json, after = 'Validate'): FlowAction => ({ type: 'Compose', inputs, runAfter: { [after]: ['Succeeded'] } })
const when = (expression: Json, actions: Record<string, FlowAction>, no: Record<string, FlowAction> = {}): FlowAction => ({
  type: 'If',
  expression,
  actions,
  else: { actions: no },
  runAfter: { Validate: ['Succeeded'] }
})
const inside = (inputs: Json): FlowAction => ({ type: 'Compose', inputs, runAfter: {} })
const inTry = '#/actions/Try/actions'
const path = "body('Validate')?['name']"
const encode = `@uriComponent(${path})`

finds('a text that is made from null is never null', [
  [
    'a variable that is filled by a text',
    sound => {
      const id = "@{triggerBody()?['id']}"
      topOf(sound).Init = { type: 'InitializeVariable', inputs: { variables: [{ name: 'Id', type: 'String', value: id }] }, runAfter: {} }
      const condition = { not: { equals: ["@variables('Id')", '@null'] } }
      const set: FlowAction = {
        type: 'SetVariable',
        inputs: { name: 'Id', value: "@body('New')?['id']" },
        runAfter: { New: ['Succeeded'] }
      }
      topOf(sound).Which = { ...when(condition, {}, { New: inside('x'), Set: set }), runAfter: { Init: ['Succeeded'] } }
    },
    ['NeverNull #/actions/Which/expression']
  ],
  [
    'a variable that is filled by the value',
    sound => {
      const id = "@triggerBody()?['id']"
      topOf(sound).Init = { type: 'InitializeVariable', inputs: { variables: [{ name: 'Id', type: 'String', value: id }] }, runAfter: {} }
      topOf(sound).Which = { ...when({ equals: ["@variables('Id')", '@null'] }, {}), runAfter: { Init: ['Succeeded'] } }
    },
    []
  ],
  [
    'a text in an expression',
    sound => (actionsOf(sound).New = compose(`@equals(concat('', ${path}), null)`)),
    [`NeverNull ${inTry}/New/inputs`]
  ]
])

finds('quotes of their own', [
  [
    'in a condition',
    sound => (actionsOf(sound).If = when({ equals: [`@${path}`, "'Closed'"] }, {})),
    [`QuotedLiteral ${inTry}/If/expression`]
  ],
  ['in an expression', sound => (actionsOf(sound).New = compose(`@equals(${path}, '''Closed''')`)), [`QuotedLiteral ${inTry}/New/inputs`]],
  ['an apostrophe is no quote', sound => (actionsOf(sound).New = compose(`@equals(${path}, 'it''s')`)), []]
])

finds('null where it fails', [
  ['untested', sound => (actionsOf(sound).New = compose(encode)), [`NullRefused ${inTry}/New/inputs`]],
  [
    'by another way to the same data',
    sound =>
      (actionsOf(sound).If = when(
        { not: { equals: [`@${path}`, '@null'] } },
        { New: inside("@uriComponent(outputs('Validate')?['body/name'])") }
      )),
    []
  ],
  [
    'a list that may be missing',
    sound =>
      (actionsOf(sound).Each = {
        type: 'Foreach',
        foreach: `@${path}`,
        actions: { In: inside('x') },
        runAfter: { Validate: ['Succeeded'] }
      }),
    [`NullRefused ${inTry}/Each/foreach`]
  ],
  ['with something instead', sound => (actionsOf(sound).New = compose(`@uriComponent(coalesce(${path}, ''))`)), []],
  [
    'tested by the condition around',
    sound => (actionsOf(sound).If = when({ not: { equals: [`@${path}`, '@null'] } }, { New: inside(encode) })),
    []
  ],
  ['tested by empty', sound => (actionsOf(sound).If = when(`@empty(${path})`, {}, { New: inside(encode) })), []],
  [
    'tested for the branch that is not taken',
    sound => (actionsOf(sound).If = when(`@empty(${path})`, { New: inside(encode) })),
    [`NullRefused ${inTry}/If/actions/New/inputs`]
  ],
  [
    'compared with a value',
    sound => (actionsOf(sound).If = when({ or: [{ equals: [`@${path}`, 'a'] }, { equals: [`@${path}`, 'b'] }] }, { New: inside(encode) })),
    []
  ],
  [
    'tested in one row of two',
    sound => (actionsOf(sound).If = when({ or: [{ equals: [`@${path}`, 'a'] }, { equals: [1, 1] }] }, { New: inside(encode) })),
    [`NullRefused ${inTry}/If/actions/New/inputs`]
  ],
  [
    'tested in the row before',
    sound => (actionsOf(sound).If = when({ and: [{ not: { equals: [`@${path}`, '@null'] } }, { greater: [`@length(${path})`, 0] }] }, {})),
    []
  ],
  ['tested by the if around', sound => (actionsOf(sound).New = compose(`@if(empty(${path}), null, uriComponent(${path}))`)), []],
  [
    'tested by a condition that ends the run',
    sound => {
      actionsOf(sound).Stop = when(
        { equals: [`@${path}`, '@null'] },
        { End: { type: 'Terminate', inputs: { runStatus: 'Succeeded' }, runAfter: {} } }
      )
      actionsOf(sound).New = compose(encode, 'Stop')
    },
    []
  ],
  [
    'tested by the case',
    sound =>
      (actionsOf(sound).Switch = {
        type: 'Switch',
        expression: `@${path}`,
        cases: { A: { case: 'a', actions: { New: inside(encode) } } },
        runAfter: { Validate: ['Succeeded'] }
      }),
    []
  ],
  [
    'tested by the trigger',
    sound => {
      sound.trigger.conditions = [{ expression: "@not(equals(triggerBody()?['id'], null))" }]
      actionsOf(sound).New = compose("@uriComponent(triggerOutputs()?['body/id'])")
    },
    []
  ],
  ['the list of an answer is always there', sound => (actionsOf(sound).New = compose("@first(outputs('Validate')?['body/value'])")), []]
])

finds("'' is not null", [
  ['untested', sound => (actionsOf(sound).If = when({ equals: [`@${path}`, ''] }, {})), [`EmptyIsNotNull ${inTry}/If/expression`]],
  [
    'null is looked for too',
    sound => (actionsOf(sound).If = when({ or: [{ equals: [`@${path}`, ''] }, { equals: [`@${path}`, '@null'] }] }, {})),
    []
  ]
])

t.test('null that is expected somewhere else is an error, null that only might be is a warning', async t => {
  const [only] = findingsOf(sound => (actionsOf(sound).New = compose(encode)))
  t.equal(only?.level, 'warning')
  const [expected] = findingsOf(sound => {
    actionsOf(sound).New = compose(encode)
    actionsOf(sound).Test = compose(`@equals(${path}, null)`)
  })
  t.equal(expected?.level, 'error')
  const [declared] = findingsOf(sound => {
    const schema = { properties: { name: { type: ['string', 'null'] } } }
    actionsOf(sound).Parse = { type: 'ParseJson', inputs: { content: "@body('Validate')", schema }, runAfter: { Validate: ['Succeeded'] } }
    actionsOf(sound).New = compose("@uriComponent(body('Parse')?['name'])", 'Parse')
  })
  t.equal(declared?.level, 'error')
})
