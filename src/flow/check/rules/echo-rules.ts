import type { Expression } from '../../expression/syntax.ts'
import type { PlacedAction } from '../../flow-definition.ts'
import { type Json, objectAt, property, textAt } from '../../json.ts'
import { type Call, type FlowView, isCall, type Occurrence } from '../flow-view.ts'
import { conditionOf } from '../non-null.ts'
import { chainOf } from '../order.ts'
import { hostOf, piecesOf } from '../origin.ts'
import { dataPath } from '../paths.ts'
import { isHttp, operationOf } from '../requests.ts'
import type { Hit, Rule } from '../rule.ts'

/** Writes to what the trigger told about: the write is a change too, and the trigger tells about it again. */
function echoes(view: FlowView): Hit[] {
  return view.actions
    .filter(placed => (writesTriggersAddress(placed, view) || writesTriggersRow(placed, view)) && !isGuarded(placed, view))
    .map(({ name, at }) => ({
      at,
      message: `«${name}» writes to what the trigger told about, in every run: each write starts the next run, without end.`
    }))
}

function writesTriggersAddress(placed: PlacedAction, view: FlowView): boolean {
  const { inputs = null } = placed.action
  if (!isHttp(placed) || !/^(put|patch)$/i.test(textAt(inputs, 'method') ?? '')) return false
  const uri = property(inputs, 'uri')
  const host = hostOf(uri, view)
  if (host.from === 'trigger') return true
  // An address that is written down, with the id that the trigger told: an echo where it is the system that calls flows for its changes.
  const callsBack = host.from === 'text' && /(^|\.)partner(center)?\.microsoft\.com$/.test(host.text)
  return callsBack && piecesOf(uri, view).some(({ from }) => from === 'trigger')
}

function writesTriggersRow(placed: PlacedAction, view: FlowView): boolean {
  const [trigger] = Object.values(view.flow.definition.triggers)
  const { inputs = null } = placed.action
  if (!/^(Update|Patch)/i.test(operationOf(placed) ?? '') || !trigger) return false
  const watched = textAt(objectAt(trigger.inputs, 'parameters'), 'subscriptionRequest/entityname')
  const written = textAt(objectAt(inputs, 'parameters'), 'entityName')
  const id = property(objectAt(inputs, 'parameters'), 'recordId')
  const isSameTable = watched !== undefined && written !== undefined && [watched, `${watched}s`, `${watched}es`].includes(written)
  return isSameTable && !isFiltered(trigger.inputs ?? null) && piecesOf(id, view).some(({ from }) => from === 'trigger')
}

const isFiltered = (inputs: Json): boolean =>
  ['filteringattributes', 'filterexpression'].some(name => textAt(objectAt(inputs, 'parameters'), `subscriptionRequest/${name}`))

/** Whether anything holds a write back that would change nothing: a comparison of two values that are both looked up, or the kind of the event. */
function isGuarded(placed: PlacedAction, view: FlowView): boolean {
  const triggerCalls = view.calls.filter(({ place }) => place.owner === undefined && place.at.includes('/conditions/'))
  const around = chainOf(placed).flatMap(({ parent }) => (parent ? [conditionOf(parent, view)] : []))
  const before = view.actions.filter(({ action }) => /^(if|switch)$/i.test(action.type) && endsRun(action.actions, action.else?.actions))
  const conditions = [...around, ...before.map(other => conditionOf(other, view))]
  return (
    triggerCalls.some(({ expression }) => compares(expression)) ||
    conditions.some(condition => condition !== undefined && callsIn(condition).some(compares))
  )
}

function endsRun(...branches: (Record<string, { type: string }> | undefined)[]): boolean {
  return branches.some(branch => Object.values(branch ?? {}).some(({ type }) => type.toLowerCase() === 'terminate'))
}

function compares(call: Occurrence<Call>['expression']): boolean {
  const isOfEvent = call.args.some(arg => /event(name|type)/i.test(dataPath(arg)?.steps.at(-1) ?? ''))
  const areBothLookedUp = isCall(call, 'equals') && call.args.length === 2 && call.args.every(arg => arg.kind !== 'literal')
  return isOfEvent || areBothLookedUp
}

function callsIn(expression: Expression): Call[] {
  if (expression.kind === 'literal') return []
  const inside = expression.kind === 'call' ? expression.args : [expression.of, expression.name]
  return [...(expression.kind === 'call' ? [expression] : []), ...inside.flatMap(callsIn)]
}

export const echoRules: readonly Rule[] = [
  {
    name: 'EchoLoop',
    level: 'error',
    advice:
      'Write only where a value differs from what is there already, compare both in a condition, or call an action that does. An If-Match header is no help: it holds back only who comes second.',
    find: echoes
  }
]
