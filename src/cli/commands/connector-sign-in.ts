import type { JsonObject } from '../../connector/json.ts'
import { Failure } from '../../failure.ts'
import { signInByDeviceCode } from '../../power-apps/device-code.ts'
import { openSender } from '../../power-apps/open-sender.ts'
import { audienceOf } from '../../power-apps/sign-in.ts'
import { isGoodFor } from '../../power-apps/tokens.ts'
import type { Command, Terminal } from '../command.ts'
import { ownOptions, settingsOf, sharedOptions } from '../connector-options.ts'
import { type Surroundings, tokenFileOf } from '../connector-session.ts'
import { onOneLine } from '../one-line.ts'
import { terminalPrompt } from '../prompt.ts'

export const connectorLogin: Command = loginCommand({ prompt: terminalPrompt })

export function loginCommand(surroundings: Surroundings): Command {
  return {
    name: 'connector login',
    summary: 'Sign in to Power Platform, as paconn does',
    description: 'With a code that you confirm in a browser. The sign-in is kept in ~/.paconn/accessTokens.json, which paconn reads too.',
    options: {
      clid: { type: 'string', short: 'i', value: 'ID', text: 'The client ID.' },
      tenant: { type: 'string', short: 't', value: 'TENANT', text: 'The tenant.' },
      authority_url: { type: 'string', short: 'a', value: 'URL', text: 'Authority URL for login.' },
      resource: { type: 'string', short: 'r', value: 'URL', text: 'Resource URL for login.' },
      settings: sharedOptions.settings,
      force: { type: 'boolean', short: 'f', text: 'Override a previous login, if exists.' },
      v2: { type: 'boolean', text: 'Use version 2.0 of the sign-in, for applications that know no other.' },
      json: ownOptions.json
    },
    examples: ['referral-connector connector login', 'referral-connector connector login --tenant contoso.onmicrosoft.com'],
    async run({ options }, terminal) {
      const { now = () => new Date() } = surroundings
      const audience = audienceOf(settingsOf(options), options.v2 === true)
      const file = tokenFileOf(terminal.env)
      const stored = storedIn(file.read)
      const isDone = stored !== undefined && options.force !== true && isGoodFor(stored, audience, now())
      const token = isDone ? stored : await signIn()
      if (!isDone) file.write(token)
      terminal.note('Login successful.')
      if (options.json === true) terminal.out(JSON.stringify({ user: token.user_id ?? null, expiresOn: endOf(token) }))
      return 0

      async function signIn(): Promise<JsonObject> {
        const { send, close } = openSender({ note: terminal.note, now, wait: surroundings.wait })
        try {
          const show = (text: string): void => tell(onOneLine(text), terminal, options.json === true)
          return await signInByDeviceCode(audience, { send, show, now, wait: surroundings.wait ?? pause })
        } finally {
          await close()
        }
      }
    }
  }
}

export const connectorLogout: Command = {
  name: 'connector logout',
  summary: 'Forget the sign-in to Power Platform',
  examples: ['referral-connector connector logout'],
  async run(_given, terminal) {
    terminal.note(tokenFileOf(terminal.env).remove() ? 'Logout successful.' : 'Nobody had signed in.')
    return 0
  }
}

/** A file that holds no sign-in is replaced by one that does. */
function storedIn(read: () => JsonObject | undefined): JsonObject | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}

/** What to do stands on stdout, as with paconn, unless JSON is wanted there. */
function tell(text: string, terminal: Terminal, isJson: boolean): void {
  if (isJson) terminal.note(text)
  else terminal.out(text)
}

function endOf({ expires_on }: JsonObject): string | null {
  const seconds = Number(expires_on)
  return Number.isFinite(seconds) ? new Date(seconds * 1000).toISOString() : null
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
