import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startSandboxedService } from '../../src/cli/sandboxed-service.ts'
import { serviceLog } from '../../src/log.ts'
import { type Setting, type SettingName, settings } from '../../src/settings.ts'
import { localServer, type Scope } from '../fixtures/local-server.ts'
import { recycledKeys } from '../fixtures/recycled-keys.ts'
import { aviary, type Place } from './canaries.ts'
import type { CommandRun } from './commands-process.ts'

export const secretSettings = (Object.keys(settings) as SettingName[]).filter(name => (settings[name] as Setting).secret === true)

export type CanaryStage = Awaited<ReturnType<typeof canaryStage>>

/** The service with the sandbox around it and its log at its most talkative, each of its secrets a canary, and everything it says kept. */
export async function canaryStage(t: Scope) {
  const birds = aviary()
  const lines: string[] = []
  const places: Place[] = []
  const log = serviceLog('trace', new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) }))
  const folder = mkdtempSync(join(tmpdir(), 'referral-canary-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const subscriber = await localServer(t, { status: 200 })
  let ahead = 0
  const started = await startSandboxedService({
    env: { PORT: '0', RATE_LIMIT_PER_MINUTE: '100000', SUBSCRIBER_HOSTS: new URL(subscriber.url).host },
    log,
    prepareCrm: true,
    folder,
    now: () => new Date(Date.now() + ahead),
    sandbox: { newKeys: recycledKeys(), pause: async () => undefined }
  })
  t.teardown(started.close)
  const { sandbox, service, url, apiKey, settled } = started

  // Those that the sandbox made, and one of its own for each that it needs none for.
  const secrets = Object.fromEntries(
    secretSettings.map(name => {
      const given = sandbox.settings[name]
      return [name, given ? birds.keep(name, given) : birds.secret(name)]
    })
  ) as Record<SettingName, string>
  birds.keep('the API key', apiKey)
  for (const [index, { password }] of sandbox.entra.users.entries()) birds.keep(`the password of user ${index}`, password)

  /** What the commands of an operator are given. */
  const operatorEnv: Record<string, string> = {
    ...sandbox.settings,
    ...secrets,
    DATABASE_URL: '',
    DATA_DIR: folder,
    PUBLIC_URL: url,
    LOG_LEVEL: 'debug',
    SUBSCRIBER_HOSTS: [sandbox.settings.SUBSCRIBER_HOSTS, new URL(subscriber.url).host].join()
  }

  /** Asks the service, and keeps what it answers under `place`. */
  async function ask(
    place: string,
    { method = 'GET', path, headers = { 'x-api-key': apiKey }, body }: Asked
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...headers, ...(typeof body === 'object' && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: typeof body === 'object' ? JSON.stringify(body) : body })
    })
    const text = await response.text()
    places.push({ name: place, content: `${response.status} ${JSON.stringify([...response.headers])}\n${text}` })
    return { status: response.status, body: /^\s*[{[]/.test(text) ? JSON.parse(text) : {} }
  }

  /** Runs commands as an operator would, in a process of their own. */
  async function runCommands(runs: CommandRun[]): Promise<{ words: string[]; code: number; said: string }[]> {
    const script = fileURLToPath(new URL('./commands-process.ts', import.meta.url))
    const env = { PATH: process.env.PATH, HOME: folder, ...operatorEnv }
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, JSON.stringify(runs)], {
      env,
      maxBuffer: 64 * 1024 * 1024
    })
    places.push({ name: 'stderr of the commands', content: stderr })
    const said = stdout
      .split('\n')
      .flatMap(line => (line === '' ? [] : [JSON.parse(line) as { words: string[]; code: number; said: string }]))
    for (const { words, said: content } of said) places.push({ name: `command ${words.join(' ')}`, content })
    return said
  }

  return {
    ...started,
    birds,
    secrets,
    log,
    ask,
    runCommands,
    subscriber,
    folder,
    async anotherKey(): Promise<string> {
      const { key } = await service.store.apiKeys.create('another', { scope: 'admin' })
      return birds.keep('another API key', key)
    },
    /** Lets time go by for the service, which then does what is due. */
    async pass(ms: number): Promise<void> {
      ahead += ms
      service.worker.wake()
      await settled()
    },
    /** All that was said until now, and what lies on the disk. */
    places(): Place[] {
      const files = readdirSync(folder).map(name => ({ name: `file ${name}`, content: readFileSync(join(folder, name)) }))
      const told = subscriber.received.map(({ headers, body }) => ({
        name: 'message to a subscriber',
        content: JSON.stringify([headers, body])
      }))
      return [...places, { name: 'log', content: lines.join('') }, ...told, ...files]
    }
  }
}

export interface Asked {
  method?: string
  path: string
  /** Those of a caller with a key unless told. */
  headers?: Record<string, string>
  body?: object | string
}
