import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openStore } from '../../src/store/open-store.ts'
import { localServer } from '../fixtures/local-server.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const key = Buffer.alloc(32, 7)
const settings = { ENCRYPTION_KEY: key.toString('base64'), PATH: process.env.PATH ?? '' }

/** The command line as a process of its own; `stdout` is a file descriptor when somebody else has it. */
function start(words: string[], { env = {}, cwd, stdout }: { env?: Record<string, string>; cwd: string; stdout?: number }) {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main, ...words], {
    cwd,
    env: { ...settings, DATA_DIR: cwd, ...env },
    stdio: ['ignore', stdout ?? 'pipe', 'pipe']
  })
  let note = ''
  child.stderr?.setEncoding('utf8').on('data', text => {
    note += text
  })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, note }))
  return { child, ended }
}

t.test('a key that could not be written to stdout is no success', { skip: process.platform !== 'linux' }, async t => {
  const cwd = t.testdir()
  const { ended } = start(['key', 'create', 'one'], { cwd, stdout: openSync('/dev/full', 'w') })
  t.match(await ended, { code: 1, note: /could not be written to stdout \(ENOSPC\)/ })
})

t.test('who reads no further has what it wanted', async t => {
  const cwd = t.testdir()
  const store = await openStore({ folder: cwd, key, now: () => new Date() })
  for (let page = 0; page < 8; page++)
    await store.timeline.add(
      ...Array.from({ length: 500 }, () => ({ referralId: 'a', kind: 'received', text: 'x'.repeat(500), correlationId: 'c' }) as const)
    )
  await store.close()
  const { child, ended } = start(['timeline', 'export'], { cwd })
  child.stdout?.once('data', () => child.stdout?.destroy())
  t.match(await ended, { code: 0, note: '' })
})

t.test('a .env that cannot be read is told as a setting is', async t => {
  const cwd = t.testdir()
  mkdirSync(`${cwd}/.env`)
  const { code, note } = await start(['key', 'list'], { cwd }).ended
  t.equal(code, 1)
  t.match(note, /^CONFIG_INVALID: The file \.env with settings cannot be read \(EISDIR\)/)
  t.equal(note.trim().split('\n').length, 1)
  t.match(await start(['--help'], { cwd }).ended, { code: 0, note: '' })
})

t.test('the first signal ends a command that does not look at it', async t => {
  let arrived: () => void = () => undefined
  const asked = new Promise<void>(resolve => {
    arrived = resolve
  })
  const entra = await localServer(t, () => arrived())
  const cwd = t.testdir()
  const env = {
    ENTRA_ENDPOINT: entra.url,
    PARTNER_CENTER_TENANT_ID: '11111111-2222-4333-8444-555555555555',
    PARTNER_CENTER_CLIENT_ID: 'c',
    PARTNER_CENTER_CLIENT_SECRET: 's',
    PARTNER_CENTER_REFRESH_TOKEN: 'r'
  }
  const { child, ended } = start(['referral', 'list'], { cwd, env })
  await asked
  child.kill('SIGINT')
  t.match(await ended, { code: null, signal: 'SIGINT' })
})
