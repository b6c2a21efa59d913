/**
 * `npx tsx scripts/licences.ts`: the licences of all packages in the lock file, and how many have each. `--check` only names those that are not
 * on the list of scripts/supply-chain/licence-rules.ts, and fails when there are any.
 */
import { readFileSync } from 'node:fs'
import { onOneLine } from '../src/cli/one-line.ts'
import { type JudgedPackage, judgeLicences } from './supply-chain/judge-licences.ts'

const packages = judgeLicences(JSON.parse(readFileSync('package-lock.json', 'utf8')), folder => {
  try {
    return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  } catch {
    return undefined
  }
})
const refused = packages.filter(({ isAllowed }) => !isAllowed)
if (!process.argv.includes('--check')) for (const line of counts(packages)) console.log(line)
for (const { id, ships, licence } of refused) {
  const where = ships ? 'ships' : 'is used in development'
  console.error(onOneLine(`${id} ${where} and is under ${licence ?? 'no licence that can be read'}, which is not on the list.`))
}
if (packages.length === 0) console.error('package-lock.json names no packages.')
if (process.argv.includes('--check') && (refused.length > 0 || packages.length === 0)) process.exit(1)

function counts(all: readonly JudgedPackage[]): string[] {
  const found = new Map<string, number>()
  for (const { ships, licence = 'none' } of all) {
    const key = `${ships ? 'ships' : 'development'}  ${licence}`
    found.set(key, (found.get(key) ?? 0) + 1)
  }
  return [...found].map(([key, count]) => onOneLine(`${String(count).padStart(4)}  ${key}`)).sort()
}
