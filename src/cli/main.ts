#!/usr/bin/env node
/** The command line: exit code 0 done, 1 failed, 2 not understood. Results on stdout, everything else on stderr. */
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readEnvironment } from '../config.ts'
import { Failure, failureFrom } from '../failure.ts'
import { version } from '../version.ts'
import { commandHelp, findCommand, parseGiven, programHelp, type Terminal, UsageError } from './command.ts'
import { commands } from './commands.ts'

const program = 'referral-connector'

export async function main(words: string[], terminal: Terminal): Promise<number> {
  if (words[0] === '--version') {
    terminal.out(version)
    return 0
  }
  if (words.length === 0 || words[0] === '--help' || words[0] === 'help') {
    terminal.out(
      programHelp(program, 'Keeps Partner Center referrals and your CRM in step.', commands, [
        'Settings come from the environment and from the file .env; see README.md.',
        'Exit codes: 0 done, 1 failed, 2 the command line was not understood.'
      ])
    )
    return words.length === 0 ? 2 : 0
  }
  const found = findCommand(commands, words)
  if (!found) {
    terminal.note(`There is no command «${words.slice(0, 2).join(' ')}». Run «${program} --help» for the list.`)
    return 2
  }
  try {
    const given = parseGiven(found.command, found.rest)
    if (given.options.help === true) {
      terminal.out(commandHelp(program, found.command))
      return 0
    }
    return (await found.command.run(given, terminal)) ?? 0
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.note(`${error.message} Run «${program} ${found.command.name} --help».`)
      return 2
    }
    const failure = failureFrom(error)
    terminal.note(`${failure.code}: ${failure.message} ${failure.advice}`)
    if (!(error instanceof Failure) && terminal.env.LOG_LEVEL === 'debug') terminal.note(String((error as Error)?.stack ?? error))
    return 1
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  process.stdout.on('error', () => process.exit(0))
  process.exitCode = await main(process.argv.slice(2), {
    env: readEnvironment(),
    out: text => process.stdout.write(`${text}\n`),
    note: text => process.stderr.write(`${text}\n`),
    drained: async () => process.stdout.writableNeedDrain && (await once(process.stdout, 'drain', stop).catch(() => undefined)),
    signal: stop.signal
  })
}
