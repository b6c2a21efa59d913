/** Work that goes on by itself, while somebody may want to know how much of it there is, or to wait for all of it. */
export interface UnderWay {
  /** Counts the work in until it has ended; gives the end. */
  add(work: Promise<unknown>): Promise<void>
  pending(): number
  /** When all of it has ended, and what was begun meanwhile, too. */
  idle(): Promise<void>
}

export function underWay(): UnderWay {
  const all = new Set<Promise<void>>()
  return {
    add(work) {
      const end: Promise<void> = work.then(() => undefined).finally(() => all.delete(end))
      all.add(end)
      return end
    },
    pending: () => all.size,
    async idle() {
      while (all.size > 0) await Promise.all(all)
    }
  }
}
