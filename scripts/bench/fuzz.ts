import { fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bench } from '../bench.ts'
import { progress, round } from './figures.ts'
import type { FuzzReport } from './fuzz/fuzz-report.ts'
import type { FuzzTargetName } from './fuzz/targets.ts'

type Done = Extract<FuzzReport, { isDone: true }>
interface Outcome {
  done?: Done
  /** What went wrong beside crashes of the target. */
  trouble?: string
}

/** An input that takes longer than this holds up every callback behind it. */
const maxInputMs = 1000
const silenceMs = 20_000
const processFile = fileURLToPath(new URL('./fuzz/fuzz-process.ts', import.meta.url))

/**
 * Throws changed certificates and callbacks at the readers, led by the code that they reach; only a Failure may come of it. A fuzzer that finds
 * nothing may be blind, so it first has to find a crash that was planted.
 */
export const fuzz: Bench = {
  summary: 'changed certificates and callbacks, led by the code that they reach',
  options: {
    seconds: { default: '60', text: 'How long, for all targets together.' },
    seed: { default: '1', text: 'The same seed begins in the same way.' },
    target: { default: 'certificate,callback', text: 'certificate, callback, planted, or several with commas.' },
    blind: { default: 'false', text: 'Do not look at the code that is reached, for comparison.', flag: true },
    'from-nothing': { default: 'false', text: 'Begin with one byte in place of good inputs, for comparison.', flag: true }
  },
  async run(options) {
    const folder = mkdtempSync(join(tmpdir(), 'fuzz-'))
    const seed = Number(options.seed)
    const isGuided = options.blind !== 'true'
    const isSeeded = options['from-nothing'] !== 'true'
    const names = (options.target ?? '').split(',') as FuzzTargetName[]
    try {
      const planted = await fuzzed('planted', { seconds: 20, seed, isGuided: true, isSeeded: true, folder })
      const lines = [planted.done?.crashes.length ? 'the planted crash is found' : 'THE PLANTED CRASH IS NOT FOUND']
      let ok = planted.done?.crashes.length === 1
      for (const name of names) {
        const outcome = await fuzzed(name, { seconds: Number(options.seconds) / names.length, seed, isGuided, isSeeded, folder })
        const { done, trouble } = outcome
        for (const { message, input } of done?.crashes ?? []) progress(`${name}: ${message}\n  input: ${input}\n`)
        if (done && done.slowestMs > maxInputMs) progress(`${name}: the slowest input: ${done.slowest}\n`)
        if (trouble !== undefined) progress(`${name}: ${trouble}\n`)
        lines.push(done ? summary(name, done, Number(options.seconds) / names.length) : `${name} DID NOT END`)
        ok &&= done !== undefined && done.crashes.length === 0 && done.slowestMs <= maxInputMs
      }
      return { line: `fuzz, seed ${seed}${isGuided ? '' : ', blind'}: ${lines.join('; ')}`, ok }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

interface Run {
  seconds: number
  seed: number
  isGuided: boolean
  isSeeded: boolean
  folder: string
}

/** The process is given up when it says nothing for long; what it was at is in its file. */
function fuzzed(name: FuzzTargetName, { seconds, seed, isGuided, isSeeded, folder }: Run): Promise<Outcome> {
  const batchFile = join(folder, name)
  const child = fork(processFile, [name, seconds, seed, isGuided, isSeeded, batchFile].map(String), {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  return new Promise(resolve => {
    let outcome: Outcome = {}
    let told = Date.now()
    const giveUp = () => {
      child.kill('SIGKILL')
      const [first = ''] = readFileSync(batchFile, 'utf8').split('\n')
      outcome = { trouble: `nothing was heard for ${silenceMs / 1000} s; the inputs of that batch begin with ${first}` }
    }
    const watch = setInterval(() => {
      if (Date.now() - told > silenceMs) giveUp()
    }, 1000)
    let shown = 0
    child.on('message', (report: FuzzReport) => {
      told = Date.now()
      if (report.isDone) outcome = { done: report }
      else if (told - shown > 2000) {
        shown = told
        progress(`${name}: ${report.executions} inputs, ${report.covered} blocks`)
      }
    })
    child.on('exit', code => {
      clearInterval(watch)
      resolve(outcome.done || outcome.trouble ? outcome : { trouble: `the process ended with ${code}` })
    })
  })
}

function summary(name: string, done: Done, seconds: number): string {
  const { executions, corpus, covered, known, crashes, slowestMs } = done
  return `${name} ${executions} inputs, ${round(executions / seconds, 0)}/s, corpus ${corpus}, blocks ${covered} of ${known}, crashes ${crashes.length}, slowest ${round(slowestMs)} ms`
}
