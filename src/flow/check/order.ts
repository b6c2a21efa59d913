import type { FlowActions, PlacedAction } from '../flow-definition.ts'

/** The names of all siblings that have ended when this one begins: those it runs after, those they run after, and so on. */
export function runsAfter(siblings: FlowActions, name: string): ReadonlySet<string> {
  const before = new Set<string>()
  const open = Object.keys(siblings[name]?.runAfter ?? {})
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (before.has(next)) continue
    before.add(next)
    if (Object.hasOwn(siblings, next)) open.push(...Object.keys(siblings[next]?.runAfter ?? {}))
  }
  return before
}

/** The action and everything that it is inside of, from the inside out. */
export function chainOf(placed: PlacedAction): PlacedAction[] {
  const chain: PlacedAction[] = []
  for (let at: PlacedAction | undefined = placed; at; at = at.parent) chain.push(at)
  return chain
}

export function isInside(inner: PlacedAction, outer: PlacedAction): boolean {
  return inner !== outer && chainOf(inner).includes(outer)
}

/** Whether `earlier` has ended, or was skipped, whenever `later` begins. */
export type IsBefore = (earlier: PlacedAction, later: PlacedAction) => boolean

/**
 * The order of one flow's actions, each looked up once. Two actions stand somewhere under a common scope: there, what holds the one must run
 * before what holds the other.
 */
export function ordering(): IsBefore {
  const known = new Map<FlowActions, Map<string, ReadonlySet<string>>>()
  const before = ({ siblings, name }: PlacedAction): ReadonlySet<string> => {
    const names = known.get(siblings) ?? new Map<string, ReadonlySet<string>>()
    const found = names.get(name) ?? runsAfter(siblings, name)
    known.set(siblings, names.set(name, found))
    return found
  }
  return (earlier, later) => {
    const outer = chainOf(earlier)
    return chainOf(later).some(at => {
      const holder = outer.find(candidate => candidate.siblings === at.siblings)
      return holder !== undefined && holder !== at && before(at).has(holder.name)
    })
  }
}
