/** A whole number from 0 up to `below`, exclusive. */
export type Random = (below: number) => number

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return below => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** One of several. */
export function oneOf<T>(list: readonly [T, ...T[]], random: Random): T
export function oneOf<T>(list: readonly T[], random: Random): T | undefined
export function oneOf<T>(list: readonly T[], random: Random): T | undefined {
  return list[random(list.length)]
}
