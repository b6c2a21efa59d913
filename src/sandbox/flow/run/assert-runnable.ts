import { findPlaces } from '../../../flow/check/places.ts'
import { notEvaluated } from '../../../flow/expression/functions/not-evaluated.ts'
import { findFunction } from '../../../flow/expression/functions.ts'
import type { Expression } from '../../../flow/expression/syntax.ts'
import { type FlowActions, type FlowDefinition, nestedActions, type PlacedAction } from '../../../flow/flow-definition.ts'
import { listAt, property, textAt } from '../../../flow/json.ts'
import { actionKinds } from '../actions/action-kinds.ts'
import { findOperation } from '../connector/swagger.ts'
import { triggerKinds } from '../triggers/trigger-kinds.ts'
import { FlowNotRunnable } from './action-failure.ts'
import type { Connections } from './outside.ts'
import { retryPolicyOf } from './retry-policy.ts'

/** Source: learn.microsoft.com/power-automate/limits-and-config, «Flow definition limits». */
const most = { actions: 500, depth: 8, name: 80, variables: 250, expression: 8192 }

/**
 * Refuses a flow that the platform would not save, or that needs something the sandbox has not, before anything of it runs.
 * @throws FlowNotRunnable with everything that is wrong
 */
export function assertRunnable(definition: FlowDefinition, connections: Connections): void {
  const placed = nestedActions(definition)
  const problems = [
    ...triggerProblems(definition, connections),
    ...placed.flatMap(one => actionProblems(one, connections)),
    ...graphProblems(definition.actions),
    ...placed.flatMap(({ action }) =>
      [
        action.actions,
        action.else?.actions,
        action.default?.actions,
        ...Object.values(action.cases ?? {}).map(({ actions }) => actions)
      ].flatMap(actions => graphProblems(actions ?? {}))
    ),
    ...expressionProblems(definition, placed)
  ]
  if (placed.length > most.actions) problems.push(`There are ${placed.length} actions; a flow has at most ${most.actions}.`)
  const names = placed.map(({ name }) => name)
  for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index)))
    problems.push(`Two actions are called '${name}'.`)
  const variables = placed.flatMap(({ action }) => (action.type === 'InitializeVariable' ? listAt(action.inputs, 'variables') : []))
  if (variables.length > most.variables) problems.push(`There are ${variables.length} variables; a flow has at most ${most.variables}.`)
  if (problems.length > 0) throw new FlowNotRunnable([...new Set(problems)].join('\n'))
}

function triggerProblems({ triggers }: FlowDefinition, connections: Connections): string[] {
  const [entry, ...more] = Object.entries(triggers)
  if (!entry || more.length > 0) return ['A flow has one trigger.']
  const [name, trigger] = entry
  const kind = Object.hasOwn(triggerKinds, trigger.type) ? triggerKinds[trigger.type] : undefined
  if (!kind) return [`The trigger '${name}' is of the type '${trigger.type}', which is not part of the sandbox.`]
  const problem = kind.problem?.(trigger)
  return [...(problem === undefined ? [] : [`The trigger '${name}' ${problem}.`]), ...connectorProblems(name, trigger, connections)]
}

function actionProblems({ name, action, parent, at }: PlacedAction, connections: Connections): string[] {
  const problems: string[] = connectorProblems(name, action, connections)
  if (!Object.hasOwn(actionKinds, action.type))
    problems.push(`The action '${name}' is of the type '${action.type}', which is not part of the sandbox.`)
  if (name.length > most.name) problems.push(`The name '${name.slice(0, 30)}…' has more than ${most.name} characters.`)
  if (action.type === 'InitializeVariable' && parent)
    problems.push(`The action '${name}' declares a variable inside '${parent.name}'; that is for the top of a flow.`)
  if (action.type === 'Http' && property(action.inputs, 'authentication') !== undefined)
    problems.push(`The action '${name}' signs in by 'authentication'; the sandbox knows headers only.`)
  const around = chain(parent)
  if (action.type === 'Terminate' && around.some(({ action: { type } }) => type === 'Foreach' || type === 'Until'))
    problems.push(`The action '${name}' ends the run inside of a loop (${at}).`)
  if (around.length > most.depth) problems.push(`The action '${name}' is nested deeper than ${most.depth} levels.`)
  return [...problems, ...attempt(`The action '${name}'`, () => retryPolicyOf(action.inputs ?? null))]
}

function connectorProblems(name: string, step: { type: string; inputs?: unknown }, connections: Connections): string[] {
  if (!step.type.startsWith('OpenApiConnection')) return []
  const host = property(step.inputs, 'host')
  const key = textAt(host, 'connectionName') ?? ''
  const connection = Object.hasOwn(connections, key) ? connections[key] : undefined
  if (!connection) return [`The step '${name}' uses the connection reference '${key}', for which there is no connection.`]
  return attempt(`The step '${name}'`, () => findOperation(connection.definition, textAt(host, 'operationId') ?? ''))
}

function graphProblems(actions: FlowActions): string[] {
  const ended = new Set<string>()
  const walk = (name: string, path: readonly string[]): string[] => {
    if (path.includes(name)) return [`The actions ${[...path, name].map(step => `'${step}'`).join(' → ')} wait for each other.`]
    if (ended.has(name)) return []
    ended.add(name)
    return Object.keys(actions[name]?.runAfter ?? {}).flatMap(before =>
      Object.hasOwn(actions, before)
        ? walk(before, [...path, name])
        : [`The action '${name}' runs after '${before}', which is not there beside it.`]
    )
  }
  return Object.keys(actions).flatMap(name => walk(name, []))
}

const unsupported = new Set(Object.keys(notEvaluated).map(name => name.toLowerCase()))

/** Functions whose first argument is the name of an action. */
const namesAction = new Set(['body', 'outputs', 'actions', 'actionbody', 'actionoutputs', 'result', 'items'])

function expressionProblems(definition: FlowDefinition, placed: PlacedAction[]): string[] {
  const names = new Set(placed.map(({ name }) => name))
  const { places, syntaxErrors, texts } = findPlaces(definition, placed)
  const calls = places.flatMap(({ at, expressions }) =>
    expressions.flatMap(expression => callsIn(expression)).map(call => ({ ...call, at }))
  )
  return [
    ...syntaxErrors.map(({ at, message }) => `The expression at ${at} cannot be read: ${message}`),
    ...texts
      .filter(({ text }) => text.includes('@') && text.length > most.expression)
      .map(({ at }) => `The expression at ${at} is longer than ${most.expression} characters.`),
    ...calls.filter(({ name }) => !findFunction(name)).map(({ name, at }) => `There is no function '${name}' (${at}).`),
    ...calls
      .filter(({ name }) => unsupported.has(name.toLowerCase()))
      .map(({ name, at }) => `The function '${name}' is not part of the sandbox (${at}).`),
    ...calls.flatMap(({ name, args: [first], at }) =>
      namesAction.has(name.toLowerCase()) && first?.kind === 'literal' && typeof first.value === 'string' && !names.has(first.value)
        ? [`There is no action '${first.value}' (${at}).`]
        : []
    )
  ]
}

function callsIn(expression: Expression): (Expression & { kind: 'call' })[] {
  if (expression.kind === 'call') return [expression, ...expression.args.flatMap(callsIn)]
  return expression.kind === 'member' ? [...callsIn(expression.of), ...callsIn(expression.name)] : []
}

function chain(placed: PlacedAction | undefined): PlacedAction[] {
  return placed ? [placed, ...chain(placed.parent)] : []
}

function attempt(what: string, act: () => unknown): string[] {
  try {
    act()
    return []
  } catch (error) {
    if (error instanceof FlowNotRunnable) return [`${what}: ${error.message}`]
    throw error
  }
}
