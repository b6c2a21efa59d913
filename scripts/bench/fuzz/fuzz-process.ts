/** Fuzzes one target in a process of its own, and sends what it did to the parent. Arguments: target, seconds, seed, guided, seeded, and a file. */
import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { blockCoverage } from './block-coverage.ts'
import { fuzzLoop } from './fuzz-loop.ts'
import type { FuzzReport } from './fuzz-report.ts'
import { seededRandom } from './random.ts'
import { type FuzzTargetName, fuzzTargets } from './targets.ts'

const [name = '', seconds, seed, isGuided, isSeeded, batchFile = ''] = process.argv.slice(2)
// A stack is a short line of places; the usual form, with source maps, would cost more than the rest.
Error.stackTraceLimit = 8
Error.prepareStackTrace = (_error, calls) =>
  calls
    .map(
      call => `${call.getFunctionName() ?? ''} (${basename(call.getFileName() ?? '')}:${call.getLineNumber()}:${call.getColumnNumber()})`
    )
    .join(' < ')
const coverage = blockCoverage(url => /\/src\/callback\/|planted-target/.test(url))
const target = await fuzzTargets[name as FuzzTargetName]()
const end = performance.now() + Number(seconds) * 1000

const figures = fuzzLoop(isSeeded === 'true' ? target : { ...target, seeds: [] }, {
  coverage,
  random: seededRandom(Number(seed)),
  isGuided: isGuided === 'true',
  maxCrashes: name === 'planted' ? 1 : 5,
  isOver: () => performance.now() >= end,
  onBatch(inputs, { executions, covered }) {
    writeFileSync(batchFile, inputs.map(input => input.toString('base64')).join('\n'))
    process.send?.({ isDone: false, executions, covered } satisfies FuzzReport)
  }
})
const base64 = (input: Buffer) => input.toString('base64')
process.send?.({
  isDone: true,
  ...figures,
  slowest: base64(figures.slowest),
  crashes: figures.crashes.map(({ message, input }) => ({ message, input: base64(input) }))
} satisfies FuzzReport)
process.disconnect()
