import { parseArgs } from 'node:util'
import type { Environment } from '../config.ts'
import type { NewKeys } from '../sandbox/certificates/certificate-authority.ts'

/** What a command gets to work with. Results go to `out`, everything else to `note`. */
export interface Terminal {
  env: Environment
  out(text: string): void
  note(text: string): void
  /** Resolves when there is room for more, or the signal aborts: for a command whose results are larger than the memory should be. */
  drained?(): Promise<unknown>
  /** Keys for the certificates of a sandbox that a command starts, to save the time that it takes to make them. */
  newKeys?: NewKeys | undefined
  /** Aborted by SIGINT or SIGTERM, for a command that `heedsSignal`. */
  signal: AbortSignal
}

export interface Option {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly text: string
  /** How the value is called in the help, for options that take one. */
  readonly value?: string
  readonly choices?: readonly string[]
}

export interface Given {
  args: string[]
  options: Record<string, string | boolean | undefined>
}

/** A command is data plus one function; its help is rendered from the data. `run` answers the exit code, 0 when it answers nothing. */
export interface Command {
  /** One or two words, for example `setup dataverse`. */
  readonly name: string
  readonly summary: string
  readonly description?: string
  /** The last one may be given several times. */
  readonly args?: readonly { readonly name: string; readonly text: string; readonly optional?: true; readonly many?: true }[]
  readonly options?: Readonly<Record<string, Option>>
  readonly examples: readonly string[]
  /** It looks at the terminal's signal and ends by itself. Any other is ended at once by SIGINT and SIGTERM, as programs are. */
  readonly heedsSignal?: true
  run(given: Given, terminal: Terminal): Promise<number | undefined>
}

/** The command line was not understood; exit code 2. */
export class UsageError extends Error {}

const help: Option = { type: 'boolean', short: 'h', text: 'Show this help.' }

/** The name that the words begin with, the longest one first. */
export function findCommand(names: readonly string[], words: readonly string[]): { name: string; rest: string[] } | undefined {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ')
    if (names.includes(name)) return { name, rest: words.slice(length) }
  }
  return undefined
}

/** @throws UsageError, one sentence that names the word which was not understood */
export function parseGiven(command: Command, words: string[]): Given {
  const options = { ...command.options, help }
  const { values, positionals } = parse(options, words)
  for (const [name, option] of Object.entries(options)) {
    const value = values[name]
    if ('choices' in option && option.choices && value !== undefined && !option.choices.includes(String(value)))
      throw new UsageError(`--${name} is one of: ${option.choices.join(', ')}.`)
  }
  if (values.help === true) return { args: [], options: values }
  const args = command.args ?? []
  const missing = args.find((arg, index) => !arg.optional && positionals[index] === undefined)
  if (missing) throw new UsageError(`<${missing.name}> is missing: ${missing.text}`)
  if (positionals.length > args.length && !args.at(-1)?.many)
    throw new UsageError(`«${positionals[args.length]}» is one argument too many.`)
  return { args: positionals, options: values }
}

function parse(options: Record<string, Option>, args: string[]): { values: Given['options']; positionals: string[] } {
  try {
    const parsed = parseArgs({
      args,
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(options).map(([name, { type, short }]) => [name, { type, ...(short !== undefined && { short }) }])
      )
    })
    return { values: { ...parsed.values } as Given['options'], positionals: parsed.positionals }
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0] ?? 'The options were not understood.')
  }
}

export function commandHelp(program: string, command: Command): string {
  const args = command.args ?? []
  const usage = [
    program,
    command.name,
    '[options]',
    ...args.map(arg => `${arg.optional ? `[${arg.name}]` : `<${arg.name}>`}${arg.many ? '...' : ''}`)
  ].join(' ')
  const options = Object.entries({ ...command.options, help }).map(([name, option]): [string, string] => [
    `${'short' in option ? `-${option.short}, ` : ''}--${name}${option.type === 'string' ? ` ${'value' in option ? option.value : 'VALUE'}` : ''}`,
    'choices' in option && option.choices ? `${option.text} One of: ${option.choices.join(', ')}.` : option.text
  ])
  return sections([
    [command.summary, command.description ? [command.description] : []],
    ['Usage', [usage]],
    ['Arguments', columns(args.map(arg => [`<${arg.name}>`, arg.text]))],
    ['Options', columns(options)],
    ['Examples', command.examples]
  ])
}

export function programHelp(program: string, summary: string, commands: readonly Command[], notes: readonly string[]): string {
  return sections([
    [summary, []],
    ['Usage', [`${program} <command> [options]`, `${program} <command> --help`]],
    ['Commands', columns(commands.map(command => [command.name, command.summary]))],
    ['Notes', notes]
  ])
}

/** The help for a first word that several commands share. */
export function groupHelp(program: string, word: string, commands: readonly Command[]): string {
  return sections([
    [`The commands that begin with «${word}»`, columns(commands.map(command => [command.name, command.summary]))],
    ['Usage', [`${program} ${word} <command> --help`]]
  ])
}

function sections(all: [title: string, lines: readonly string[]][]): string {
  return all
    .filter(([, lines], index) => index === 0 || lines.length > 0)
    .map(([title, lines]) => [title, ...lines.map(line => `  ${line}`)].join('\n'))
    .join('\n\n')
}

function columns(rows: [string, string][]): string[] {
  const width = Math.max(0, ...rows.map(([first]) => first.length))
  return rows.map(([first, second]) => `${first.padEnd(width)}  ${second}`)
}
