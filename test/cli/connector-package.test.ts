import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { run } from '../fixtures/terminal.ts'

const names = [
  ...['callback-to-lead-built-in.zip', 'callback-to-lead.zip', 'connector-solution.zip', 'flow-solution.zip'],
  ...['lead-to-referral.zip', 'referral-to-dataverse.zip', 'referral-to-lead.zip']
]

t.test('connector package writes every zip and says what is in it', async t => {
  const out = join(t.testdir(), 'new/folder')
  const { code, out: said, note } = await run(['connector', 'package', '--out', out])
  t.equal(code, 0, note)
  t.strictSame(readdirSync(out), names)
  for (const name of names) {
    t.ok(said.includes(name), name)
    const digest = createHash('sha256')
      .update(readFileSync(join(out, name)))
      .digest('hex')
    t.ok(said.includes(digest), 'with its digest')
  }
  t.match(said, /Microsoft\.Flow\/flows\/manifest\.json/)
})

t.test('what else is in the folder stays, and a second time gives the same', async t => {
  const out = t.testdir({ 'mine.txt': 'mine' })
  const first = await run(['connector', 'package', '--out', out, '--json'])
  writeFileSync(join(out, 'flow-solution.zip'), 'old')
  const second = await run(['connector', 'package', '--out', out, '--json'])
  t.equal(second.out, first.out)
  t.equal(readFileSync(join(out, 'mine.txt'), 'utf8'), 'mine')
  const { ok, packages } = JSON.parse(first.out)
  t.equal(ok, true)
  for (const { file, bytes, sha256, members } of packages) {
    const content = readFileSync(file)
    t.equal(content.length, bytes)
    t.equal(createHash('sha256').update(content).digest('hex'), sha256)
    t.ok(members.length >= 5)
  }
})

t.test('one package alone, for a host and a column', async t => {
  const out = t.testdir()
  const words = ['--only', 'lead-to-referral', '--referral-column', 'contoso_deal', '--host', 'referrals.contoso.com:8443']
  t.equal((await run(['connector', 'package', '--out', out, ...words])).code, 0)
  t.strictSame(readdirSync(out), ['lead-to-referral.zip'])
})

t.test('what was not understood is said before anything is written', async t => {
  const out = join(t.testdir(), 'none')
  for (const [words, message] of [
    [['--only', 'everything'], /--only is one of: referral-to-lead/],
    [['--host', 'https://referrals.contoso.com'], /--host is a host alone/],
    [['--host', 'referrals.contoso.com/x'], /--host is a host alone/],
    [['--host', 'a b'], /--host is a host alone/],
    [['--referral-column', "x') or true"], /--referral-column is the logical name/],
    [['--surprise'], /Unknown option/]
  ] as const) {
    const { code, note } = await run(['connector', 'package', '--out', out, ...words])
    t.equal(code, 2)
    t.match(note, message)
  }
  t.notOk(existsSync(out))
})

t.test('a folder that cannot be one is named', async t => {
  const dir = t.testdir({ file: '' })
  const { code, note } = await run(['connector', 'package', '--out', join(dir, 'file')])
  t.equal(code, 2)
  t.match(note, /The folder «.*file» cannot be made/)
})
