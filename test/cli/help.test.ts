import t from 'tap'
import { commands } from '../../src/cli/commands.ts'
import { run } from '../fixtures/terminal.ts'

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

t.test('--version prints the version of the package', async t => {
  t.match(await run(['--version']), { code: 0, out: /^\d+\.\d+\.\d+\n$/ })
})

const misunderstood: { words: string[]; says: RegExp }[] = [
  { words: ['dance'], says: /no command «dance»/ },
  { words: ['demo', '--tampr', 'body'], says: /--tampr/ },
  { words: ['demo', '--tamper', 'moon'], says: /--tamper is one of: body, certificate, host, algorithm/ },
  { words: ['demo', 'extra'], says: /«extra» is one argument too many/ },
  { words: ['demo', '--referral', 'no-such-file.json'], says: /no-such-file\.json» cannot be read/ },
  { words: ['sync'], says: /<referral-id> is missing/ },
  { words: ['referral', 'list', '--top', '0'], says: /--top is a whole number from 1 to 100/ },
  { words: ['key', 'create'], says: /<name> is missing/ },
  { words: ['validate-callback', 'a', 'b', '--at', 'soon'], says: /--at is a date/ },
  { words: ['validate-callback', 'no-headers', 'no-body'], says: /no-headers» cannot be read/ },
  { words: ['connector', 'check', 'no-such.json'], says: /no-such\.json» cannot be read/ }
]
for (const { words, says } of misunderstood)
  t.test(`«${words.join(' ')}» is not understood: exit code 2, one line on stderr, nothing on stdout`, async t => {
    const { code, out, note } = await run(words)
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
