import { Failure } from '../failure.ts'

/** Hands out at most so many slots at a time; who comes later waits in order. */
export interface Slots {
  /**
   * Resolves with the function that gives the slot back.
   * @throws CRM_BUSY at once when too many wait already, or when none came free within `patienceMs`
   */
  take(patienceMs: number): Promise<() => void>
}

/**
 * Dataverse refuses the 53rd request of a user under way at the same time (learn.microsoft.com, «Service protection API limits»), and
 * dynamics-web-api opens as many connections as it is asked to.
 */
export function slots({ max, maxWaiting }: { max: number; maxWaiting: number }): Slots {
  let free = max
  const waiting: (() => void)[] = []

  const give = (): (() => void) => {
    let isTaken = true
    return () => {
      if (!isTaken) return
      isTaken = false
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }

  return {
    async take(patienceMs) {
      if (free > 0) {
        free--
        return give()
      }
      if (waiting.length >= maxWaiting) {
        throw new Failure('CRM_BUSY', `${maxWaiting} requests to Dataverse are waiting already.`, { retryAfterMs: 5000 })
      }
      return await new Promise((resolve, reject) => {
        const onFree = (): void => {
          clearTimeout(timer)
          resolve(give())
        }
        const timer = setTimeout(() => {
          waiting.splice(waiting.indexOf(onFree), 1)
          reject(new Failure('CRM_BUSY', 'No request to Dataverse could be started in time.', { retryAfterMs: 5000 }))
        }, patienceMs)
        waiting.push(onFree)
      })
    }
  }
}
