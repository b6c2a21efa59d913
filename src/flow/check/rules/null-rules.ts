import { findFunction } from '../../expression/functions.ts'
import { parseTemplate } from '../../expression/parse-template.ts'
import { printExpression } from '../../expression/print-expression.ts'
import type { Expression } from '../../expression/syntax.ts'
import { type Json, listAt, property } from '../../json.ts'
import { type FlowView, isCall, isNull, literalText, type Occurrence } from '../flow-view.ts'
import { guardsOf } from '../non-null.ts'
import { isInside } from '../order.ts'
import { dataPath, pathKey } from '../paths.ts'
import { templateExpression } from '../places.ts'
import type { Hit, Rule } from '../rule.ts'

/** Functions that answer a text, a list or a number, or fail: never null. */
const neverNull = ['concat', 'string', 'toLower', 'toUpper', 'trim', 'replace', 'substring', 'guid', 'utcNow', 'formatDateTime', 'join']

function isNeverNull(expression: Expression, view: FlowView, { place }: Occurrence<Expression>): boolean {
  if (isCall(expression, ...neverNull, 'length', 'uriComponent', 'encodeUriComponent', 'base64', 'split', 'createArray')) return true
  const name = isCall(expression, 'variables') ? literalText(expression.args[0]) : undefined
  if (name === undefined || place.owner === undefined || place.owner === 'outputs') return false
  const { owner } = place
  const values = view.assignments.filter(({ name: other, by }) => other === name && !isInside(by, owner) && !view.isBefore(owner, by))
  return values.some(({ type }) => type.toLowerCase() === 'string') && values.every(({ value }) => isText(value))
}

/** Whether a value is a text whatever its expressions are: one that is not a single expression. */
function isText(value: Json): boolean {
  if (typeof value !== 'string') return false
  try {
    const template = parseTemplate(value)
    return template.kind !== 'expression' || isCall(templateExpression(template), ...neverNull)
  } catch {
    return false
  }
}

function comparedWithNull(view: FlowView): Hit[] {
  return view.calls.flatMap(occurrence => {
    const { expression, place } = occurrence
    if (!isCall(expression, 'equals') || !expression.args.some(isNull)) return []
    const tested = expression.args.find(arg => !isNull(arg))
    if (!tested || !isNeverNull(tested, view, occurrence)) return []
    const shown = printExpression(tested)
    return [
      { at: place.at, message: `«${shown}» is a text: where there is no value it is '', never null, so this comparison is always false.` }
    ]
  })
}

function quotedLiterals(view: FlowView): Hit[] {
  return view.calls.flatMap(({ expression, place }) => {
    if (!isCall(expression, 'equals', 'startsWith', 'endsWith', 'contains')) return []
    return expression.args.flatMap(arg => {
      const text = literalText(arg) ?? ''
      return /^(['"]).*\1$/s.test(text) && text.length > 1
        ? [{ at: place.at, message: `The value is compared with ${text}, with its quotes, which it never is.` }]
        : []
    })
  })
}

/** `equals(path, '')` where the path may be null, and nothing looks for null. */
function comparedWithEmpty(view: FlowView): Hit[] {
  const tested = new Set(nullTests(view))
  const guards = guardsOf(view)
  return view.calls.flatMap(occurrence => {
    const { expression, place } = occurrence
    if (!isCall(expression, 'equals') || !expression.args.some(arg => literalText(arg) === '')) return []
    const nullable = expression.args.find(arg => dataPath(arg)?.isSafe === true)
    const key = nullable && pathKey(nullable)
    if (!nullable || key === undefined || tested.has(key) || guards(occurrence).has(key)) return []
    return [{ at: place.at, message: `«${printExpression(nullable)}» may be null, which is not ''.` }]
  })
}

/** The data that is somewhere compared with null or asked for emptiness: somebody expects it to be missing. */
function nullTests(view: FlowView): string[] {
  return view.calls.flatMap(({ expression }) => {
    const { args } = expression
    const isTest = isCall(expression, 'empty', 'coalesce') || (isCall(expression, 'equals') && args.some(isNull))
    return isTest ? args.map(pathKey).filter(key => key !== undefined) : []
  })
}

/** Values that may not be null: arguments of functions that refuse it, and the lists of loops. */
function refusing(view: FlowView): { value: Occurrence<Expression>; by: string }[] {
  const args = view.calls.flatMap(({ expression, around, place }) => {
    const places = findFunction(expression.name)?.refusesNull ?? []
    return expression.args.flatMap((arg, i) =>
      places === 'all' || places.includes(i)
        ? [{ value: { expression: arg, around: [expression, ...around], place }, by: `the function ${expression.name}` }]
        : []
    )
  })
  const lists = view.places.flatMap(place => {
    const { owner, at, expressions } = place
    if (owner === undefined || owner === 'outputs' || (at !== `${owner.at}/foreach` && at !== `${owner.at}/inputs/from`)) return []
    return expressions.map(expression => ({ value: { expression, around: [], place }, by: `the list of «${owner.name}»` }))
  })
  return [...args, ...lists]
}

function nullsRefused(view: FlowView): Hit[] {
  const expected = new Set(nullTests(view))
  const guards = guardsOf(view)
  return refusing(view).flatMap(({ value, by }) => {
    const path = dataPath(value.expression)
    const key = pathKey(value.expression)
    if (!path?.isSafe || key === undefined || isListAnswer(path.steps) || guards(value).has(key)) return []
    const isExpected = expected.has(key) || isDeclaredNullable(path.action, path.steps, view)
    const message = `«${printExpression(value.expression)}» may be null, and ${by} fails on null.`
    return [{ at: value.place.at, message, level: isExpected ? 'error' : 'warning' }]
  })
}

/** `body/value` of an OData answer: an action that succeeded has it, empty or not. */
function isListAnswer(steps: readonly string[]): boolean {
  return steps.join('/') === 'outputs/body/value'
}

/** Whether the schema of a ParseJson says that the value may be null. */
function isDeclaredNullable(action: string | undefined, steps: readonly string[], view: FlowView): boolean {
  const parsed = action === undefined ? undefined : view.byName.get(action)?.action
  if (parsed?.type.toLowerCase() !== 'parsejson') return false
  const schema = steps
    .slice(2)
    .reduce<Json | undefined>((at, step) => property(property(at, 'properties'), step), property(parsed.inputs, 'schema'))
  return listAt(schema, 'type').includes('null')
}

/** What null does to a flow: the commonest reason why one that was tried with a full record fails with the next. */
export const nullRules: readonly Rule[] = [
  {
    name: 'NeverNull',
    level: 'error',
    advice: 'Compare the value itself, not a text made from it, or use empty(…). As it stands one of the branches can never run.',
    find: comparedWithNull
  },
  {
    name: 'QuotedLiteral',
    level: 'error',
    advice: 'Write the value without quotes of its own: in a condition it is a text already.',
    find: quotedLiterals
  },
  {
    name: 'NullRefused',
    level: 'error',
    advice: "Test the value before, or give a value instead with coalesce(…, '').",
    find: nullsRefused
  },
  {
    name: 'EmptyIsNotNull',
    level: 'warning',
    advice: 'Use empty(…), which is true for both.',
    find: comparedWithEmpty
  }
]
