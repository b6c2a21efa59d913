import { parseTemplate } from '../expression/parse-template.ts'
import { type Expression, ExpressionSyntaxError } from '../expression/syntax.ts'
import { isObject, type Json, property } from '../json.ts'
import { type FlowView, isCall, literalText } from './flow-view.ts'
import { templateExpression } from './places.ts'

/** A piece of a text: written down, what the trigger got, what an action answered, or something else. */
export type Piece = { from: 'text'; text: string } | { from: 'trigger' } | { from: 'action'; name: string } | { from: 'elsewhere' }

/** How far a value is followed, in steps and in all: a flow can be written so that there is no end to it. */
const maxSteps = 20
const maxPieces = 1_000

/** Where the pieces of a value come from, through variables, Compose and ParseJson. */
export function piecesOf(value: Json | undefined, view: FlowView, steps = 0): Piece[] {
  if (typeof value === 'number' || typeof value === 'boolean') return [{ from: 'text', text: String(value) }]
  if (typeof value !== 'string') return [{ from: 'elsewhere' }]
  return piecesOfExpression(parsed(value), view, steps)
}

function parsed(text: string): Expression {
  try {
    return templateExpression(parseTemplate(text))
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error
    return { kind: 'literal', value: text }
  }
}

/** Functions whose result says the same as their arguments, one after the other. */
const passing = [
  'concat',
  'string',
  'trim',
  'toLower',
  'toUpper',
  'uriHost',
  'uriPath',
  'uriComponent',
  'encodeUriComponent',
  'replace',
  'first'
]

export function piecesOfExpression(expression: Expression, view: FlowView, steps = 0): Piece[] {
  if (steps > maxSteps) return [{ from: 'elsewhere' }]
  if (expression.kind === 'literal') return [{ from: 'text', text: String(expression.value ?? '') }]
  if (isCall(expression, ...passing)) return inOrder(expression.args, view, steps)
  if (isCall(expression, 'coalesce', 'if')) return either(expression.args.map(arg => piecesOfExpression(arg, view, steps + 1)))
  if (isCall(expression, 'variables')) return variablePieces(literalText(expression.args[0]), view, steps)
  return pathPieces(expression, view, steps)
}

function inOrder(args: readonly Expression[], view: FlowView, steps: number): Piece[] {
  const pieces: Piece[] = []
  for (const arg of args) {
    if (pieces.length > maxPieces) return [...pieces, { from: 'elsewhere' }]
    pieces.push(...piecesOfExpression(arg, view, steps + 1))
  }
  return pieces
}

/** Of several possibilities the one that matters: what comes from the trigger, else the first that is not written down. */
function either(choices: Piece[][]): Piece[] {
  const trigger = choices.find(pieces => pieces.some(({ from }) => from === 'trigger'))
  return trigger ?? choices.find(pieces => pieces.some(({ from }) => from !== 'text')) ?? choices.at(-1) ?? [{ from: 'elsewhere' }]
}

function variablePieces(name: string | undefined, view: FlowView, steps: number): Piece[] {
  const values = view.assignments.filter(assignment => assignment.name === name)
  if (values.length === 0) return [{ from: 'elsewhere' }]
  return either(values.map(({ value }) => piecesOf(value, view, steps + 1)))
}

/** `triggerBody()?['a']`, `body('X')?['a']`, `outputs('Compose')?['a']`: the function at the bottom says from where. */
function pathPieces(expression: Expression, view: FlowView, steps: number): Piece[] {
  const path: string[] = []
  let root = expression
  while (root.kind === 'member') {
    path.unshift(literalText(root.name) ?? '')
    root = root.of
  }
  if (isCall(root, 'triggerBody', 'triggerOutputs', 'trigger')) return [{ from: 'trigger' }]
  if (!isCall(root, 'body', 'outputs', 'actions', 'actionBody', 'actionOutputs')) return [{ from: 'elsewhere' }]
  const name = literalText(root.args[0]) ?? ''
  const action = view.byName.get(name)?.action
  const inputs = action?.inputs
  if (action?.type.toLowerCase() === 'compose') {
    const value = path.reduce<Json | undefined>((at, step) => property(at, step), inputs)
    if (value !== undefined) return piecesOf(value, view, steps + 1)
  }
  if (action?.type.toLowerCase() === 'parsejson' && isObject(inputs)) return piecesOf(inputs.content, view, steps + 1)
  return [{ from: 'action', name }]
}

/** The host of an address: as written, or from where it comes when it is not written. */
export function hostOf(address: Json | undefined, view: FlowView): Piece {
  let written = ''
  for (const piece of piecesOf(address, view)) {
    if (piece.from !== 'text') {
      if (/^\s*(https?:\/\/)?$/i.test(written)) return piece
      break
    }
    written += piece.text
  }
  const host = /^\s*(?:https?:\/\/)?(?:[^/?#@]*@)?([^/?#@]*)/i.exec(written)?.[1] ?? ''
  return { from: 'text', text: host.trim().toLowerCase() }
}
