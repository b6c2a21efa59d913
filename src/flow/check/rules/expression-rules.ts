import { findFunction, parameterCount } from '../../expression/functions.ts'
import { property } from '../../json.ts'
import type { FlowView } from '../flow-view.ts'
import type { Hit, Rule } from '../rule.ts'

/** Source: learn.microsoft.com/azure/logic-apps/logic-apps-limits-and-config, «Expression limits». */
const maxLength = 8_192

const shown = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text)

/** A text that only begins like an expression is not shown: it may be a password. */
function unreadable(view: FlowView): Hit[] {
  return view.syntaxErrors.map(({ at, text, message }) => ({
    at,
    message: text.includes('(') ? `«${shown(text)}» cannot be read: ${message}` : 'The text begins with @ and is no expression.'
  }))
}

function unknownFunctions(view: FlowView): Hit[] {
  return view.calls
    .filter(({ expression }) => findFunction(expression.name) === undefined)
    .map(({ expression, place: { at } }) => ({ at, message: `«${expression.name}» is no function of the language.` }))
}

function wrongCounts(view: FlowView): Hit[] {
  return view.calls.flatMap(({ expression: { name, args }, place: { at } }) => {
    const found = findFunction(name)
    if (!found || (args.length >= found.min && args.length <= found.max)) return []
    return [{ at, message: `«${name}» takes ${parameterCount(found)} and is given ${args.length}.` }]
  })
}

/** One expression with blanks around it and nothing else. */
function blanksAround(view: FlowView): Hit[] {
  return view.texts.flatMap(({ at, owner, text }) => {
    if (/^\s+@[a-z]\w*\(/i.test(text)) {
      return [{ at, level: 'error', message: `A blank stands before the expression «${shown(text.trim())}», which makes it plain text.` }]
    }
    const isPadded = /^(\s+@\{[^{}]*\}\s*|\s*@\{[^{}]*\}\s+)$/.test(text)
    const isAddress = at.endsWith('/inputs/uri') && /^\s|\s$/.test(text)
    const isFixed =
      owner !== undefined && owner !== 'outputs' && property(owner.action.inputs, 'schema') !== undefined && at.includes('/schema/')
    return (isPadded || isAddress) && !isFixed
      ? [{ at, message: `A blank before or behind «${shown(text.trim())}» becomes a part of the value.` }]
      : []
  })
}

export const expressionRules: readonly Rule[] = [
  {
    name: 'ExpressionSyntax',
    level: 'error',
    advice: 'Correct the expression. A text that is none and begins with @ is written with @@.',
    find: unreadable
  },
  {
    name: 'UnknownFunction',
    level: 'error',
    advice: 'Use a function of the Workflow Definition Language; other languages have others.',
    find: unknownFunctions
  },
  {
    name: 'FunctionArguments',
    level: 'error',
    advice: 'Give the function the values that it takes.',
    find: wrongCounts
  },
  {
    name: 'ExpressionTooLong',
    level: 'error',
    advice: `Divide the expression with Compose actions: ${maxLength} characters are the most.`,
    find: view =>
      view.places
        .filter(({ text, isCondition }) => isCondition === undefined && text.length > maxLength)
        .map(({ at, text }) => ({ at, message: `The expression has ${text.length} characters.` }))
  },
  {
    name: 'BlankAround',
    level: 'warning',
    advice: 'Take the blank away, so that the value is used as it is.',
    find: blanksAround
  }
]
