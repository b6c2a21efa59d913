import { type Json, type JsonObject, under } from './json.ts'

/** What a flow does: its definition in the Workflow Definition Language, loose enough for those of others. */
export interface FlowDefinition {
  $schema?: string
  contentVersion?: string
  description?: string
  metadata?: Json
  parameters?: Record<string, FlowParameter>
  triggers: Record<string, FlowTrigger>
  actions: FlowActions
  outputs?: Json
}

export type FlowActions = Record<string, FlowAction>

export interface FlowParameter {
  type?: string
  defaultValue?: Json
  metadata?: Json
  description?: string
}

/** What triggers and actions have in common. */
interface Step {
  type: string
  kind?: string
  inputs?: Json
  description?: string
  metadata?: Json
  /** `secureData`, `concurrency`, `paginationPolicy`, … */
  runtimeConfiguration?: JsonObject
  /** `DisableAsyncPattern`, `EnableSchemaValidation`, …, with commas between them. */
  operationOptions?: string
  limit?: JsonObject
}

export interface FlowTrigger extends Step {
  recurrence?: JsonObject
  /** All of them hold, or the run is skipped. */
  conditions?: { expression: Json }[]
  splitOn?: string
}

export interface FlowAction extends Step {
  /** The actions before this one, and the ends of theirs after which it runs. None: it runs at the beginning of its scope. */
  runAfter?: Record<string, string[]>
  /** What is inside a Scope, Foreach, Until, or the yes branch of an If. */
  actions?: FlowActions
  /** The no branch of an If. */
  else?: { actions?: FlowActions }
  /** The branches of a Switch. */
  cases?: Record<string, { case?: Json; actions?: FlowActions }>
  default?: { actions?: FlowActions }
  /** What an If, a Switch or an Until decides by. */
  expression?: Json
  foreach?: Json
  trackedProperties?: Json
}

/** An action and where it stands. */
export interface PlacedAction {
  readonly name: string
  readonly action: FlowAction
  /** A JSON pointer into the definition, for example `#/actions/Try/actions/Get_the_lead`. */
  readonly at: string
  /** The action that it is inside of; undefined at the top. */
  readonly parent: PlacedAction | undefined
  /** The actions among which it stands: the only ones its `runAfter` can name. */
  readonly siblings: FlowActions
  /** Which of its parent's branches: `actions`, `else`, `default`, or the name of a case. */
  readonly branch: string
}

/** A group of actions with a beginning of its own. */
export interface Branch {
  readonly name: string
  readonly at: string
  readonly actions: FlowActions
}

/** The groups of actions inside an action: one for a scope or loop, several for an If or a Switch. */
export function branchesOf(action: FlowAction, at: string): Branch[] {
  const branches: (Branch | undefined)[] = [
    action.actions && { name: 'actions', at: under(at, 'actions'), actions: action.actions },
    action.else?.actions && { name: 'else', at: under(at, 'else', 'actions'), actions: action.else.actions },
    ...Object.entries(action.cases ?? {}).map(
      ([name, { actions }]) => actions && { name: `case ${name}`, at: under(at, 'cases', name, 'actions'), actions }
    ),
    action.default?.actions && { name: 'default', at: under(at, 'default', 'actions'), actions: action.default.actions }
  ]
  return branches.filter(branch => branch !== undefined)
}

/** Every action of a definition, each before those inside it. */
export function nestedActions(definition: Pick<FlowDefinition, 'actions'>): PlacedAction[] {
  const walk = ({ name: branch, at, actions }: Branch, parent: PlacedAction | undefined): PlacedAction[] =>
    Object.entries(actions).flatMap(([name, action]) => {
      const placed: PlacedAction = { name, action, at: under(at, name), parent, siblings: actions, branch }
      return [placed, ...branchesOf(action, placed.at).flatMap(inner => walk(inner, placed))]
    })
  return walk({ name: 'actions', at: '#/actions', actions: definition.actions }, undefined)
}
