import t from 'tap'
import { definitionFigures } from '../../src/connector/definition-figures.ts'
import { isObject, type Json } from '../../src/connector/json.ts'
import { lint, lintProperties, rules } from '../../src/connector/lint.ts'
import { placesOf, withValueAt } from '../fixtures/broken-definition.ts'
import { validDefinition, validProperties } from '../fixtures/valid-definition.ts'

t.test('nothing is found in what is valid', async t => {
  t.strictSame(lint(validDefinition()), [])
  t.strictSame(lintProperties(validProperties()), [])
  t.strictSame(lintProperties(validProperties(), validDefinition()), [])
})

t.test('every rule has a name of its own, a level and advice', async t => {
  const all = [...rules.definition, ...rules.properties]
  t.equal(new Set(all.map(({ rule }) => rule)).size, all.length)
  for (const { rule, level, advice } of all) {
    t.match(rule, /^[A-Z][A-Za-z]+$/)
    t.ok(level === 'error' || level === 'warning', rule)
    t.match(advice, /\.$/, rule)
  }
})

t.test('a finding says what to do, where, and how much it matters', async t => {
  t.strictSame(lint(withValueAt(validDefinition(), '#/basePath', 'v1')), [
    { rule: 'BasePathNotValid', level: 'error', advice: 'basePath starts with a slash.', at: '#/basePath' }
  ])
})

t.test('whatever the JSON, the check answers', async t => {
  for (const json of [null, true, 1, 'text', []]) {
    t.match(lint(json), [{ rule: 'NotAnObject', at: '#' }])
    t.match(lintProperties(json), [{ rule: 'PropertiesNotAnObject', at: 'apiProperties.json#' }])
  }
  t.strictSame(
    lint({})
      .filter(({ level }) => level === 'error')
      .map(({ at }) => at),
    ['#/swagger', '#/info/title', '#/info/version', '#/info/description', '#/host'],
    'an empty definition lacks what the top has to say'
  )
  let deep: Json = {}
  for (let depth = 0; depth < 100_000; depth++) deep = { properties: { deep } }
  t.match(lint({ definitions: { deep } }), [{ rule: 'SchemaTooDeep', at: '#' }])
  t.match(lintProperties({ properties: { deep } }, { deep }), [{ rule: 'SchemaTooDeep' }])
})

t.test('whatever stands in whatever place, the check answers', async t => {
  const values: (Json | undefined)[] = [
    ...[undefined, null, 'text', [null], { $ref: '#/definitions/Note' }],
    { toString: null, parameters: [1], responses: null, schema: [], properties: { a: 1 }, required: [{}] }
  ]
  const broken: string[] = []
  const attempt = (what: string, run: () => unknown) => {
    try {
      run()
    } catch (error) {
      broken.push(`${what}: ${(error as Error).message}`)
    }
  }
  for (const at of placesOf(validDefinition()))
    for (const value of values)
      attempt(`${at} = ${JSON.stringify(value)}`, () => {
        const definition = withValueAt(validDefinition(), at, value)
        if (isObject(value)) lintProperties(validProperties(), definition)
        return lint(definition)
      })
  for (const at of placesOf(validProperties()))
    for (const value of values)
      attempt(`${at} = ${JSON.stringify(value)}`, () => lintProperties(withValueAt(validProperties(), at, value), validDefinition()))
  t.strictSame(broken, [])
})

t.test('keys with a meaning of their own in JavaScript are keys like any other', async t => {
  const definition = JSON.parse(JSON.stringify(validDefinition()).replaceAll('"Author"', '"__proto__"').replaceAll('/Author', '/__proto__'))
  t.strictSame(lint(definition), [])
  t.match(
    lint(withValueAt(validDefinition(), '#/definitions/Note/properties/author/$ref', '#/definitions/constructor')).map(({ rule }) => rule),
    ['RefNotFound']
  )
})

t.test('definitions that use each other many times over are looked through in time', async t => {
  const definitions = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [
      `D${index}`,
      {
        type: 'object',
        properties: { one: { $ref: `#/definitions/D${index + 1}` }, two: { $ref: `#/definitions/D${index + 1}` } }
      }
    ])
  )
  const definition = withValueAt(validDefinition(), '#/definitions', {
    ...(validDefinition().definitions as object),
    ...definitions,
    D60: { type: 'string' }
  })
  withValueAt(definition, '#/paths/~1hooks/post/parameters/0/schema/properties/more', { $ref: '#/definitions/D0' })
  t.strictSame(lint(definition), [])
})

t.test('figures say what a definition amounts to', async t => {
  t.strictSame(definitionFigures(validDefinition()), { operations: 8, triggers: 2, fields: 18, summarised: 18 })
  const poorer = withValueAt(validDefinition(), '#/definitions/Author/properties/name/x-ms-summary', undefined)
  t.match(definitionFigures(poorer), { fields: 18, summarised: 17 })
  t.match(definitionFigures(null), { operations: 0, fields: 0 })
})
