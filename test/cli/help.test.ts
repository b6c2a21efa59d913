import t from 'tap'
import { everyCommand, commands as loaders } from '../../src/cli/commands.ts'
import { run } from '../fixtures/terminal.ts'

const commands = await everyCommand()

t.test('each command is found by the name that it has', async t => {
  t.same(
    commands.map(({ name }) => name),
    Object.keys(loaders)
  )
})

t.test('help lists every command and exits 0', async t => {
  const { code, out, note } = await run(['--help'])
  t.equal(code, 0)
  t.equal(note, '')
  for (const { name, summary } of commands) t.match(out, new RegExp(`${name} +${summary.slice(0, 20)}`))
})

t.test('no command at all shows the help and exits 2', async t => {
  t.match(await run([]), { code: 2, out: /Commands/ })
})

t.test('every command has a help with usage, options and examples', async t => {
  for (const { name, examples } of commands) {
    const { code, out } = await run([...name.split(' '), '--help'])
    t.equal(code, 0, name)
    t.match(out, `referral-connector ${name}`, name)
    for (const example of examples) t.ok(out.includes(example), example)
    t.match(out, '--help', name)
  }
})

t.test('-h is --help everywhere', async t => {
  t.same(await run(['-h']), await run(['--help']))
  for (const { name } of commands) t.same(await run([...name.split(' '), '-h']), await run([...name.split(' '), '--help']), name)
})

t.test('the first word of several commands lists them: exit code 0 for help, 2 for the bare word', async t => {
  const groups = new Set(commands.flatMap(({ name }) => (name.includes(' ') ? (name.split(' ')[0] ?? []) : [])))
  // It is a command of its own.
  groups.delete('timeline')
  for (const group of groups) {
    const members = commands.filter(({ name }) => name.startsWith(`${group} `))
    const help = await run([group, '--help'])
    t.match(help, { code: 0, note: '' })
    for (const { name, summary } of members) t.match(help.out, new RegExp(`${name} +${summary.slice(0, 20)}`))
    t.notMatch(help.out, 'demo')
    t.same(await run([group, '-h']), help)
    t.match(await run([group]), { code: 2, out: help.out })
    t.match(await run([group, 'dance']), { code: 2, out: '', note: `«${group} dance». Run «referral-connector ${group} --help»` })
  }
})

t.test('--version prints the version of the package', async t => {
  t.match(await run(['--version']), { code: 0, out: /^\d+\.\d+\.\d+\n$/ })
})

const env = { DATA_DIR: t.testdir(), ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') }
const misunderstood: { words: string[]; says: RegExp }[] = [
  { words: ['dance'], says: /no command «dance»/ },
  { words: ['demo', '--tampr', 'body'], says: /--tampr/ },
  { words: ['demo', '--tamper', 'moon'], says: /--tamper is one of: body, certificate, host, algorithm/ },
  { words: ['demo', 'extra'], says: /«extra» is one argument too many/ },
  { words: ['demo', '--referral', 'no-such-file.json'], says: /no-such-file\.json» cannot be read/ },
  { words: ['sync'], says: /<referral-id> is missing/ },
  { words: ['sync', 'abc'], says: /The referral id is a GUID/ },
  { words: ['timeline', 'abc'], says: /The referral id is a GUID/ },
  { words: ['referral', 'get', 'abc'], says: /The referral id is a GUID/ },
  { words: ['serve', '--port', 'abc'], says: /--port is a whole number from 0 to 65535/ },
  { words: ['serve', '--port', '70000'], says: /--port is a whole number/ },
  { words: ['serve', '--host', ''], says: /--host is an address/ },
  { words: ['key', 'create', ''], says: /<name> is 1 to 100 printable characters/ },
  { words: ['key', 'create', ' '], says: /<name> is/ },
  { words: ['key', 'create', 'a\u001b[2J'], says: /<name> is/ },
  { words: ['key', 'create', 'a'.repeat(101)], says: /<name> is/ },
  { words: ['jobs', 'drop', '--all', '--kind', 'reconcile', '--yes'], says: /a schedule, .*RECONCILE_MINUTES=0/ },
  { words: ['referral', 'list', '--top', '0'], says: /--top is a whole number from 1 to 100/ },
  { words: ['key', 'create'], says: /<name> is missing/ },
  { words: ['validate-callback', 'a', 'b', '--at', 'soon'], says: /--at is a date/ },
  { words: ['validate-callback', 'no-headers', 'no-body'], says: /no-headers» cannot be read/ },
  { words: ['connector', 'check', 'no-such.json'], says: /no-such\.json» cannot be read/ }
]
for (const { words, says } of misunderstood)
  t.test(`«${words.join(' ')}» is not understood: exit code 2, one line on stderr, nothing on stdout`, async t => {
    const { code, out, note } = await run(words, env)
    t.equal(code, 2)
    t.equal(out, '')
    t.match(note, says)
    t.equal(note.trim().split('\n').length, 1)
  })

t.test('a setting that is wrong is named with what to do, and its value is not shown', async t => {
  const { code, out, note } = await run(['sync', '4111fffc-f9ee-4d53-bba6-569135228642'], { ENCRYPTION_KEY: 'my-secret-words' })
  t.equal(code, 1)
  t.equal(out, '')
  t.match(note, /^CONFIG_INVALID: The setting ENCRYPTION_KEY must be 32 bytes/)
  t.notMatch(note, 'my-secret-words')
})

t.test('each setting that is wrong is told as one, whatever the command', async t => {
  const wrong: Record<string, string>[] = [
    { LOG_LEVEL: 'verbose' },
    { TRUST_PROXY: 'foo' },
    { SUBSCRIBER_HOSTS: 'https://foo' },
    { API_TENANT_ID: 'a' }
  ]
  for (const setting of wrong) {
    const [name = ''] = Object.keys(setting)
    for (const words of [
      ['serve', '--port', '0'],
      ['serve', '--sandbox', '--port', '0'],
      ['webhook', 'status'],
      ['key', 'list']
    ])
      t.match(
        await run(words, { ...env, ...setting }),
        { code: 1, out: '', note: /^CONFIG_INVALID: The setting / },
        `${name} ${words.join(' ')}`
      )
    const { out } = await run(['doctor', '--json'], { ...env, ...setting })
    t.match(JSON.parse(out), [{ what: 'Settings', ok: false, code: 'CONFIG_INVALID' }], name)
  }
})

t.test('an empty LOG_LEVEL is not set', async t => {
  for (const LOG_LEVEL of ['', '  '])
    t.match(await run(['webhook', 'status'], { ...env, LOG_LEVEL }), { code: 1, note: /^CONFIG_INVALID: .*PUBLIC_URL/ })
})

t.test('an error of this program names no request id, and with LOG_LEVEL=debug where it came up', async t => {
  const broken = {
    get DATA_DIR(): string {
      throw new TypeError('broken')
    }
  }
  const { code, note } = await run(['key', 'list'], broken)
  t.equal(code, 1)
  t.match(note, /^INTERNAL: .*LOG_LEVEL=debug/)
  t.notMatch(note, 'request id')
  t.match(
    (await run(['key', 'list'], Object.defineProperties({ LOG_LEVEL: 'debug' }, Object.getOwnPropertyDescriptors(broken)))).note,
    /TypeError: broken\n +at /
  )
})
