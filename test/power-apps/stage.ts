import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from '../../src/cli/command.ts'
import { parseGiven } from '../../src/cli/command.ts'
import { startPowerApps } from '../../src/sandbox/power-apps/power-apps.ts'
import { requestLog } from '../../src/sandbox/request-log.ts'
import type { Scope } from '../fixtures/local-server.ts'
import { run } from '../fixtures/terminal.ts'

/** 1×1, transparent. */
export const icon = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64'
)
export const script = 'public class Script : ScriptBase { }\r\n'

export const definition = JSON.parse(readFileSync(new URL('../../apiDefinition.swagger.json', import.meta.url), 'utf8'))

export const properties = {
  properties: {
    connectionParameters: {
      api_key: {
        type: 'securestring',
        uiDefinition: {
          displayName: 'Schlüssel',
          description: 'A key.',
          tooltip: 'A key.',
          constraints: { tabIndex: 2, clearText: false, required: 'true' }
        }
      }
    },
    iconBrandColor: '#0b6a5b',
    capabilities: ['actions'],
    publisher: 'Contoso',
    stackOwner: 'Contoso',
    policyTemplateInstances: []
  }
}

/** The same with a sign-in by OAuth, flat and in a set. */
export function oauthProperties(clientSecret?: string | null) {
  const token = {
    type: 'oauthSetting',
    oAuthSettings: { identityProvider: 'oauth2', clientId: 'abc', scopes: [], ...(clientSecret !== undefined && { clientSecret }) }
  }
  return {
    properties: {
      ...properties.properties,
      connectionParameters: { token: structuredClone(token) },
      connectionParameterSets: { values: [{ name: 'oauth', parameters: { token: structuredClone(token) } }] }
    }
  }
}

/**
 * A Power Apps on loopback, and a present folder with the files of a connector; the present folder of this process goes there. Nothing waits:
 * a code may be asked for again at once.
 */
export async function stage(t: Scope, options: { now?: () => Date } = {}) {
  const log = requestLog()
  const powerApps = await startPowerApps({ log, intervalSeconds: 0, ...options })
  t.teardown(() => powerApps.close())
  const before = process.cwd()
  const folder = mkdtempSync(join(tmpdir(), 'connector-'))
  process.chdir(folder)
  t.teardown(() => {
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
  })
  const env = { HOME: join(folder, 'home'), USERPROFILE: join(folder, 'home') }
  const write = (name: string, content: unknown): void => {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content))
  }
  write('apiDefinition.swagger.json', definition)
  write('apiProperties.json', properties)
  write('icon.png', icon)
  write('script.csx', script)
  const files = { apiProperties: 'apiProperties.json', apiDefinition: 'apiDefinition.swagger.json', icon: 'icon.png', script: 'script.csx' }
  const settings = { ...powerApps.settings, ...files }
  write('sandbox.json', settings)

  const connector = (...words: string[]) => run(['connector', ...words], env)
  return {
    powerApps,
    log,
    folder,
    env,
    settings,
    write,
    read: (name: string) => readFileSync(join(folder, name)),
    json: (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')),
    connector,
    /** Signs in and forgets the requests that it took. */
    async signIn() {
      const { code, note } = await connector('login', '--settings', 'sandbox.json')
      if (code !== 0) throw new Error(note)
      log.clear()
    },
    /** The method and path of what was asked, without queries and the ids that change. */
    asked: () =>
      log.all().map(({ method, path }) => {
        const [place = ''] = path.split('?')
        return `${method} ${place.replace(/objectIds\/[^/]+/, 'objectIds/OID').replace(/apiresources-[\w-]+/, 'CONTAINER')}`
      })
  }
}

/** Runs one command that was made with surroundings of its own. */
export async function runCommand(command: Command, words: string[], env: Record<string, string>) {
  const said = { out: '', note: '' }
  const given = parseGiven(command, words)
  const code = await command.run(given, {
    env,
    signal: new AbortController().signal,
    out: text => {
      said.out += `${text}\n`
    },
    note: text => {
      said.note += `${text}\n`
    }
  })
  return { code, ...said }
}

/** Somebody at the terminal who gives these answers; what was asked is kept. */
export function answering(...answers: string[]) {
  const asked: string[] = []
  return {
    asked,
    isPossible: () => true,
    async ask(question: string) {
      asked.push(question)
      return answers.shift()
    }
  }
}
