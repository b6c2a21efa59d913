import { readFileSync } from 'node:fs'
import t from 'tap'
import { judgeLicences } from '../../scripts/supply-chain/judge-licences.ts'
import { isSatisfied } from '../../scripts/supply-chain/licence-expression.ts'

const allowed = new Set(['MIT', 'ISC'])

t.test('a licence expression is satisfied by one side of OR and by both of AND', async t => {
  const rows: [expression: string, isSatisfied: boolean][] = [
    ['MIT', true],
    ['GPL-3.0-only', false],
    ['MIT OR GPL-3.0-only', true],
    ['GPL-3.0-only OR MIT', true],
    ['MIT AND ISC', true],
    ['MIT AND GPL-3.0-only', false],
    ['(MIT OR GPL-2.0)', true],
    ['GPL-2.0 OR MIT AND ISC', true],
    ['MIT OR ISC AND GPL-2.0', true],
    ['(MIT OR ISC) AND GPL-2.0', false],
    ['GPL-2.0 AND MIT OR ISC', true],
    ['((MIT))', true]
  ]
  for (const [expression, expected] of rows) t.equal(isSatisfied(expression, allowed), expected, expression)
})

t.test('what cannot be read, or is another licence than it looks, is not satisfied', async t => {
  for (const expression of [
    '',
    'UNLICENSED',
    'SEE LICENSE IN MIT',
    'MIT WITH Commons-Clause',
    'MIT+',
    'mit',
    'MIT ISC',
    'MIT OR',
    'OR MIT',
    'MIT or GPL-2.0',
    '(MIT',
    'MIT)',
    '()',
    'MIT OR (GPL-2.0',
    'MIT, ISC'
  ])
    t.equal(isSatisfied(expression, allowed), false, `«${expression}»`)
})

const judged = (locked: object, manifest?: object) =>
  judgeLicences({ packages: { '': {}, 'node_modules/one': { version: '1.0.0', ...locked } } }, () => manifest)[0]

t.test('the licence stands in the lock file, or else in the installed package', async t => {
  t.match(judged({ license: 'MIT' }, { license: 'GPL-2.0' }), { licence: 'MIT', isAllowed: true })
  t.match(judged({}, { license: 'ISC' }), { licence: 'ISC', isAllowed: true })
  t.match(judged({}, { license: { type: 'MIT', url: 'https://example.com' } }), { licence: 'MIT', isAllowed: true })
  t.match(judged({}, { licenses: [{ type: 'MIT' }] }), { licence: 'MIT', isAllowed: true })
  t.match(judged({}, { licenses: [{ type: 'GPL-2.0' }, { type: 'MIT' }] }), { licence: '(GPL-2.0) OR (MIT)', isAllowed: true })
  t.match(judged({}, {}), { licence: undefined, isAllowed: false })
  t.match(judged({}), { licence: undefined, isAllowed: false })
})

t.test('what ships is judged more strictly than what only the development uses', async t => {
  t.match(judged({ license: 'Python-2.0' }), { ships: true, isAllowed: false })
  t.match(judged({ license: 'Python-2.0', optional: true }), { ships: true, isAllowed: false })
  t.match(judged({ license: 'Python-2.0', devOptional: true }), { ships: true, isAllowed: false })
  t.match(judged({ license: 'Python-2.0', dev: true }), { ships: false, isAllowed: true })
  t.match(judged({ license: 'GPL-3.0-only', dev: true }), { ships: false, isAllowed: false })
})

t.test('a package goes by its own name, not by that of its folder', async t => {
  const lock = {
    packages: { 'node_modules/a/node_modules/@scope/b': { version: '2.0.0' }, 'node_modules/alias': { name: 'real', version: '3.0.0' } }
  }
  t.same(
    judgeLicences(lock, () => undefined).map(({ id }) => id),
    ['@scope/b@2.0.0', 'real@3.0.0']
  )
})

t.test('every package of this repository is under a licence on the list', async t => {
  const packages = judgeLicences(JSON.parse(readFileSync('package-lock.json', 'utf8')), () => undefined)
  t.ok(packages.length > 100)
  t.same(
    packages.filter(({ isAllowed }) => !isAllowed),
    []
  )
})
