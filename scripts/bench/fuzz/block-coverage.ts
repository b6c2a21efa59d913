import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector'

/** What ran since the last sample. */
export type Sample = readonly Profiler.ScriptCoverage[]

export interface BlockCoverage {
  sample(): Sample
  /** Whether something ran that never ran before. */
  isNew(sample: Sample): boolean
  add(sample: Sample): void
  /** How many blocks of the code were ever run, of those that are known. */
  figures(): { covered: number; known: number }
}

/**
 * V8's own coverage by blocks, of the scripts whose address `isOfInterest`. Must be started before they are loaded. A sample costs a millisecond or
 * two, so it is taken for many runs at once. Source: chromedevtools.github.io/devtools-protocol/v8/Profiler, «takePreciseCoverage».
 */
export function blockCoverage(isOfInterest: (url: string) => boolean): BlockCoverage {
  const session = new Session()
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  /** By script: for each character, whether it ever ran. */
  const ran = new Map<string, Uint8Array>()
  const blocks = new Map<string, { url: string; start: number }>()

  /** Inner ranges come after the outer ones and overrule them. */
  function painted({ url, functions }: Profiler.ScriptCoverage): Uint8Array {
    const length = Math.max(ran.get(url)?.length ?? 0, ...functions.map(({ ranges }) => ranges[0]?.endOffset ?? 0))
    const characters = new Uint8Array(length)
    for (const { ranges } of functions)
      for (const { startOffset, endOffset, count } of ranges) characters.fill(count > 0 ? 1 : 0, startOffset, endOffset)
    return characters
  }

  return {
    sample() {
      let found: Sample = []
      session.post('Profiler.takePreciseCoverage', (error, answer) => {
        if (error) throw error
        found = answer.result.filter(({ url }) => isOfInterest(url))
      })
      return found
    },
    isNew: sample =>
      sample.some(script => {
        const before = ran.get(script.url)
        return painted(script).some((isRun, at) => isRun === 1 && before?.[at] !== 1)
      }),
    add(sample) {
      for (const script of sample) {
        const before = ran.get(script.url)
        ran.set(
          script.url,
          painted(script).map((isRun, at) => (isRun === 1 || before?.[at] === 1 ? 1 : 0))
        )
        for (const { ranges } of script.functions)
          for (const { startOffset: start, endOffset } of ranges)
            blocks.set(`${script.url} ${start} ${endOffset}`, { url: script.url, start })
      }
    },
    figures: () => ({ covered: [...blocks.values()].filter(({ url, start }) => ran.get(url)?.[start] === 1).length, known: blocks.size })
  }
}
