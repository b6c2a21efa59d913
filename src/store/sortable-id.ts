import { randomBytes } from 'node:crypto'

/** Ids whose order as text is the order of their making: the time, a counter for what is made in one millisecond, and chance. */
export function sortableIds(now: () => Date): () => string {
  let last = 0
  let counter = 0
  return () => {
    // A clock that is set back must not turn the order round.
    const time = Math.max(now().getTime(), last)
    counter = time === last ? counter + 1 : 0
    last = time
    return `${time.toString(36).padStart(9, '0')}${counter.toString(36).padStart(4, '0')}${randomBytes(5).toString('hex')}`
  }
}
