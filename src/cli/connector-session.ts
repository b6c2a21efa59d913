import { homedir } from 'node:os'
import type { Environment } from '../config.ts'
import { Failure } from '../failure.ts'
import { authorized } from '../power-apps/authorized.ts'
import type { ConnectorSettings } from '../power-apps/connector-settings.ts'
import { drySender, type ShownRequest } from '../power-apps/dry-run.ts'
import { openSender } from '../power-apps/open-sender.ts'
import { type Choice, isConnectorId, isEnvironment, type PowerApps, powerApps } from '../power-apps/power-apps.ts'
import type { Send } from '../power-apps/request.ts'
import { type TokenFile, tokenFile } from '../power-apps/token-file.ts'
import { tokens } from '../power-apps/tokens.ts'
import { type Given, type Terminal, UsageError } from './command.ts'
import { onOneLine } from './one-line.ts'
import type { Prompt } from './prompt.ts'

/** What the commands take from the world besides the terminal. */
export interface Surroundings {
  /** Opened for one run of a command. */
  prompt: () => Prompt
  now?: () => Date
  wait?: (ms: number) => Promise<unknown>
}

/** One command's dealings with Power Apps. */
export interface Session {
  api: PowerApps
  send: Send
  now: () => Date
  /** What a dry run has shown. */
  shown: ShownRequest[]
  isDry: boolean
  /** Whether stdout is for JSON alone. */
  isJson: boolean
}

export function tokenFileOf(env: Environment): TokenFile {
  // Where Python's expanduser looks, so that paconn and we find the same file.
  return tokenFile((process.platform === 'win32' ? env.USERPROFILE : env.HOME) || homedir())
}

/** Runs with a session, whose connections end with it. In a dry run every request is shown in place of being sent. */
export async function withSession<T>(
  {
    settings,
    options,
    terminal,
    surroundings
  }: { settings: ConnectorSettings; terminal: Terminal; surroundings: Surroundings } & Pick<Given, 'options'>,
  run: (session: Session) => Promise<T>
): Promise<T> {
  const { now = () => new Date(), wait } = surroundings
  const isJson = options.json === true
  const file = tokenFileOf(terminal.env)
  if (options['dry-run'] === true) {
    const shown: ShownRequest[] = []
    const send = drySender(request => {
      shown.push(request)
      if (!isJson) terminal.out(shownText(request))
    })
    return run({ api: powerApps({ settings, send, oid: async () => storedOid(file), now }), send, now, shown, isDry: true, isJson })
  }
  const { send, close } = openSender({ note: terminal.note, now, wait })
  try {
    const signIn = tokens({ file, send, now })
    const sendAs = announced(authorized(send, signIn), terminal)
    const oid = async (): Promise<string> => (await signIn.current()).oid
    return await run({ api: powerApps({ settings, send: sendAs, oid, now }), send: sendAs, now, shown: [], isDry: false, isJson })
  } finally {
    await close()
  }
}

/** Tells each request before it is sent. */
function announced(send: Send, terminal: Terminal): Send {
  return request => {
    terminal.note(`${onOneLine(request.purpose)} (${new URL(request.url).host})`)
    return send(request)
  }
}

/** A dry run needs nobody signed in. */
function storedOid(file: TokenFile): string {
  try {
    const oid = file.read()?.oid
    if (typeof oid === 'string') return encodeURIComponent(oid)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
  }
  return 'OBJECT-ID'
}

function shownText({ purpose, method, url, headers, body }: ShownRequest): string {
  return [
    `# ${purpose}`,
    `${method} ${url}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : ['', typeof body === 'string' ? body : JSON.stringify(body, null, 2)]),
    ''
  ].join('\n')
}

/** The environment of the settings, or the one that is chosen from those there are. */
export async function environmentFor(settings: ConnectorSettings, context: Choosing): Promise<string> {
  const { api } = context.session
  const chosen =
    settings.environment ??
    (await choose('Please select an environment:', 'Environment selected:', () => api.environments(), {
      ...context,
      missing: 'The environment is missing: give --env ID, or «environment» in the settings file.',
      none: 'There is no environment for this user.'
    }))
  if (!isEnvironment(chosen)) throw new UsageError(`«${chosen}» is not the id of an environment.`)
  return chosen
}

/** The connector of the settings, or the one that is chosen from the environment's custom ones. */
export async function connectorFor(settings: ConnectorSettings, environment: string, context: Choosing): Promise<string> {
  const { api } = context.session
  const chosen =
    settings.connectorId ??
    (await choose('Please select a connector:', 'Connector selected:', () => api.connectors(environment), {
      ...context,
      missing: 'The connector is missing: give --cid ID, or «connectorId» in the settings file.',
      none: 'There is no custom connector in this environment.'
    }))
  if (!isConnectorId(chosen)) throw new UsageError(`«${chosen}» is not the id of a connector.`)
  return chosen
}

export interface Choosing {
  session: Session
  terminal: Terminal
  prompt: Prompt
}

/** Whatever is missing is said at once, before anything is sent. */
export function refuseMissing(
  settings: ConnectorSettings,
  { prompt, isDry, needsConnector }: { prompt: Prompt; isDry: boolean; needsConnector: boolean }
): void {
  if (prompt.isPossible() && !isDry) return
  const missing = [
    ...(settings.environment ? [] : ['--env ID («environment» in the settings file)']),
    ...(needsConnector && !settings.connectorId ? ['--cid ID («connectorId» in the settings file)'] : [])
  ]
  if (missing.length > 0) throw new UsageError(`Nobody can be asked here, so give ${missing.join(' and ')}.`)
}

async function choose(
  title: string,
  done: string,
  list: () => Promise<Choice[]>,
  { session, terminal, prompt, missing, none }: Choosing & { missing: string; none: string }
): Promise<string> {
  const tell = session.isJson ? terminal.note : terminal.out
  const choices = await list()
  if (choices.length === 0) throw new Failure('POWER_APPS_NOT_FOUND', none)
  tell([title, ...choices.map(({ label, id }, index) => ` [${index + 1}] ${onOneLine(label)}  (${onOneLine(id)})`)].join('\n'))
  for (;;) {
    const answer = await prompt.ask(`Please enter a choice [1-${choices.length}]: `)
    if (answer === undefined) throw new UsageError(missing)
    const chosen = /^\d{1,4}$/.test(answer) ? choices[Number(answer) - 1] : undefined
    if (chosen) {
      tell(`${done} ${onOneLine(chosen.label)}`)
      return chosen.id
    }
  }
}

/** Whether files that are there already may be written over; nobody is asked twice. @throws UsageError when nobody can be asked */
export async function mayOverwrite(
  existing: readonly string[],
  { prompt, isAllowed, option }: { prompt: Prompt; isAllowed: boolean; option: string }
): Promise<boolean> {
  if (existing.length === 0 || isAllowed) return true
  const files = existing.map(onOneLine).join(', ')
  if (!prompt.isPossible()) throw new UsageError(`There is already ${files}: give ${option} to write over it.`)
  for (;;) {
    const answer = await prompt.ask(`There is already ${files}. Do you want to overwrite? (y/n): `)
    if (answer === undefined || /^n(o)?$/i.test(answer)) return false
    if (/^y(es)?$/i.test(answer)) return true
  }
}
