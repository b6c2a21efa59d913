/** Answers by a key, each asked for once and kept for a while. */
export interface Remembered<T> {
  /** The kept answer, or what `find` finds; one that fails is not kept. */
  get(key: string, find: () => Promise<T | undefined>): Promise<T | undefined>
  put(key: string, answer: T): void
  forget(key: string): void
}

const maxKept = 200

/** Keeps what was found for `foundMs`, and that nothing was found for `missingMs`; of more than 200 keys the oldest goes. */
export function remembered<T>({ now, foundMs, missingMs }: { now: () => Date; foundMs: number; missingMs: number }): Remembered<T> {
  const kept = new Map<string, { answer: Promise<T | undefined>; until: number }>()

  function keep(key: string, answer: Promise<T | undefined>) {
    const entry = { answer, until: now().getTime() + foundMs }
    kept.delete(key)
    kept.set(key, entry)
    if (kept.size > maxKept) kept.delete(kept.keys().next().value ?? '')
    return entry
  }

  return {
    async get(key, find) {
      const known = kept.get(key)
      if (known && known.until > now().getTime()) return known.answer
      const entry = keep(key, find())
      try {
        const answer = await entry.answer
        if (answer === undefined) entry.until = now().getTime() + missingMs
        return answer
      } catch (error) {
        if (kept.get(key) === entry) kept.delete(key)
        throw error
      }
    },
    put: (key, answer) => void keep(key, Promise.resolve(answer)),
    forget: key => void kept.delete(key)
  }
}
