import t from 'tap'
import { evaluate } from '../../../src/flow/expression/evaluate.ts'
import { ExpressionError } from '../../../src/flow/expression/expression-error.ts'
import type { Json } from '../../../src/flow/json.ts'
import { scopeWith } from '../fixtures/scope.ts'

const scope = scopeWith({
  trigger: {
    headers: { 'X-MS-Signature': 'c2ln' },
    body: { ResourceUri: 'https://api.example/r/1', nothing: null, list: [{ id: 1 }, { id: 2 }] }
  },
  actions: { Get: { statusCode: 200, body: { id: 'A', name: null, 'a/b': 'flat' } }, Compose: 'composed' },
  variables: { Count: 3, Empty: '' },
  items: { Each: { n: 1 } },
  item: { n: 2 }
})

function failureOf(text: string): Error {
  try {
    return new Error(`No failure but ${JSON.stringify(evaluate(text, scope))}`)
  } catch (error) {
    return error as Error
  }
}

t.test('a whole expression keeps its type, a text around makes a text', async t => {
  const cases: [value: Json, expected: Json][] = [
    ["@variables('Count')", 3],
    ["@{variables('Count')}", '3'],
    ["@triggerBody()?['list']", [{ id: 1 }, { id: 2 }]],
    ["x @{triggerBody()?['list']} y", 'x [{"id":1},{"id":2}] y'],
    ["@{triggerBody()?['nothing']}", ''],
    ["[@{triggerBody()?['nothing']}]", '[]'],
    ['@{equals(1,1)}', 'True'],
    ['@@literal', '@literal'],
    [
      { a: ["@variables('Count')", 4], "@{concat('k','ey')}": true, '@@odata.type': null },
      { a: [3, 4], key: true, '@odata.type': null }
    ]
  ]
  for (const [value, expected] of cases) t.same(evaluate(value, scope), expected, JSON.stringify(value))
})

t.test('a property named __proto__ is one like any other', async t => {
  const value = evaluate(JSON.parse('{"__proto__":{"x":"@variables(\'Count\')"}}'), scope)
  t.equal(JSON.stringify(value), '{"__proto__":{"x":3}}')
  t.equal(evaluate("@json('{\"a\":1}')?['constructor']", scope), null)
})

t.test('paths', async t => {
  const cases: [text: string, expected: Json][] = [
    ["@outputs('Get')?['body/id']", 'A'],
    ["@outputs('Get')?['body/missing/deeper']", null],
    ["@outputs('Get')['body']['a/b']", 'flat'],
    ["@body('Get')?['name']?['first']", null],
    ["@body('Get').id", 'A'],
    ["@triggerOutputs()['headers']['x-ms-signature']", 'c2ln'],
    ["@triggerBody()?['list'][1]['id']", 2],
    ["@triggerBody()?['list']?[7]?['id']", null],
    ["@body('NotYet')", null],
    ["@outputs('Compose')", 'composed'],
    ["@actions('Get')['status']", 'Succeeded'],
    ["@actions('Get').outputs.statusCode", 200],
    ["@items('Each')?['n']", 1],
    ["@item()['n']", 2],
    ["@first(result('Try'))['name']", 'in Try'],
    ["@workflow()['run']['name']", 'run-1'],
    ["@parameters('P')", 'parameter P']
  ]
  for (const [text, expected] of cases) t.same(evaluate(text, scope), expected, text)
})

t.test('what fails says it as the platform does', async t => {
  const cases: [text: string, message: RegExp][] = [
    ["@body('Get')['missing']", /cannot be evaluated because property 'missing' doesn't exist, available properties are 'id, name, a\/b'/],
    ["@body('Get')?['name']['first']", /property 'first' cannot be selected. Property selection is not supported on values of type 'Null'/],
    ["@body('Get')?['id']?['x']", /not supported on values of type 'String'/],
    ["@triggerBody()?['list']['id']", /Array elements can only be selected using an integer index/],
    ["@triggerBody()?['list'][2]", /array index '2' is outside bounds \(0, 1\) of array/],
    [
      "@encodeURIComponent(body('Get')?['name'])",
      /function 'encodeURIComponent' expects its parameter to be a string. The provided value is of type 'Null'/
    ],
    ["@split(null, ',')", /function 'split' expects its first parameter to be of type string. The provided value is of type 'Null'/],
    ['@length(null)', /expects its parameter to be an array or a string. The provided value is of type 'Null'/],
    ['@greater(null, 1)', /values of type 'Null' and 'Integer' that do not match/],
    ["@if('true', 1, 2)", /function 'if' expects its first parameter to be of type boolean/],
    ['@and(equals(1,1), null)', /expects its second parameter to be of type boolean/],
    ["@shout('x')", /The template function 'shout' is not defined or not valid/],
    ['@equals(1)', /expects 2 parameters. The function was invoked with '1' parameters/],
    ["@variables('Unknown')", /not declared/],
    ["@xpath(xml('<a/>'),'/a')", /is not evaluated here/],
    ["@body('Get", /is not valid/]
  ]
  for (const [text, message] of cases) {
    const error = failureOf(text)
    t.match(error.message, message, text)
    t.type(error, ExpressionError, text)
  }
})

t.test('an error tells nothing of what could not be read', async t => {
  t.notMatch(failureOf("@json('secret-value')").message, /secret-value/)
  t.notMatch(failureOf("@concat('secret-value").message, /secret-value/)
})

t.test('only the branch that an if takes is evaluated', async t => {
  t.equal(evaluate("@if(empty(body('Get')?['name']), 'none', toUpper(body('Get')?['name']))", scope), 'none')
  t.throws(() => evaluate("@if(not(empty(body('Get')?['name'])), 'none', toUpper(body('Get')?['name']))", scope))
})
