import { existsSync, readFileSync } from 'node:fs'
import type { Json, JsonObject } from '../../connector/json.ts'
import { type Finding, lint } from '../../connector/lint.ts'
import { madeFiles } from '../../connector/made-files.ts'
import { apiDocuments } from '../api-documents.ts'
import { type Command, UsageError } from '../command.ts'

/** The package's root, where the connector's files stand, both from the sources and from the built package. */
const root = new URL('../../../', import.meta.url)

export const connectorCheck: Command = {
  name: 'connector check',
  summary: 'Check the connector: fresh, and within the rules of Power Platform',
  description: "Without a file, this package's own definition is checked, and whether its files are what the routes make today.",
  args: [{ name: 'file', text: 'Another apiDefinition.swagger.json to hold against the rules.', optional: true }],
  options: { json: { type: 'boolean', text: 'Print the findings as JSON.' } },
  examples: ['referral-connector connector check', 'referral-connector connector check my/apiDefinition.swagger.json --json'],
  async run({ args, options }, terminal) {
    const [file] = args
    const findings =
      file === undefined
        ? [...(await staleFiles()), ...lint(parse(readOwn('apiDefinition.swagger.json') ?? '{}', 'The definition'))]
        : lint(parse(readGiven(file), `«${file}»`))
    if (options.json) terminal.out(JSON.stringify({ ok: findings.length === 0, findings }))
    else {
      for (const { rule, at, advice } of findings) terminal.out(`${rule}  ${at}\n  ${advice}`)
      terminal.out(
        findings.length === 0
          ? `The definition is within the rules${file === undefined ? ', and every file is fresh' : ''}.`
          : `${findings.length} findings.`
      )
    }
    return findings.length === 0 ? 0 : 1
  }
}

async function staleFiles(): Promise<Finding[]> {
  const { swagger2 } = await apiDocuments()
  return Object.entries(madeFiles(swagger2 as JsonObject)).flatMap(([path, content]) =>
    readOwn(path) === content ? [] : [{ rule: 'FileStale', at: path, advice: 'Run «npm run connector» and commit the file.' }]
  )
}

function readOwn(path: string): string | undefined {
  const url = new URL(path, root)
  return existsSync(url) ? readFileSync(url, 'utf8') : undefined
}

function readGiven(file: string): string {
  try {
    // Some published definitions begin with a byte order mark; the validator takes it off as well.
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  } catch {
    throw new UsageError(`The file «${file}» cannot be read.`)
  }
}

function parse(text: string, what: string): Json {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${what} is not JSON: ${(error as Error).message}.`)
  }
}
