import { isObject, type Json, property, under } from '../../json.ts'
import type { FlowView } from '../flow-view.ts'
import { chainOf } from '../order.ts'
import type { Hit, Rule } from '../rule.ts'

/** Source: learn.microsoft.com/power-automate/limits-and-config, «Definition limits» and «Concurrency». */
const limits = { actions: 500, depth: 8, name: 80, variables: 250, runs: 100, waiting: 100, repetitions: 50 }

const actionTypes = new Set(
  [
    ['Http', 'HttpWebhook', 'OpenApiConnection', 'OpenApiConnectionWebhook', 'ApiConnection', 'ApiConnectionWebhook', 'ApiManagement'],
    ['Function', 'Workflow', 'Response', 'Compose', 'ParseJson', 'Select', 'Query', 'Join', 'Table', 'Wait', 'Terminate', 'Scope'],
    ['If', 'Switch', 'Foreach', 'Until', 'InitializeVariable', 'SetVariable', 'IncrementVariable', 'DecrementVariable'],
    ['AppendToArrayVariable', 'AppendToStringVariable', 'Expression', 'JavaScriptCode', 'FlatFileEncoding', 'FlatFileDecoding', 'Xslt'],
    ['XmlValidation', 'IntegrationAccountArtifactLookup', 'Liquid', 'SendToBatch', 'Changeset']
  ]
    .flat()
    .map(type => type.toLowerCase())
)
const triggerTypes = new Set(
  [
    ['Request', 'Recurrence', 'SlidingWindow', 'Http', 'HttpWebhook', 'OpenApiConnection', 'OpenApiConnectionWebhook'],
    ['OpenApiConnectionNotification', 'ApiConnection', 'ApiConnectionWebhook', 'ApiConnectionNotification', 'Manual', 'Batch']
  ]
    .flat()
    .map(type => type.toLowerCase())
)

function unknownTypes({ actions, flow }: FlowView): Hit[] {
  return [
    ...Object.entries(flow.definition.triggers)
      .filter(([, { type }]) => !triggerTypes.has(type.toLowerCase()))
      .map(([name, { type }]) => ({ at: under('#/triggers', name, 'type'), message: `«${type}» is no type of a trigger.` })),
    ...actions
      .filter(({ action }) => !actionTypes.has(action.type.toLowerCase()))
      .map(({ action, at }) => ({ at: `${at}/type`, message: `«${action.type}» is no type of an action.` }))
  ]
}

function sameNames({ actions }: FlowView): Hit[] {
  const first = new Map<string, string>()
  return actions.flatMap(({ name, at }) => {
    const before = first.get(name.toLowerCase())
    if (before !== undefined) return [{ at, message: `Another action is called «${name}» too: ${before}.` }]
    first.set(name.toLowerCase(), at)
    return []
  })
}

function concurrency({ actions, flow }: FlowView): Hit[] {
  const steps = [
    ...Object.entries(flow.definition.triggers).map(([name, step]) => ({ at: under('#/triggers', name), step })),
    ...actions.map(({ at, action }) => ({ at, step: action }))
  ]
  return steps.flatMap(({ at, step }) => {
    const found = property(step.runtimeConfiguration ?? null, 'concurrency')
    if (!isObject(found)) return []
    return (['runs', 'repetitions'] as const)
      .flatMap(name => outOfRange(name, found[name], limits[name]))
      .concat(outOfRange('maximumWaitingRuns', found.maximumWaitingRuns, limits.waiting))
      .map(message => ({ at: `${at}/runtimeConfiguration/concurrency`, message }))
  })
}

function outOfRange(name: string, value: Json | undefined, most: number): string[] {
  if (value === undefined || (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most)) return []
  return [`${name} is not a whole number between 1 and ${most}.`]
}

function triggers({ flow }: FlowView): Hit[] {
  const count = Object.keys(flow.definition.triggers).length
  return count === 1 ? [] : [{ at: '#/triggers', message: `The flow has ${count} triggers.` }]
}

/** What the platform refuses to save. */
export const limitRules: readonly Rule[] = [
  {
    name: 'OneTrigger',
    level: 'error',
    advice: 'A cloud flow has exactly one trigger.',
    find: triggers
  },
  {
    name: 'UnknownType',
    level: 'error',
    advice: 'Use a type that the Workflow Definition Language has.',
    find: unknownTypes
  },
  {
    name: 'SameName',
    level: 'error',
    advice: 'Give each action a name of its own, in all scopes together.',
    find: sameNames
  },
  {
    name: 'NameTooLong',
    level: 'error',
    advice: `Shorten the name: ${limits.name} characters are the most.`,
    find: ({ actions }) =>
      actions
        .filter(({ name }) => name.length > limits.name)
        .map(({ name, at }) => ({ at, message: `The name of the action has ${name.length} characters.` }))
  },
  {
    name: 'TooManyActions',
    level: 'error',
    advice: `Divide the flow: ${limits.actions} actions are the most.`,
    find: ({ actions }) =>
      actions.length > limits.actions ? [{ at: '#/actions', message: `The flow has ${actions.length} actions.` }] : []
  },
  {
    name: 'TooManyVariables',
    level: 'error',
    advice: `Put values together in objects: ${limits.variables} variables are the most.`,
    find: ({ assignments }) => {
      const count = assignments.filter(({ isDeclaration }) => isDeclaration).length
      return count > limits.variables ? [{ at: '#/actions', message: `The flow has ${count} variables.` }] : []
    }
  },
  {
    name: 'NestedTooDeep',
    level: 'error',
    advice: `Move the inner part into a flow of its own: ${limits.depth} levels are the most.`,
    find: ({ actions }) =>
      actions
        .filter(placed => chainOf(placed).length === limits.depth + 2)
        .map(({ name, at }) => ({ at, message: `«${name}» stands in more than ${limits.depth} actions.` }))
  },
  {
    name: 'ConcurrencyRange',
    level: 'error',
    advice: 'Correct the number: the platform refuses others.',
    find: concurrency
  }
]
