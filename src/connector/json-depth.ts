import type { Json } from './json.ts'

/** Whether a value is nested deeper than `limit`; without recursion, so that no depth is too much for it. */
export function isDeeperThan(value: Json | undefined, limit: number): boolean {
  const waiting: [value: unknown, depth: number][] = [[value, 0]]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [found, depth] = next
    if (typeof found !== 'object' || found === null) continue
    if (depth > limit) return true
    for (const inner of Object.values(found)) waiting.push([inner, depth + 1])
  }
  return false
}
