/**
 * `npm run bench -- NAME [options]`: what this service withstands and how fast it is, proven on loopback. Each ends with one summary line, and
 * with exit code 1 when a promise was broken.
 */
import { parseArgs } from 'node:util'
import { chaos } from './bench/chaos.ts'
import { ingest } from './bench/ingest.ts'
import { kill } from './bench/kill.ts'
import { latency } from './bench/latency.ts'
import { outage } from './bench/outage.ts'
import { replicas } from './bench/replicas.ts'

export interface Bench {
  summary: string
  options: Record<string, { default: string; text: string }>
  /** Prints its progress to stderr and gives the summary line, and whether every promise was kept. */
  run(options: Record<string, string>): Promise<{ line: string; ok: boolean }>
}

const benches: Record<string, Bench> = { kill, chaos, ingest, replicas, outage, latency }

const [name = '', ...rest] = process.argv.slice(2)
const bench = benches[name]
if (!bench || rest.includes('--help')) {
  const rows = Object.entries(benches).flatMap(([each, { summary, options }]) => [
    `  ${each.padEnd(10)} ${summary}`,
    ...Object.entries(options).map(([option, { default: value, text }]) => `             --${option} ${text} (${value})`)
  ])
  console.log(['Usage: npm run bench -- NAME [options]', '', ...rows].join('\n'))
  process.exit(bench || name === '--help' ? 0 : 2)
}

const { values } = parseArgs({
  args: rest,
  options: Object.fromEntries(
    Object.entries(bench.options).map(([option, { default: value }]) => [option, { type: 'string', default: value }])
  )
})
const { line, ok } = await bench.run(values as Record<string, string>)
console.log(line)
process.exit(ok ? 0 : 1)
