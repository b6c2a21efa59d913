import { progress } from '../figures.ts'
import type { Figure } from './row.ts'

/** Measures each candidate in turn, and then all of them again: what changes on the machine meanwhile touches them alike. */
export async function interleaved<Name extends string>(
  count: number,
  unit: string,
  candidates: Record<Name, () => Promise<number>>
): Promise<Record<Name, Figure>> {
  const names = Object.keys(candidates) as Name[]
  const values = new Map(names.map(name => [name, [] as number[]]))
  for (let round = 1; round <= count; round++)
    for (const name of names) {
      progress(`round ${round} of ${count}: ${name}`)
      values.get(name)?.push(await candidates[name]())
    }
  const figures = {} as Record<Name, Figure>
  for (const name of names) figures[name] = { unit, rounds: values.get(name) ?? [] }
  return figures
}
