import type { FlowActions } from '../../flow-definition.ts'
import { isObject, type Json, listAt, objectAt, property, textAt, under } from '../../json.ts'
import { durationSeconds } from '../duration-seconds.ts'
import type { FlowView } from '../flow-view.ts'
import { callsOut } from '../requests.ts'
import type { Hit, Rule } from '../rule.ts'

function handles(view: FlowView): boolean {
  return view.actions.some(({ action }) =>
    Object.values(action.runAfter ?? {}).some(states => states.some(state => /^(failed|timedout)$/i.test(state)))
  )
}

function unhandled(view: FlowView): Hit[] {
  if (handles(view) || !view.actions.some(callsOut)) return []
  return [{ at: '#/actions', message: 'No action runs after a failure: nobody learns of it, and nothing is put right.' }]
}

/** Something runs after a failure, and nothing says that the run failed: it ends green. */
function swallowed(view: FlowView): Hit[] {
  if (!handles(view)) return []
  const failing = view.actions.some(
    ({ action }) => action.type.toLowerCase() === 'terminate' && /^(failed|@)/i.test(textAt(action.inputs, 'runStatus') ?? '')
  )
  if (failing) return []
  const at = view.actions.find(({ action }) =>
    Object.values(action.runAfter ?? {}).some(states => states.some(state => /^failed$/i.test(state)))
  )?.at
  return [{ at: at ?? '#/actions', message: 'A failure is handled, and the run ends as succeeded all the same.' }]
}

function withoutRetries(view: FlowView): Hit[] {
  const without = view.actions.filter(placed => callsOut(placed) && property(placed.action.inputs, 'retryPolicy') === undefined)
  if (without.length === 0) return []
  const names = without.slice(0, 3).map(({ name }) => `«${name}»`)
  const more = without.length > 3 ? ` and ${without.length - 3} more` : ''
  return [{ at: '#/actions', message: `${names.join(', ')}${more} call other systems without a retryPolicy of their own.` }]
}

function wrongPolicies(view: FlowView): Hit[] {
  return view.actions.flatMap(({ action, at }) => {
    const policy = property(action.inputs, 'retryPolicy')
    if (!isObject(policy)) return []
    return wrongPolicy(policy).map(message => ({ at: under(at, 'inputs', 'retryPolicy'), message }))
  })
}

/** Source: learn.microsoft.com/azure/logic-apps/error-exception-handling, «Retry policy limits». */
function wrongPolicy(policy: Json): string[] {
  const type = textAt(policy, 'type') ?? ''
  if (/^none$/i.test(type)) return []
  if (!/^(fixed|exponential|default)$/i.test(type)) return [`«${type}» is no kind of retry policy.`]
  if (/^default$/i.test(type)) return []
  const count = property(policy, 'count')
  const seconds = (name: string): number | undefined => {
    const text = textAt(policy, name)
    return text === undefined ? undefined : (durationSeconds(text) ?? Number.NaN)
  }
  const [interval, least, most] = [seconds('interval'), seconds('minimumInterval'), seconds('maximumInterval')]
  const isOutside = (value: number | undefined): boolean => value !== undefined && !(value >= 5 && value <= 86_400)
  return [
    ...(typeof count === 'number' && count >= 1 && count <= 90 ? [] : ['The count is not between 1 and 90.']),
    ...(interval === undefined ? ['The interval is missing.'] : []),
    ...([interval, least, most].some(isOutside) ? ['An interval is not between PT5S and P1D.'] : []),
    ...(least !== undefined && most !== undefined && least > most ? ['The least interval is longer than the longest.'] : [])
  ]
}

/** A schema that demands what may be missing or null: one such value fails the action. */
function strictSchemas(view: FlowView): Hit[] {
  return view.actions.flatMap(({ name, action, at }) => {
    if (action.type.toLowerCase() !== 'parsejson') return []
    const demands = demandsOf(property(action.inputs, 'schema') ?? null, '', true)
    if (demands.length === 0) return []
    const more = demands.length > 3 ? ` and ${demands.length - 3} more` : ''
    return [
      {
        at: under(at, 'inputs', 'schema'),
        message: `«${name}» fails when one of these is null or missing: ${demands.slice(0, 3).join(', ')}${more}.`
      }
    ]
  })
}

function demandsOf(schema: Json, path: string, isRoot: boolean): string[] {
  if (!isObject(schema)) return []
  const { type } = schema
  const isFixed = !isRoot && (type === 'object' || type === 'array')
  const required = listAt(schema, 'required').filter(item => typeof item === 'string')
  return [
    ...(isFixed && path !== '' && !path.endsWith('[]') ? [path] : []),
    ...required.map(name => `${path}${path === '' ? '' : '.'}${name}`),
    ...Object.entries(objectAt(schema, 'properties')).flatMap(([name, inner]) =>
      demandsOf(inner, `${path}${path === '' ? '' : '.'}${name}`, false)
    ),
    ...(schema.items === undefined ? [] : demandsOf(schema.items, `${path}[]`, false))
  ].filter((demand, i, all) => all.indexOf(demand) === i)
}

/** An empty branch of a loop or scope does nothing and is counted. */
function emptyScopes(view: FlowView): Hit[] {
  const isEmpty = (actions: FlowActions | undefined): boolean => Object.keys(actions ?? {}).length === 0
  return view.actions
    .filter(({ action }) => /^(scope|foreach|until)$/i.test(action.type) && isEmpty(action.actions))
    .map(({ name, at }) => ({ at, message: `«${name}» has nothing in it.` }))
}

/** What happens when something goes wrong. */
export const failureRules: readonly Rule[] = [
  {
    name: 'NoFailureHandling',
    level: 'warning',
    advice: 'Put the work into a scope, and behind it one that runs after Failed and TimedOut and ends with Terminate.',
    find: unhandled
  },
  {
    name: 'FailureSwallowed',
    level: 'warning',
    advice: 'End the handling with Terminate and the status Failed.',
    find: swallowed
  },
  {
    name: 'NoRetryPolicy',
    level: 'warning',
    advice: 'Set a retryPolicy on purpose: how often and how long depends on who is called, and each try is counted.',
    find: withoutRetries
  },
  {
    name: 'RetryPolicyRange',
    level: 'error',
    advice: 'At most 90 tries, 5 seconds to one day apart.',
    find: wrongPolicies
  },
  {
    name: 'StrictSchema',
    level: 'warning',
    advice: 'Allow null beside each type, and leave out «required» for what the flow can do without.',
    find: strictSchemas
  },
  {
    name: 'EmptyScope',
    level: 'warning',
    advice: 'Remove it: it is counted and does nothing.',
    find: emptyScopes
  }
]
