import t from 'tap'
import { parseTemplate } from '../../../src/flow/expression/parse-template.ts'
import { printExpression } from '../../../src/flow/expression/print-expression.ts'
import { ExpressionSyntaxError, type Template } from '../../../src/flow/expression/syntax.ts'

function shown(template: Template): unknown {
  if (template.kind === 'text') return { text: template.text }
  if (template.kind === 'expression') return printExpression(template.expression)
  return template.parts.map(part => (typeof part === 'string' ? part : { of: printExpression(part) }))
}

t.test('what a text is', async t => {
  const cases: [text: string, expected: unknown][] = [
    ['plain', { text: 'plain' }],
    ['', { text: '' }],
    ['@', { text: '@' }],
    ['a@b.example', { text: 'a@b.example' }],
    ['@@odata.type', { text: '@odata.type' }],
    ['@@', { text: '@' }],
    [" @body('X')", { text: " @body('X')" }],
    ["Answer is: @@{variables('x')}", { text: "Answer is: @{variables('x')}" }],
    ["@body('X')?['a']['b']", "body('X')?['a']['b']"],
    ["@body('X')?.a.b[0]?[1]", "body('X')?['a']['b'][0]?[1]"],
    ["@concat('it''s', \"\" )".replace(/, ""/, ''), "concat('it''s')"],
    ['@if(equals(1.5,-2), true, null)', 'if(equals(1.5,-2),true,null)'],
    ['@TRUE', 'true'],
    ['@add(1e3,\n  +2)', 'add(1000,2)'],
    ["@outputs('X')?['body/a']  ", "outputs('X')?['body/a']"],
    ["@items('L')[variables('i')]", "items('L')[variables('i')]"],
    ["@{body('X')}", [{ of: "body('X')" }]],
    ["a @{ concat('}','@{') } b@{1}", ['a ', { of: "concat('}','@{')" }, ' b', { of: '1' }]],
    ['@{1}@@{2}@{3}', [{ of: '1' }, '@{2}', { of: '3' }]],
    ['x@@y@{1}', ['x@@y', { of: '1' }]]
  ]
  for (const [text, expected] of cases) t.same(shown(parseTemplate(text)), expected, text)
})

t.test('what cannot be read says where', async t => {
  const cases: [text: string, at: number][] = [
    ["@body('X'", 9],
    ["@body('X", 6],
    ['@body(X)', 6],
    ['@body', 1],
    ["@body('X')]", 10],
    ["@body('X') and more", 11],
    ["@body('X')?", 11],
    ["@body('X').", 11],
    ['@concat(1,)', 10],
    ['@12ab', 3],
    ["a @{body('X'} b", 12],
    ["a @{body('X') b", 14],
    ['@{}', 2],
    ['@user', 1]
  ]
  for (const [text, at] of cases) {
    try {
      parseTemplate(text)
      t.fail(text)
    } catch (error) {
      t.type(error, ExpressionSyntaxError, text)
      t.equal((error as ExpressionSyntaxError).at, at, text)
    }
  }
})

t.test('what was made to hurt is refused, and not with a stack overflow', async t => {
  t.throws(() => parseTemplate(`@${'not('.repeat(50_000)}`), { message: /too deeply/ })
  t.throws(() => parseTemplate(`@a()${'?[0]'.repeat(50_000)}`), { message: /too many steps/ })
  t.equal(parseTemplate(`@concat('${"''".repeat(500_000)}')`).kind, 'expression')
})
