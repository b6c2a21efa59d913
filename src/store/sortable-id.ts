import { randomBytes } from 'node:crypto'

/** Nine digits of base 36 are good until the year 5188. */
const timePart = (ms: number): string => ms.toString(36).padStart(9, '0')

/** Below every id of that time or later, and above all earlier ones. `ms` is in milliseconds since 1970. */
export const idsFrom = (ms: number): string => timePart(Math.max(0, ms))

/**
 * Ids whose order as text is the order of their making: the time, a counter for what is made in one millisecond, and chance. They are lower-case
 * letters and digits of one length, which every collation of a database sorts alike.
 */
export function sortableIds(now: () => Date): () => string {
  let last = 0
  let counter = 0
  return () => {
    // A clock that is set back must not turn the order round.
    const time = Math.max(now().getTime(), last)
    counter = time === last ? counter + 1 : 0
    last = time
    return `${timePart(time)}${counter.toString(36).padStart(4, '0')}${randomBytes(5).toString('hex')}`
  }
}
