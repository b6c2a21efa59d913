import type { BlockCoverage } from './block-coverage.ts'
import { byteMutations, type Mutation } from './byte-mutations.ts'
import { lengthMutation, treeMutations } from './der-mutations.ts'
import { oneOf, type Random } from './random.ts'

export interface FuzzTarget {
  /** Inputs to begin with, and pieces to put into others. */
  seeds: readonly Buffer[]
  tokens: readonly Buffer[]
  isDer: boolean
  /** Gives the places where the input was refused; what it throws is a crash. */
  run(input: Buffer): readonly string[]
}

export interface Crash {
  message: string
  input: Buffer
}

export interface FuzzFigures {
  executions: number
  corpus: number
  covered: number
  known: number
  crashes: readonly Crash[]
  slowestMs: number
  slowest: Buffer
}

export interface FuzzOptions {
  coverage: BlockCoverage
  random: Random
  /** False: only the seeds are changed, for comparison. */
  isGuided: boolean
  /** After how many different crashes to stop. */
  maxCrashes: number
  isOver: () => boolean
  /** Told before each batch runs, so that one that never ends is known. */
  onBatch?: (inputs: readonly Buffer[], figures: FuzzFigures) => void
}

const maxInput = 8 * 1024

/**
 * Runs changed inputs in batches. What is refused at a new place is changed further. A batch that reached new code is halved until the inputs that did
 * it are found, and those are changed further too.
 */
export function fuzzLoop(target: FuzzTarget, { coverage, random, isGuided, maxCrashes, isOver, onBatch }: FuzzOptions): FuzzFigures {
  const mutations: readonly Mutation[] = [
    ...Object.values(byteMutations),
    ...(target.tokens.length > 0 ? [tokenMutation(target.tokens)] : []),
    ...(target.isDer ? [...Object.values(treeMutations), ...Object.values(treeMutations), lengthMutation] : [])
  ]
  const seeds = target.seeds.length > 0 ? target.seeds : [Buffer.from([0])]
  const corpus: Buffer[] = [...seeds]
  const places = new Set<string>()
  const crashes = new Map<string, Crash>()
  let executions = 0
  let slowestMs = 0
  let slowest: Buffer = Buffer.alloc(0)
  let batchSize = 32

  function runAll(inputs: readonly Buffer[]): void {
    for (const input of inputs) {
      const started = performance.now()
      try {
        const news = target.run(input).filter(place => !places.has(place))
        for (const place of news) places.add(place)
        if (news.length > 0 && isGuided) corpus.push(input)
      } catch (error) {
        const { message, place } = described(error)
        if (!crashes.has(place)) crashes.set(place, { message, input })
      }
      const took = performance.now() - started
      executions += 1
      if (took > slowestMs) {
        slowestMs = took
        slowest = input
      }
    }
  }

  /** Keeps those of the inputs that reach what none before has reached. */
  function keep(inputs: readonly Buffer[]): void {
    runAll(inputs)
    const sample = coverage.sample()
    if (!coverage.isNew(sample)) return
    if (inputs.length <= 1) {
      coverage.add(sample)
      corpus.push(...inputs)
      return
    }
    keep(inputs.slice(0, inputs.length >> 1))
    keep(inputs.slice(inputs.length >> 1))
  }

  function changed(): Buffer {
    // What was found lately leads on, what was given is nearest to the good; the rest lies in between.
    const from = isGuided ? ([corpus.slice(-16), corpus, seeds][random(3)] ?? seeds) : seeds
    let input = oneOf(from, random) ?? Buffer.alloc(0)
    for (let count = 1 + random(4); count > 0; count--) {
      input = oneOf(mutations, random)?.(input, random, oneOf(from, random) ?? input) ?? input
    }
    return input.subarray(0, maxInput)
  }

  const figures = (): FuzzFigures => ({
    executions,
    corpus: corpus.length,
    ...coverage.figures(),
    crashes: [...crashes.values()],
    slowestMs,
    slowest
  })

  // What loading the code has run is nobody's find.
  coverage.add(coverage.sample())
  runAll(seeds)
  coverage.add(coverage.sample())
  while (!isOver() && crashes.size < maxCrashes) {
    const inputs = Array.from({ length: batchSize }, changed)
    onBatch?.(inputs, figures())
    const started = performance.now()
    runAll(inputs)
    const sample = coverage.sample()
    if (coverage.isNew(sample)) {
      if (isGuided) keep(inputs)
      coverage.add(sample)
    }
    // Long enough that the samples cost little, short enough that a find is not waited for.
    batchSize = performance.now() - started < 20 ? Math.min(1024, batchSize * 2) : Math.max(8, batchSize >> 1)
  }
  return figures()
}

function tokenMutation(tokens: readonly Buffer[]): Mutation {
  return (bytes, random) => {
    const at = random(bytes.length + 1)
    const token = oneOf(tokens, random) ?? bytes
    return Buffer.concat([bytes.subarray(0, at), token, bytes.subarray(at + random(2) * token.length)])
  }
}

/** What is told of a crash, and the place that makes two crashes one: where it was thrown, whatever the way there. */
function described(error: unknown): { message: string; place: string } {
  const stack = error instanceof Error ? (error.stack ?? error.name) : ''
  return { message: `${String(error)} at ${stack}`, place: stack.split(' < ')[0] ?? '' }
}
