import { join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import t from 'tap'
import { run } from '../fixtures/terminal.ts'

const compose = { type: 'Compose', inputs: "@body('Gone')", runAfter: {} }
const trigger = { type: 'Recurrence', recurrence: { frequency: 'Day', interval: 1 } }
const flow = (actions: object, displayName = 'My flow') => ({
  properties: { displayName, definition: { triggers: { daily: trigger }, actions } }
})
const sound = { Say: { type: 'Compose', inputs: 'x', runAfter: {} } }
const warned = { Try: { type: 'Scope', actions: {}, runAfter: {} } }

const files = {
  'sound.json': JSON.stringify(flow(sound)),
  'warned.json': JSON.stringify(flow(warned)),
  'broken.json': JSON.stringify(flow({ 'Say\u001b[2J': compose }, 'Evil\u202e\nflow')),
  'comma.json': `${JSON.stringify(flow(sound)).slice(0, -1)},}`,
  'none.json': '{"password":hunter2}'
}
const solution = zipSync({
  'solution.xml': strToU8('<x/>'),
  'customizations.xml': strToU8('<x/>'),
  'Workflows/First.json': strToU8(JSON.stringify(flow(sound, 'First'))),
  'Workflows/Second.json': strToU8(JSON.stringify(flow({ Say: compose }, 'Second')))
})

t.test('flow check', async t => {
  const folder = t.testdir({ ...files, 'solution.zip': Buffer.from(solution) })
  const check = (file: string, ...options: string[]) => run(['flow', 'check', join(folder, file), ...options])

  t.match(await check('sound.json', '--strict'), { code: 0, out: 'My flow: nothing to find fault with.\n', note: '' })

  const warning = await check('warned.json')
  t.match(warning, { code: 0, out: /^My flow: 0 errors, 1 warning\.\n {2}warning {2}EmptyScope {2}#\/actions\/Try\n/ })
  t.match(await check('warned.json', '--strict'), { code: 1 })

  const { code, out } = await check('broken.json')
  t.equal(code, 1)
  t.match(out, /1 error, 0 warnings[\s\S]*UnknownAction {2}#\/actions\/Say \[2J\/inputs\n {11}«Gone» is no action/)
  t.notMatch(out, /[\u001b\u202e]/)

  const json = JSON.parse((await check('broken.json', '--json')).out)
  t.match(json, {
    ok: false,
    kind: 'definition',
    notices: [],
    flows: [{ name: 'definition', findings: [{ rule: 'UnknownAction', level: 'error' }] }]
  })

  t.match(await check('solution.zip'), { code: 1, out: /^First: nothing to find fault with\.\n\nSecond: 1 error, 0 warnings\.\n/ })

  t.match(await check('comma.json'), { code: 0, out: /^The package\n {2}warning {2}The file has a comma[\s\S]*My flow: nothing/ })
  t.match(await check('comma.json', '--strict'), { code: 1 })

  const none = await check('none.json')
  t.match(none, { code: 2, out: '', note: /none\.json»: The file is not JSON/ })
  t.notMatch(none.note, /hunter2/)
  t.match(await check('missing.zip'), { code: 2, note: /cannot be read/ })
  t.match(await run(['flow', 'check']), { code: 2, note: /<file> is missing/ })
})
