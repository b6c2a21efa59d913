import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Json, JsonObject } from '../../src/connector/json.ts'
import { withValueAt } from '../fixtures/broken-definition.ts'
import { run } from '../fixtures/terminal.ts'
import { validDefinition, validProperties } from '../fixtures/valid-definition.ts'

const check = (...words: string[]) => run(['connector', 'check', ...words])
const keepNote = '#/paths/~1notes~1{noteId}/put'
const warned = () => withValueAt(validDefinition(), `${keepNote}/operationId`, 'keep_note')
const refused = () => withValueAt(validDefinition(), `${keepNote}/parameters/0/required`, false)

function filesIn(folder: string, files: Record<string, Json>): (name: string) => string {
  return name => join(folder, Object.keys(files).includes(name) ? name : '')
}

t.test('a definition of others fails by errors, and by warnings when they are to count', async t => {
  const files = { valid: validDefinition(), warned: warned(), refused: refused() }
  const at = filesIn(t.testdir(textsOf(files)), files)
  t.match(await check(at('valid')), {
    code: 0,
    out: /within the rules\.\n0 errors, 0 warnings; 8 operations \(2 triggers\), .* 100 % of 18 fields/
  })
  t.match(await check(at('warned')), {
    code: 0,
    out: /^warning {2}OperationIdNotPascalCase: .*\n {2}#\/paths\/~1notes~1\{noteId\}\/put\n\n0 errors, 1 warning;/
  })
  t.match(await check(at('warned'), '--strict'), { code: 1 })
  t.match(await check(at('refused')), { code: 1, out: /^error {2}PathParameterMustBeRequired: [\s\S]*1 error, 0 warnings;/ })
})

t.test('JSON has the findings, what they amount to, and whether all is well', async t => {
  const files = { refused: refused() }
  const { code, out } = await check(filesIn(t.testdir(textsOf(files)), files)('refused'), '--json')
  t.equal(code, 1)
  const { advice: _advice, ...first } = JSON.parse(out).findings[0]
  t.strictSame(first, { rule: 'PathParameterMustBeRequired', level: 'error', at: `${keepNote}/parameters/0` })
  t.match(JSON.parse(out), {
    ok: false,
    summary: { errors: 1, warnings: 0, operations: 8, triggers: 2, fields: 18, summarised: 18, summarisedPercent: 100 }
  })
})

t.test('the properties are checked beside the definition', async t => {
  const files = {
    valid: validDefinition(),
    properties: validProperties(),
    wrong: withValueAt(validProperties(), '#/properties/version', 1)
  }
  const at = filesIn(t.testdir(textsOf(files)), files)
  t.match(await check(at('valid'), '--properties', at('properties')), { code: 0 })
  t.match(await check(at('valid'), '--properties', at('wrong')), {
    code: 1,
    out: /PropertyNotKnown.*\n {2}apiProperties\.json#\/properties\/version/
  })
  t.match(await check('--properties', at('wrong')), { code: 1, out: /PropertyNotKnown/ }, 'beside our own definition too')
})

t.test('a new version is held against the old one', async t => {
  const files = { old: validDefinition(), broken: gone(), renamed: withValueAt(validDefinition(), `${keepNote}/deprecated`, true) }
  const at = filesIn(t.testdir(textsOf(files)), files)
  t.match(await check(at('broken'), '--against', at('old')), {
    code: 1,
    out: /error {2}OperationRemoved: .*\n {2}#\/paths\/~1pictures\/post/
  })
  t.match(await check(at('renamed'), '--against', at('old')), { code: 0, out: /warning {2}OperationDeprecated/ })
  t.match(await check(at('renamed'), '--against', at('old'), '--strict'), { code: 1 })
  t.match(await check(at('old'), '--against', at('old')), { code: 0 })
})

t.test('our own is clean of warnings too, and its changes are told', async t => {
  t.match(await check('--json'), { code: 0, out: /^\{"ok":true,"findings":\[\]/ })
  const own = JSON.parse(readFileSync(new URL('../../apiDefinition.swagger.json', import.meta.url), 'utf8'))
  const older = withValueAt(own, '#/paths/~1v1~1old', { get: { operationId: 'Old', responses: {} } })
  const files = { older }
  t.match(await check('--against', filesIn(t.testdir(textsOf(files)), files)('older')), {
    code: 1,
    out: /OperationRemoved.*\n {2}#\/paths\/~1v1~1old\/get/
  })
})

t.test('the rules are listed, those of changes too', async t => {
  const { code, out } = await check('--rules')
  t.equal(code, 0)
  for (const name of ['FileStale', 'SpecificationVersionIncorrect', 'IconBrandColorNotValid', 'OperationRemoved']) t.match(out, name)
  const lists = JSON.parse((await check('--rules', '--json')).out)
  t.strictSame(Object.keys(lists), ['files', 'definition', 'properties', 'changes'])
  const all = Object.values(lists).flat() as { level: string; advice: string }[]
  t.ok(all.length > 100 && all.every(({ level, advice }) => ['error', 'warning'].includes(level) && advice !== ''))
})

t.test('what cannot be read is a misunderstanding, told in one line', async t => {
  const folder = t.testdir({ mark: `\uFEFF${JSON.stringify(validDefinition())}`, comment: '{ // no\n}', list: '[]', number: '7' })
  t.match(await check(join(folder, 'mark')), { code: 0, out: /warning {2}ByteOrderMark/ })
  t.match(await check(join(folder, 'comment')), { code: 2, note: /^«.*» is not JSON: [^\n]*\n$/ })
  t.match(await check(join(folder, 'none')), { code: 2, note: /cannot be read\. Run «referral-connector connector check --help»\.\n$/ })
  t.match(await check(join(folder, 'list')), { code: 1, out: /NotAnObject/ })
  t.match(await check(join(folder, 'mark'), '--against', join(folder, 'number')), { code: 2, note: /is no definition/ })
})

t.test('what a file says does not steer the terminal', async t => {
  const files = { odd: withValueAt(validDefinition(), '#/paths/~1a\n\u001b[31mb?', {}) }
  const { out } = await check(filesIn(t.testdir(textsOf(files)), files)('odd'))
  t.match(out, /\n {2}#\/paths\/~1a \[31mb\?\n/)
})

t.test('of many places a few are shown, and JSON has all', async t => {
  const paths = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`/${index}?`, {}]))
  const files = { many: { ...validDefinition(), paths: { ...(validDefinition().paths as JsonObject), ...paths } } }
  const file = filesIn(t.testdir(textsOf(files)), files)('many')
  t.match((await check(file)).out, /\n {2}and 20 places more\n/)
  t.equal(JSON.parse((await check(file, '--json')).out).findings.length, 30)
})

function gone(): JsonObject {
  return withValueAt(validDefinition(), '#/paths/~1pictures', undefined)
}

function textsOf(files: Record<string, Json>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, json]) => [name, JSON.stringify(json)]))
}
