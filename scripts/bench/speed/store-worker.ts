import type { openStore } from '../../../src/store/open-store.ts'
import { newCallback } from './new-callback.ts'
import { answer, shipped } from './worker.ts'

/** Where the store is, then how many callbacks it is to take at which concurrency. */
export type StoreQuestion = { dist: string; folder: string } | { count: number; connections: number }

let accept: (() => Promise<unknown>) | undefined

answer<StoreQuestion, number>(async question => {
  if ('folder' in question) {
    const module = await shipped<{ openStore: typeof openStore }>(question.dist, 'store/open-store.js')
    const store = await module.openStore({ folder: question.folder, key: Buffer.alloc(32, 7), now: () => new Date() })
    accept = () => store.inbox.accept(newCallback())
    return 0
  }
  let left = question.count
  const start = performance.now()
  await Promise.all(
    Array.from({ length: question.connections }, async () => {
      while (left-- > 0) await accept?.()
    })
  )
  return question.count / ((performance.now() - start) / 1000)
})
