/** What came of mutations: how many of each kind, and the codes that refused them. */
export interface Tally {
  mutations: Map<string, number>
  codes: Map<string, number>
  worstMs: number
}

export const emptyTally = (): Tally => ({ mutations: new Map(), codes: new Map(), worstMs: 0 })

/** Runs one case and counts it. */
export async function tallied(tally: Tally, mutation: string, judge: () => Promise<string>): Promise<string> {
  const started = performance.now()
  const code = await judge()
  tally.worstMs = Math.max(tally.worstMs, performance.now() - started)
  tally.mutations.set(mutation, (tally.mutations.get(mutation) ?? 0) + 1)
  tally.codes.set(code, (tally.codes.get(code) ?? 0) + 1)
  return code
}

/** The most frequent first. */
export function counts(map: ReadonlyMap<string, number>): string {
  return [...map]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
