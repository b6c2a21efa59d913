/**
 * `npx tsx scripts/audit.ts [--json]`: asks the registry for advisories on the packages that ship. Exit code 1 for one of high or critical
 * severity, 2 when the registry cannot be asked: nobody has said then that there are none.
 */
import { spawnSync } from 'node:child_process'
import { onOneLine } from '../src/cli/one-line.ts'
import { ignoredAdvisories } from './supply-chain/ignored-advisories.ts'
import { judgeAudit, type Verdict } from './supply-chain/judge-audit.ts'

const verdict = judgeAudit(askRegistry(), ignoredAdvisories, new Date())
if (process.argv.includes('--json')) console.log(JSON.stringify(verdict, null, 2))
else for (const line of lines(verdict)) console.log(onOneLine(line))
process.exit({ clean: 0, vulnerable: 1, unknown: 2 }[verdict.state])

/** npm ends with 1 both when it found something and when it could not ask; what it printed tells the two apart. */
function askRegistry(): unknown {
  const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32'
  })
  try {
    return JSON.parse(stdout)
  } catch {
    return { error, message: error ? `npm could not be run (${error.message}).` : 'npm printed no report.' }
  }
}

function lines(verdict: Verdict): string[] {
  if (verdict.state === 'unknown') return [`The audit could not be made: ${verdict.reason} Nothing is known about the packages.`]
  const { failing, other, ignored, stale } = verdict
  const line = ({ id, package: name, severity, title }: (typeof failing)[number]): string => `${severity}  ${name}  ${id}  ${title}`
  return [
    ...failing.map(line),
    ...other.map(line),
    ...ignored.map(found => `${line(found)} (left out until ${found.until}: ${found.reason})`),
    ...stale.map(({ id, until }) => `${id}, left out until ${until}, is out of date or not found any more: take it off the list.`),
    `${failing.length} of high or critical severity, ${other.length} others, ${ignored.length} left out.`
  ]
}
