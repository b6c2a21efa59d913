/** One look at a figure after so much work. */
export interface Look {
  work: number
  value: number
}

export interface Growth {
  /** By how much the value grows with each piece of work, as the line of least squares through the looks has it. */
  slope: number
  /** By how much it has grown between the first look and the last one, at the least: two standard errors are taken for noise. */
  surely: number
}

/** Fits a line through the second half of the looks: in the first, caches fill and code is compiled. */
export function growthOf(looks: readonly Look[]): Growth {
  const late = looks.slice(Math.floor(looks.length / 2))
  const [first, last] = [late[0], late.at(-1)]
  if (first === undefined || last === undefined || late.length < 3) throw new Error('A line needs three looks.')
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(late.map(({ work }) => work)), mean(late.map(({ value }) => value))]
  const spread = late.reduce((sum, { work }) => sum + (work - x) ** 2, 0)
  const slope = late.reduce((sum, { work, value }) => sum + (work - x) * (value - y), 0) / spread
  const off = late.reduce((sum, { work, value }) => sum + (value - y - slope * (work - x)) ** 2, 0)
  const error = Math.sqrt(off / (late.length - 2) / spread)
  return { slope, surely: (slope - 2 * error) * (last.work - first.work) }
}

/**
 * By how much the lowest value of the last third lies over the lowest of the middle one. For a figure that only jumps up by chance: the memory
 * that a process has of its machine is given back late.
 */
export function envelopeGrowth(looks: readonly Look[]): number {
  const third = looks.length / 3
  const lowest = (part: readonly Look[]): number => Math.min(...part.map(({ value }) => value))
  return lowest(looks.slice(Math.floor(2 * third))) - lowest(looks.slice(Math.floor(third), Math.floor(2 * third)))
}
