#!/usr/bin/env node
/** The command line: exit code 0 done, 1 failed, 2 not understood. Results on stdout, everything else on stderr. */
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Environment, readEnvironment } from '../config.ts'
import { failureFrom } from '../failure.ts'
import { version } from '../version.ts'
import { commandHelp, findCommand, groupHelp, parseGiven, programHelp, type Terminal, UsageError } from './command.ts'
import { commands, everyCommand } from './commands.ts'
import { withoutControls } from './one-line.ts'

const program = 'referral-connector'
/** There is no request here whose id the log could have. */
const internalAdvice = 'An error of this program. Run it again with LOG_LEVEL=debug to see where, and report it.'

export async function main(words: string[], given: Terminal): Promise<number> {
  const terminal = safely(given)
  if (words[0] === '--version') {
    terminal.out(version)
    return 0
  }
  if (words.length === 0 || isHelp(words[0]) || words[0] === 'help') {
    terminal.out(
      programHelp(program, 'Keeps Partner Center referrals and your CRM in step.', await everyCommand(), [
        'Settings come from the environment and from the file .env; see README.md.',
        'Exit codes: 0 done, 1 failed, 2 the command line was not understood.'
      ])
    )
    return words.length === 0 ? 2 : 0
  }
  const found = findCommand(Object.keys(commands), words)
  const command = await commands[found?.name ?? '']?.()
  if (!found || !command) return await notFound(words, terminal)
  try {
    const given = parseGiven(command, found.rest)
    if (given.options.help === true) {
      terminal.out(commandHelp(program, command))
      return 0
    }
    return (await command.run(given, terminal)) ?? 0
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.note(`${error.message} Run «${program} ${found.name} --help».`)
      return 2
    }
    const failure = failureFrom(error)
    const { code, message, advice, cause = failure } = failure
    terminal.note(`${code}: ${message} ${code === 'INTERNAL' ? internalAdvice : advice}`)
    if (code === 'INTERNAL' && terminal.env.LOG_LEVEL === 'debug') terminal.note(String((cause as Error)?.stack ?? cause))
    return 1
  }
}

/** No command has these words: of several that share the first one, all are named. */
async function notFound(words: string[], terminal: Terminal): Promise<number> {
  const [first = '', second] = words
  const group = (await everyCommand()).filter(({ name }) => name.startsWith(`${first} `))
  if (group.length > 0 && (second === undefined || isHelp(second))) {
    terminal.out(groupHelp(program, first, group))
    return second === undefined ? 2 : 0
  }
  const help = group.length > 0 ? `${program} ${first} --help` : `${program} --help`
  terminal.note(`There is no command «${words.slice(0, 2).join(' ')}». Run «${help}» for the list.`)
  return 2
}

function isHelp(word: string | undefined): boolean {
  return word === '--help' || word === '-h'
}

/** The same terminal, which nothing that came from elsewhere can steer, whichever command prints it. */
function safely(terminal: Terminal): Terminal {
  return {
    get env() {
      return terminal.env
    },
    signal: terminal.signal,
    newKeys: terminal.newKeys,
    out: text => terminal.out(withoutControls(text)),
    note: text => terminal.note(withoutControls(text)),
    drained: async () => await terminal.drained?.()
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const words = process.argv.slice(2)
  const stop = new AbortController()
  const found = findCommand(Object.keys(commands), words)
  if ((await commands[found?.name ?? '']?.())?.heedsSignal)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Who reads no further, «head» for example, has what it wanted.
    if (error.code === 'EPIPE') process.exit(0)
    process.stderr.write(`The result could not be written to stdout (${error.code ?? error.name}). What the command did is done.\n`)
    process.exit(1)
  })
  let env: Environment | undefined
  process.exitCode = await main(words, {
    // Read when it is asked for, in main, where a file that cannot be read is told as any failure is.
    get env() {
      env ??= readEnvironment()
      return env
    },
    out: text => process.stdout.write(`${text}\n`),
    note: text => process.stderr.write(`${text}\n`),
    drained: async () => process.stdout.writableNeedDrain && (await once(process.stdout, 'drain', stop).catch(() => undefined)),
    signal: stop.signal
  })
}
