import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { progress } from '../figures.ts'
import { fullCache } from './full-cache.ts'
import type { GrowthQuestion, Operation, Size } from './growth-worker.ts'
import { diskFolder, measured } from './machine.ts'
import { interleaved } from './rounds.ts'
import type { Row } from './row.ts'
import type { Circumstances, Section } from './section.ts'
import { startWorker } from './worker.ts'

interface Growing {
  /** Of what there is more and more. */
  by: keyof Size
  sizes: readonly number[]
  operations: readonly { operation: Operation; what: string; times: number; note?: string }[]
}

const growing: readonly Growing[] = [
  {
    by: 'backlog',
    sizes: [0, 10_000, 100_000],
    operations: [
      { operation: 'claim', what: 'claiming a job and giving it back', times: 200 },
      // Last, for it adds to what it is measured by.
      { operation: 'accept', what: 'accepting a callback', times: 500 }
    ]
  },
  {
    by: 'subscribers',
    sizes: [0, 10, 100],
    operations: [{ operation: 'accept', what: 'accepting a callback', times: 200, note: 'each subscriber gets a delivery of its own' }]
  },
  { by: 'links', sizes: [0, 10_000, 100_000], operations: [{ operation: 'look up', what: 'looking up a link', times: 4000 }] }
]

/** The same operation when there is more of everything: its cost, as a ratio to the smallest. */
export const growth: Section = {
  title: 'growth: the same operation with more at hand',
  async measure(circumstances) {
    const rows: Row[] = []
    for (const each of growing) rows.push(...(await grow(each, circumstances)))
    return [...rows, ...(await fullCache(circumstances))]
  }
}

async function grow({ by, sizes, operations }: Growing, { dist, rounds }: Circumstances): Promise<Row[]> {
  const place = mkdtempSync(join(folderFor(by), 'referral-speed-'))
  const workers = sizes.map(size => ({ size, worker: startWorker<GrowthQuestion, number>('growth-worker.ts', measured) }))
  const rows: Row[] = []
  try {
    for (const { size, worker } of workers) {
      progress(`filling: ${size} ${words[by]}`)
      await worker.ask({ dist, folder: join(place, String(size)), size: { backlog: 0, subscribers: 0, links: 0, [by]: size } })
    }
    for (const { operation, what, times, note } of operations) {
      const name = (size: number): string => `${what}, ${size.toLocaleString('en')} ${words[by]}`
      const candidates = Object.fromEntries(workers.map(({ size, worker }) => [name(size), () => worker.ask({ operation, times })]))
      await interleaved(1, 'µs', candidates)
      const [least, ...more] = Object.entries(await interleaved(rounds, 'µs', candidates))
      for (const [what, figure] of least ? more : [])
        rows.push({ what, figure, comparedWith: `with ${sizes[0]}`, ...(least && { its: least[1] }), ...(note && { note }) })
    }
    return rows
  } finally {
    for (const { worker } of workers) await worker.end()
    rmSync(place, { recursive: true, force: true })
  }
}

const words: Record<keyof Size, string> = { backlog: 'waiting', subscribers: 'subscribers', links: 'links' }

/** Links are only read: that costs the same wherever the file is, and without a disk a hundred thousand are made in a tenth of the time. */
function folderFor(by: keyof Size): string {
  return by === 'links' && existsSync('/dev/shm') ? '/dev/shm' : diskFolder().folder
}
