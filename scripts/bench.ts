/**
 * `npm run bench -- NAME [options]`: what this service withstands and how fast it is, proven on loopback. Each ends with one summary line, and
 * with exit code 1 when a promise was broken.
 */
import { parseArgs } from 'node:util'
import { chaos } from './bench/chaos.ts'
import { fuzz } from './bench/fuzz.ts'
import { ingest } from './bench/ingest.ts'
import { kill } from './bench/kill.ts'
import { latency } from './bench/latency.ts'
import { mutate } from './bench/mutate.ts'
import { outage } from './bench/outage.ts'
import { replicas } from './bench/replicas.ts'
import { siege } from './bench/siege.ts'
import { soak } from './bench/soak.ts'
import { speed } from './bench/speed.ts'

export interface Bench {
  summary: string
  /** A flag is given without a value, and then is `true`. */
  options: Record<string, { default: string; text: string; flag?: true }>
  /** Prints its progress to stderr and gives the summary line, and whether every promise was kept. */
  run(options: Record<string, string>): Promise<{ line: string; ok: boolean }>
}

const benches: Record<string, Bench> = { kill, chaos, ingest, replicas, outage, latency, speed, siege, soak, mutate, fuzz }

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
    Object.entries(bench.options).map(([option, { default: value, flag }]) => [
      option,
      flag ? { type: 'boolean', default: value === 'true' } : { type: 'string', default: value }
    ])
  )
})
const { line, ok } = await bench.run(Object.fromEntries(Object.entries(values).map(([option, value]) => [option, String(value)])))
console.log(line)
process.exit(ok ? 0 : 1)
