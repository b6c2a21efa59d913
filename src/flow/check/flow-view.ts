import type { Expression } from '../expression/syntax.ts'
import { nestedActions, type PlacedAction } from '../flow-definition.ts'
import { type Json, listAt, property, textAt, under } from '../json.ts'
import type { Flow } from '../read-package.ts'
import { type IsBefore, ordering } from './order.ts'
import { findPlaces, type Place, type Places } from './places.ts'

export type Call = Expression & { kind: 'call' }
export type Member = Expression & { kind: 'member' }

/** One step of an expression, with the steps around it from the inside out. */
export interface Occurrence<Kind extends Expression> {
  readonly expression: Kind
  readonly around: readonly Expression[]
  readonly place: Place
}

/** A value that a variable is given. */
export interface Assignment {
  readonly name: string
  readonly by: PlacedAction
  readonly value: Json
  readonly at: string
  readonly isDeclaration: boolean
  /** For a declaration: `String`, `Array`, … */
  readonly type: string
}

/** A flow as the rules look at it: everything found once. */
export interface FlowView extends Places {
  readonly flow: Flow
  readonly actions: readonly PlacedAction[]
  readonly byName: ReadonlyMap<string, PlacedAction>
  readonly calls: readonly Occurrence<Call>[]
  readonly members: readonly Occurrence<Member>[]
  readonly assignments: readonly Assignment[]
  readonly isBefore: IsBefore
}

export function flowView(flow: Flow): FlowView {
  const actions = nestedActions(flow.definition)
  const found = findPlaces(flow.definition, actions)
  const all = found.places.flatMap(place => place.expressions.flatMap(expression => occurrences(expression, [], place)))
  return {
    ...found,
    flow,
    actions,
    byName: new Map(actions.map(placed => [placed.name, placed])),
    calls: all.filter((one): one is Occurrence<Call> => one.expression.kind === 'call'),
    members: all.filter((one): one is Occurrence<Member> => one.expression.kind === 'member'),
    assignments: actions.flatMap(assignmentsOf),
    isBefore: ordering()
  }
}

function occurrences(expression: Expression, around: readonly Expression[], place: Place): Occurrence<Expression>[] {
  const inner = [expression, ...around]
  const inside = expression.kind === 'call' ? expression.args : expression.kind === 'member' ? [expression.of, expression.name] : []
  return [{ expression, around, place }, ...inside.flatMap(one => occurrences(one, inner, place))]
}

const changing = /^(SetVariable|AppendTo(Array|String)Variable|IncrementVariable|DecrementVariable)$/i

function assignmentsOf(by: PlacedAction): Assignment[] {
  const { inputs = null, type } = by.action
  if (type.toLowerCase() === 'initializevariable') {
    return listAt(inputs, 'variables').map((variable, i) => ({
      name: textAt(variable, 'name') ?? '',
      by,
      value: property(variable, 'value') ?? null,
      at: under(by.at, 'inputs', 'variables', i),
      isDeclaration: true,
      type: textAt(variable, 'type') ?? ''
    }))
  }
  if (!changing.test(type)) return []
  const name = textAt(inputs, 'name') ?? ''
  return [{ name, by, value: property(inputs, 'value') ?? null, at: under(by.at, 'inputs'), isDeclaration: false, type: '' }]
}

/** The calls of an action's condition. */
export function conditionCalls({ at }: PlacedAction, view: FlowView): readonly Occurrence<Call>[] {
  return view.calls.filter(({ place }) => place.at === `${at}/expression`)
}

/** Whether a call is of this function, whatever its capitals. */
export function isCall(expression: Expression | undefined, ...names: string[]): expression is Call {
  return expression?.kind === 'call' && names.some(name => name.toLowerCase() === expression.name.toLowerCase())
}

/** The text that an expression is, undefined where it is no literal text. */
export function literalText(expression: Expression | undefined): string | undefined {
  return expression?.kind === 'literal' && typeof expression.value === 'string' ? expression.value : undefined
}

export function isNull(expression: Expression | undefined): boolean {
  return expression?.kind === 'literal' && expression.value === null
}

/** `Authorization` of an object whatever the capitals of its names. */
export function headerOf(inputs: Json | undefined, name: string): Json | undefined {
  const headers = property(inputs, 'headers')
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return undefined
  return Object.entries(headers).find(([candidate]) => candidate.toLowerCase() === name.toLowerCase())?.[1]
}
