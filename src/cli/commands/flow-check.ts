import { readFileSync } from 'node:fs'
import { checkFlow, type Finding } from '../../flow/check/check-flow.ts'
import { type FlowPackage, FlowPackageError, readFlowPackage } from '../../flow/read-package.ts'
import { type Command, UsageError } from '../command.ts'
import { onOneLine } from '../one-line.ts'

interface CheckedFlow {
  name: string
  displayName: string
  findings: Finding[]
}

export const flowCheck: Command = {
  name: 'flow check',
  summary: 'Check the flows of a package for what stops them, loses data or gives secrets away',
  description:
    'A legacy flow package, a solution, or the JSON of one flow; nothing in it is run or called. Exit code 1 when there are errors, with --strict when there is anything.',
  args: [{ name: 'file', text: 'The zip, or a definition.json.' }],
  options: {
    json: { type: 'boolean', text: 'Print the findings as JSON.' },
    strict: { type: 'boolean', text: 'Warnings count as errors.' }
  },
  examples: ['referral-connector flow check my-flow.zip', 'referral-connector flow check my-solution.zip --strict --json'],
  async run({ args: [file = ''], options }, terminal) {
    const { kind, flows, notices } = readGiven(file)
    const checked = flows.map(flow => ({ name: flow.name, displayName: flow.displayName, findings: checkFlow(flow) }))
    const ok = isFine(checked, notices, options.strict === true)
    if (options.json) terminal.out(JSON.stringify({ ok, kind, notices, flows: checked }))
    else terminal.out(report(checked, notices))
    return ok ? 0 : 1
  }
}

function isFine(flows: CheckedFlow[], notices: string[], isStrict: boolean): boolean {
  const findings = flows.flatMap(flow => flow.findings)
  return isStrict ? findings.length + notices.length === 0 : findings.every(({ level }) => level !== 'error')
}

function report(flows: CheckedFlow[], notices: string[]): string {
  const package_ = notices.length === 0 ? [] : [['The package', ...notices.map(notice => `  warning  ${onOneLine(notice)}`)].join('\n')]
  return [...package_, ...flows.map(ofFlow)].join('\n\n')
}

function ofFlow({ displayName, findings }: CheckedFlow): string {
  const lines = findings.flatMap(({ level, rule, at, message, advice }) => [
    `  ${level.padEnd(7)}  ${rule}  ${onOneLine(at)}`,
    `           ${onOneLine(message)}`,
    `           ${advice}`
  ])
  return [onOneLine(`${displayName}: ${counted(findings)}`), ...lines].join('\n')
}

function counted(findings: Finding[]): string {
  const errors = findings.filter(({ level }) => level === 'error').length
  const warnings = findings.length - errors
  if (findings.length === 0) return 'nothing to find fault with.'
  return `${errors} ${errors === 1 ? 'error' : 'errors'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.`
}

function readGiven(file: string): FlowPackage {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(file)
  } catch {
    throw new UsageError(`The file «${file}» cannot be read.`)
  }
  try {
    return readFlowPackage(bytes)
  } catch (error) {
    if (!(error instanceof FlowPackageError)) throw error
    throw new UsageError(onOneLine(`«${file}»: ${error.message}`))
  }
}
