import { parseTemplate } from '../expression/parse-template.ts'
import { type Expression, ExpressionSyntaxError, type Template } from '../expression/syntax.ts'
import type { FlowDefinition, PlacedAction } from '../flow-definition.ts'
import { isObject, type Json, under } from '../json.ts'

/** A text with expressions in it, or a condition, and where it stands. */
export interface Place {
  readonly at: string
  /** The action that it belongs to; undefined for the trigger, `outputs` for the flow's own outputs. */
  readonly owner: PlacedAction | 'outputs' | undefined
  readonly text: string
  readonly expressions: readonly Expression[]
  /** Set when it is an action's condition: the whole of it as one expression. */
  readonly isCondition?: true
}

export interface SyntaxError {
  readonly at: string
  readonly text: string
  readonly message: string
}

export interface Places {
  places: Place[]
  syntaxErrors: SyntaxError[]
  /** Every text, with expressions or without. */
  texts: { at: string; owner: Place['owner']; text: string }[]
}

/** What of an action is not evaluated, or belongs to the actions inside it. */
const notItsOwn = new Set([
  'actions',
  'else',
  'cases',
  'default',
  'runAfter',
  'type',
  'kind',
  'metadata',
  'description',
  'operationOptions'
])

/** Every text of a definition that the platform evaluates. */
export function findPlaces(definition: FlowDefinition, actions: readonly PlacedAction[]): Places {
  const found: Places = { places: [], syntaxErrors: [], texts: [] }
  for (const [name, trigger] of Object.entries(definition.triggers)) {
    const at = under('#/triggers', name)
    walkStep(trigger as unknown as Json, at, undefined, found)
  }
  for (const placed of actions) {
    walkStep(placed.action as unknown as Json, placed.at, placed, found)
    for (const [name, { case: value }] of Object.entries(placed.action.cases ?? {}))
      if (value !== undefined) walk(value, under(placed.at, 'cases', name, 'case'), placed, found)
  }
  if (definition.outputs !== undefined) walk(definition.outputs, '#/outputs', 'outputs', found)
  return found
}

function walkStep(step: Json, at: string, owner: PlacedAction | undefined, found: Places): void {
  if (!isObject(step)) return
  for (const [name, value] of Object.entries(step)) {
    if (notItsOwn.has(name)) continue
    if (name === 'expression' && isObject(value)) addCondition(value, under(at, name), owner, found)
    else if (name === 'conditions' && Array.isArray(value)) {
      value.forEach((condition, i) => {
        const expression = isObject(condition) ? condition.expression : undefined
        if (isObject(expression)) addCondition(expression, under(at, name, i, 'expression'), owner, found)
        else walk(condition, under(at, name, i), owner, found)
      })
    } else walk(value, under(at, name), owner, found)
  }
}

function walk(value: Json, at: string, owner: Place['owner'], found: Places): void {
  if (typeof value === 'string') addText(value, at, owner, found)
  else if (Array.isArray(value)) value.forEach((item, i) => void walk(item, under(at, i), owner, found))
  else if (isObject(value))
    for (const [name, inner] of Object.entries(value)) {
      if (name.includes('@')) addText(name, under(at, name), owner, found)
      walk(inner, under(at, name), owner, found)
    }
}

function addText(text: string, at: string, owner: Place['owner'], found: Places): void {
  found.texts.push({ at, owner, text })
  if (!text.includes('@')) return
  const template = tryParse(text, at, found)
  const expressions = template ? expressionsOf(template) : []
  if (expressions.length > 0) found.places.push({ at, owner, text, expressions })
}

function addCondition(condition: Json, at: string, owner: PlacedAction | undefined, found: Places): void {
  const expression = conditionExpression(condition, at, found)
  found.places.push({ at, owner, text: JSON.stringify(condition), expressions: [expression], isCondition: true })
}

/** A condition's object as the expression that says the same. */
function conditionExpression(condition: Json, at: string, found: Places): Expression {
  if (typeof condition === 'string') return operandExpression(condition, at, found)
  if (condition === null || typeof condition === 'number' || typeof condition === 'boolean') return { kind: 'literal', value: condition }
  if (Array.isArray(condition)) {
    return { kind: 'call', name: 'createArray', args: condition.map((item, i) => conditionExpression(item, under(at, i), found)), at: 0 }
  }
  const [[name, operands] = ['', null]] = Object.entries(condition)
  const list = Array.isArray(operands) ? operands : [operands]
  return { kind: 'call', name, args: list.map((operand, i) => conditionExpression(operand, under(at, name, i), found)), at: 0 }
}

function operandExpression(text: string, at: string, found: Places): Expression {
  found.texts.push({ at, owner: undefined, text })
  const template = tryParse(text, at, found)
  return template ? templateExpression(template) : { kind: 'literal', value: text }
}

/** A template as one expression: a text with expressions in it is what `concat` of its parts is. */
export function templateExpression(template: Template): Expression {
  if (template.kind === 'text') return { kind: 'literal', value: template.text }
  if (template.kind === 'expression') return template.expression
  const args = template.parts.map((part): Expression => (typeof part === 'string' ? { kind: 'literal', value: part } : part))
  return { kind: 'call', name: 'concat', args, at: 0 }
}

function tryParse(text: string, at: string, found: Places): Template | undefined {
  try {
    return parseTemplate(text)
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error
    found.syntaxErrors.push({ at, text, message: error.message })
    return undefined
  }
}

function expressionsOf(template: Template): Expression[] {
  if (template.kind === 'expression') return [template.expression]
  return template.kind === 'interpolation' ? template.parts.filter(part => typeof part !== 'string') : []
}
