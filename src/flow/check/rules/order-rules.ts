import type { PlacedAction } from '../../flow-definition.ts'
import { under } from '../../json.ts'
import { type Call, conditionCalls, type FlowView, isCall, isNull, type Occurrence } from '../flow-view.ts'
import { runsAfter } from '../order.ts'
import { dataPath } from '../paths.ts'
import type { Hit, Rule } from '../rule.ts'

const ends = ['succeeded', 'failed', 'skipped', 'timedout']

function missing({ actions }: FlowView): Hit[] {
  return actions.flatMap(({ name, action, siblings, at }) =>
    Object.keys(action.runAfter ?? {})
      .filter(before => !Object.hasOwn(siblings, before))
      .map(before => ({ at: under(at, 'runAfter', before), message: `«${name}» runs after «${before}», which is no action beside it.` }))
  )
}

function circles({ actions }: FlowView): Hit[] {
  return actions
    .filter(({ name, siblings }) => runsAfter(siblings, name).has(name))
    .map(({ name, at }) => ({ at, message: `«${name}» waits for itself, through the actions that it runs after.` }))
}

function unknownEnds({ actions }: FlowView): Hit[] {
  return actions.flatMap(({ name, action, at }) =>
    Object.entries(action.runAfter ?? {}).flatMap(([before, states]) => {
      const wrong = states.filter(state => !ends.includes(state.toLowerCase()))
      const place = under(at, 'runAfter', before)
      if (states.length === 0) return [{ at: place, message: `«${name}» runs after no end of «${before}».` }]
      return wrong.map(state => ({ at: place, message: `«${state}» is no end of an action.` }))
    })
  )
}

/**
 * A condition that asks whether a record was found, after the action that reads it. A record that is not there is answered with 404, which
 * fails the action, and what runs only after success is skipped.
 */
function neverReached(view: FlowView): Hit[] {
  return view.actions.flatMap(placed => {
    if (placed.action.type.toLowerCase() !== 'if') return []
    return conditionCalls(placed, view).flatMap(call => {
      const reader = readerOf(call, view)
      if (!reader || !runsOnlyAfterSuccess(placed, reader)) return []
      const message = `«${placed.name}» asks whether «${reader.name}» found a record, and runs only when it did: a missing record fails the action.`
      return [{ at: `${placed.at}/expression`, message }]
    })
  })
}

/** The action whose record a comparison looks for: by its id, by all of its body, or by the status 404. */
function readerOf({ expression }: Occurrence<Call>, view: FlowView): PlacedAction | undefined {
  const { args } = expression
  const tested = args.find(arg => arg.kind !== 'literal')
  const path = tested && dataPath(tested)
  const reader = path?.action === undefined ? undefined : view.byName.get(path.action)
  if (!path || !reader || !readsOneRecord(reader)) return undefined
  const [, step = '', ...rest] = path.steps
  if (isCall(expression, 'equals') && step.toLowerCase() === 'statuscode') {
    return args.some(arg => arg.kind === 'literal' && String(arg.value) === '404') ? reader : undefined
  }
  const looksForNull = isCall(expression, 'empty') || (isCall(expression, 'equals') && args.some(isNull))
  return looksForNull && rest.length <= 1 && isIdOf(rest[0], reader) ? reader : undefined
}

function readsOneRecord({ action }: PlacedAction): boolean {
  const inputs = JSON.stringify(action.inputs ?? null)
  const operation = /"(?:operationId|swaggerOperationId)":"([^"]*)"/.exec(inputs + JSON.stringify(action.metadata ?? null))?.[1]
  if (operation !== undefined) return /^(Get(Item|Row|Record|Entity|Lead|Referral)|GetOnlyRecord)/i.test(operation)
  return /"method":"get"/i.test(inputs) && /\/items\/@|\(@\{|\/@\{[^}]*\}"/.test(inputs)
}

/** No step: the whole body. `id`, or the id by the table's name: `leadid` of `leads`. */
function isIdOf(step: string | undefined, { action }: PlacedAction): boolean {
  if (step === undefined || step.toLowerCase() === 'id') return true
  const stem = /^(\w+)id$/i.exec(step)?.[1]
  return stem !== undefined && new RegExp(`[^a-z]${stem}(s|es)?[^a-z]`, 'i').test(JSON.stringify(action.inputs ?? null))
}

function runsOnlyAfterSuccess(placed: PlacedAction, reader: PlacedAction): boolean {
  const states = placed.action.runAfter?.[reader.name]
  return placed.siblings === reader.siblings && states !== undefined && states.every(state => state.toLowerCase() === 'succeeded')
}

/** What runs after what, and what therefore never runs. */
export const orderRules: readonly Rule[] = [
  {
    name: 'RunAfterUnknown',
    level: 'error',
    advice: 'Name actions of the same scope or branch only.',
    find: missing
  },
  {
    name: 'RunAfterCircle',
    level: 'error',
    advice: 'Break the circle: none of its actions can ever begin.',
    find: circles
  },
  {
    name: 'RunAfterState',
    level: 'error',
    advice: 'Use Succeeded, Failed, Skipped and TimedOut.',
    find: unknownEnds
  },
  {
    name: 'NeverReached',
    level: 'error',
    advice: 'Let the condition run after Failed too and ask for the status code, or read a list with a filter, which is empty instead.',
    find: neverReached
  }
]
