/** One store of a certain size, and the same operations on it as on any other. */
import { randomUUID } from 'node:crypto'
import type { openStore, Store } from '../../../src/store/open-store.ts'
import { newCallback } from './new-callback.ts'
import { answer, shipped } from './worker.ts'

export interface Size {
  /** Callbacks that were taken, with their jobs and timelines, and are still to be worked off. */
  backlog: number
  subscribers: number
  links: number
}

export type Operation = 'accept' | 'claim' | 'look up'
export type GrowthQuestion = { dist: string; folder: string; size: Size } | { operation: Operation; times: number }

const connections = 50
let store: Store | undefined
let known: { referralId: string; leadId: string }[] = []

/** Microseconds for each operation. */
answer<GrowthQuestion, number>(async question => {
  if ('size' in question) {
    const module = await shipped<{ openStore: typeof openStore }>(question.dist, 'store/open-store.js')
    store = await module.openStore({ folder: question.folder, key: Buffer.alloc(32, 7), now: () => new Date() })
    await fill(store, question.size)
    return 0
  }
  if (!store) throw new Error('There is no store yet.')
  const start = performance.now()
  await operations[question.operation](store, question.times)
  return ((performance.now() - start) * 1000) / question.times
})

const operations: Record<Operation, (store: Store, times: number) => Promise<void>> = {
  async accept({ inbox }, times) {
    await together(times, async () => void (await inbox.accept(newCallback())))
  },
  /** As the worker does: some at a time. They are given back, so that the next round finds as many. */
  async claim({ jobs }, times) {
    for (let claimed = 0; claimed < times; ) {
      const claims = await jobs.claim('referral', { limit: 4, leaseMs: 15_000 })
      for (const claim of claims) await jobs.release(claim)
      claimed += Math.max(1, claims.length)
    }
  },
  async 'look up'({ links }, times) {
    for (let looked = 0; looked < times; looked += 2) {
      const { referralId = '', leadId = '' } = known[looked % known.length] ?? {}
      if (!(await links.get(referralId)) || !(await links.byLead(leadId))) throw new Error('A link is missing.')
    }
  }
}

async function fill({ inbox, links, subscriptions }: Store, size: Size): Promise<void> {
  await together(Math.max(size.backlog, 4), async () => void (await inbox.accept(newCallback())))
  for (let made = 0; made < size.subscribers; made++)
    await subscriptions.put({ callerId: 'bench', url: `https://hooks.example/${made}`, events: ['referral-created'] })
  const every = Math.max(1, Math.floor(size.links / 100))
  for (let made = 0; made < Math.max(size.links, 1); made++) {
    const link = { referralId: randomUUID(), leadId: randomUUID(), written: { subject: 'A deal', estimatedamount: 1000 } }
    await links.put(link)
    if (made % every === 0) known.push(link)
  }
  known = known.slice(0, 100)
}

async function together(times: number, act: () => Promise<void>): Promise<void> {
  let left = times
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (left-- > 0) await act()
    })
  )
}
