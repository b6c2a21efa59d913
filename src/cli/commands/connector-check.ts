import { readFileSync } from 'node:fs'
import { changeRules, changes } from '../../connector/changes.ts'
import { definitionFigures } from '../../connector/definition-figures.ts'
import type { Finding, RuleText } from '../../connector/finding.ts'
import { isObject, type Json, type JsonObject } from '../../connector/json.ts'
import { lint, lintProperties, rules } from '../../connector/lint.ts'
import { madeFiles } from '../../connector/made-files.ts'
import { apiDocuments } from '../api-documents.ts'
import { type Command, type Terminal, UsageError } from '../command.ts'
import { checkSummary, findingText, ruleText, summaryText } from '../finding-text.ts'
import { readOwn } from '../package-root.ts'

const ownDefinition = 'apiDefinition.swagger.json'
const ownProperties = 'apiProperties.json'

/** What concerns files and not what is in them. */
const fileStale: RuleText = { rule: 'FileStale', level: 'error', advice: 'Run «npm run connector» and commit the file.' }
const byteOrderMark: RuleText = {
  rule: 'ByteOrderMark',
  level: 'warning',
  advice: 'Write the file without a byte order mark: paconn create and update cannot read it.'
}

export const connectorCheck: Command = {
  name: 'connector check',
  summary: 'Check a connector against the rules of Power Platform, and a new version against the old one',
  description:
    "Without a file, this package's own definition and properties are checked, warnings too, and whether its files are what the routes make today.",
  args: [{ name: 'file', text: 'Another apiDefinition.swagger.json to hold against the rules.', optional: true }],
  options: {
    properties: { type: 'string', value: 'FILE', text: 'The apiProperties.json beside the definition, to be checked with it.' },
    against: { type: 'string', value: 'OLD', text: 'An earlier version of the definition: name what breaks the flows made with it.' },
    strict: { type: 'boolean', text: 'Let warnings fail the check too: what certification asks for, and what a maker would miss.' },
    rules: { type: 'boolean', text: 'List the rules instead, each with its level and advice.' },
    json: { type: 'boolean', text: 'Print {ok, findings, summary} as JSON.' }
  },
  examples: [
    'referral-connector connector check',
    'referral-connector connector check my/apiDefinition.swagger.json --properties my/apiProperties.json',
    'referral-connector connector check new.json --against old.json --json',
    'referral-connector connector check --rules'
  ],
  async run({ args, options }, terminal) {
    if (options.rules) {
      listRules(terminal, options.json === true)
      return 0
    }
    const [file] = args
    const isOwn = file === undefined
    const text = isOwn ? (readOwn(ownDefinition) ?? '{}') : readGiven(file)
    const definition = parsed(text, isOwn ? 'The definition' : `«${file}»`)
    const properties = givenProperties(options.properties, isOwn)
    const found: Finding[] = [
      ...(isOwn ? await staleFiles() : []),
      ...(text.startsWith('\uFEFF') ? [{ ...byteOrderMark, at: '#' }] : []),
      ...lint(definition),
      ...(properties === undefined ? [] : lintProperties(properties, definition))
    ]
    const changed = typeof options.against === 'string' ? changes(givenOld(options.against), definition) : []
    // What is ours has to be clean; that something changed is no fault of it, as long as flows go on.
    const isOk = [...found.map(finding => ({ finding, isStrict: isOwn })), ...changed.map(finding => ({ finding, isStrict: false }))].every(
      ({ finding, isStrict }) => finding.level === 'warning' && !isStrict && options.strict !== true
    )
    const findings = [...found, ...changed]
    const summary = checkSummary(findings, definitionFigures(definition), Buffer.byteLength(text))
    if (options.json) terminal.out(JSON.stringify({ ok: isOk, findings, summary }))
    else {
      if (findings.length > 0) terminal.out(`${findingText(findings)}\n`)
      if (findings.length === 0) terminal.out(`The definition is within the rules${isOwn ? ', and every file is fresh' : ''}.`)
      terminal.out(summaryText(summary))
    }
    return isOk ? 0 : 1
  }
}

function listRules(terminal: Terminal, isJson: boolean): void {
  const lists = { files: [fileStale, byteOrderMark], definition: rules.definition, properties: rules.properties, changes: changeRules }
  if (isJson) {
    terminal.out(JSON.stringify(lists))
    return
  }
  const titles = { files: 'Files', definition: 'The definition', properties: ownProperties, changes: 'Changes, with --against' }
  terminal.out(
    Object.entries(lists)
      .map(([key, list]) => ruleText(titles[key as keyof typeof lists], list))
      .join('\n\n')
  )
}

async function staleFiles(): Promise<Finding[]> {
  const { swagger2 } = await apiDocuments()
  return Object.entries(madeFiles(swagger2 as JsonObject)).flatMap(([path, content]) =>
    readOwn(path) === content ? [] : [{ ...fileStale, at: path }]
  )
}

/** The properties that belong to the definition: those that were named, or the package's own beside its own definition. */
function givenProperties(file: string | boolean | undefined, isOwn: boolean): Json | undefined {
  if (typeof file === 'string') return parsed(readGiven(file), `«${file}»`)
  return isOwn ? parsed(readOwn(ownProperties) ?? '{}', 'The file of properties') : undefined
}

function givenOld(file: string): Json {
  const old = parsed(readGiven(file), `«${file}»`)
  if (!isObject(old) || !isObject(old.paths)) throw new UsageError(`«${file}» is no definition: it has no paths.`)
  return old
}

function readGiven(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new UsageError(`The file «${file}» cannot be read.`)
  }
}

function parsed(text: string, what: string): Json {
  try {
    // Some published definitions begin with a byte order mark; the validator takes it off as well.
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    // What the message quotes is of the file, where a line may end.
    throw new UsageError(`${what} is not JSON: ${(error as Error).message.replaceAll(/\s+/g, ' ')}.`)
  }
}
