import { findFunction } from '../expression/functions.ts'
import type { Expression } from '../expression/syntax.ts'
import type { PlacedAction } from '../flow-definition.ts'
import { type FlowView, isCall, isNull, literalText, type Occurrence } from './flow-view.ts'
import { chainOf } from './order.ts'
import { pathKey } from './paths.ts'

/** The data that is surely not null when a condition has come out as `outcome`. */
export function nonNull(condition: Expression, outcome: boolean): Set<string> {
  if (condition.kind !== 'call') return new Set()
  const { args } = condition
  if (isCall(condition, 'not') && args[0]) return nonNull(args[0], !outcome)
  if (isCall(condition, 'and', 'or')) {
    // All rows came out alike, or any one of them did.
    const all = isCall(condition, 'and') === outcome
    const sets = args.map(arg => nonNull(arg, outcome))
    return all ? union(sets) : intersection(sets)
  }
  if (isCall(condition, 'empty')) return outcome ? new Set() : keys(args)
  if (isCall(condition, 'equals')) return byEquality(args, outcome)
  return refusers(condition)
}

function byEquality(args: readonly Expression[], outcome: boolean): Set<string> {
  const tested = keys(args)
  if (args.some(isNull)) return outcome ? new Set() : tested
  const literal = args.find(arg => arg.kind === 'literal')
  if (!literal) return new Set()
  // A value with a stand-in for null: where it is not the stand-in, it is not null.
  const standIn = args.flatMap(arg => (isCall(arg, 'coalesce') ? [literalText(arg.args.at(-1))] : isCall(arg, 'string') ? [''] : []))[0]
  if (standIn !== undefined) return (literalText(literal) === standIn) === outcome ? new Set() : tested
  return outcome ? tested : new Set()
}

/** Data in arguments that may not be null: the condition came out at all, so it was not. */
function refusers(call: Expression & { kind: 'call' }): Set<string> {
  const places = findFunction(call.name)?.refusesNull ?? []
  return union(
    call.args.map((arg, i) => {
      if (places !== 'all' && !places.includes(i)) return new Set()
      const key = pathKey(arg)
      return key !== undefined ? new Set([key]) : arg.kind === 'call' ? refusers(arg) : new Set()
    })
  )
}

function keys(args: readonly Expression[]): Set<string> {
  const inner = args.flatMap(arg => (isCall(arg, 'coalesce', 'string', 'trim', 'toLower', 'toUpper') ? arg.args.slice(0, 1) : [arg]))
  return new Set(inner.map(pathKey).filter(key => key !== undefined))
}

const union = (sets: Set<string>[]): Set<string> => new Set(sets.flatMap(set => [...set]))
const intersection = ([first = new Set(), ...others]: Set<string>[]): Set<string> =>
  new Set([...first].filter(key => others.every(other => other.has(key))))

/** Everything that surely is not null where an expression stands. */
export type Guards = (occurrence: Occurrence<Expression>) => Set<string>

export function guardsOf(view: FlowView): Guards {
  const everywhere = union(triggerConditions(view))
  const byOwner = new Map<PlacedAction, Set<string>>()
  return ({ around, expression, place: { owner } }) => {
    const within = union(withinExpression(expression, around))
    if (owner === undefined || owner === 'outputs') return union([within, everywhere])
    const known = byOwner.get(owner) ?? union([...enclosing(owner, view), ...endedBefore(owner, view)])
    byOwner.set(owner, known)
    return union([within, everywhere, known])
  }
}

/** By the condition of an `if` around, and by the rows before in an `and` or `or`. */
function withinExpression(expression: Expression, around: readonly Expression[]): Set<string>[] {
  return around.flatMap((outer, i) => {
    if (outer.kind !== 'call') return []
    const place = outer.args.indexOf(around[i - 1] ?? expression)
    const [condition] = outer.args
    if (isCall(outer, 'if') && place > 0 && condition) return [nonNull(condition, place === 1)]
    if (isCall(outer, 'and', 'or')) return outer.args.slice(0, Math.max(0, place)).map(row => nonNull(row, isCall(outer, 'and')))
    return []
  })
}

function triggerConditions(view: FlowView): Set<string>[] {
  return view.places
    .filter(({ owner, at }) => owner === undefined && at.includes('/conditions/'))
    .flatMap(({ expressions }) => expressions.map(expression => nonNull(expression, true)))
}

/** By the If or Switch that an action is inside of. */
function enclosing(owner: PlacedAction, view: FlowView): Set<string>[] {
  return chainOf(owner).flatMap(({ parent, branch }) => {
    if (!parent || (branch !== 'actions' && branch !== 'else' && !branch.startsWith('case '))) return []
    const condition = conditionOf(parent, view)
    if (!condition) return []
    if (branch.startsWith('case ')) return [keys([condition])]
    return parent.action.type.toLowerCase() === 'if' ? [nonNull(condition, branch === 'actions')] : []
  })
}

/** By an If before, one of whose branches ends the run. */
function endedBefore(owner: PlacedAction, view: FlowView): Set<string>[] {
  return view.actions
    .filter(placed => placed.action.type.toLowerCase() === 'if' && view.isBefore(placed, owner))
    .flatMap(placed => {
      const condition = conditionOf(placed, view)
      if (!condition) return []
      const ends = (actions: PlacedAction['siblings'] | undefined): boolean =>
        Object.values(actions ?? {}).some(({ type }) => type.toLowerCase() === 'terminate')
      if (ends(placed.action.else?.actions)) return [nonNull(condition, true)]
      return ends(placed.action.actions) ? [nonNull(condition, false)] : []
    })
}

/** What an If, a Switch or an Until decides by. */
export function conditionOf({ at }: PlacedAction, view: FlowView): Expression | undefined {
  return view.places.find(place => place.at === `${at}/expression`)?.expressions[0]
}
