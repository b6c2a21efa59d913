import type { Json } from '../json.ts'
import { ExpressionError } from './expression-error.ts'
import { refused } from './functions/arguments.ts'
import { collections } from './functions/collections.ts'
import { conversions } from './functions/conversions.ts'
import { dates } from './functions/dates.ts'
import type { LanguageFunction } from './functions/language-function.ts'
import { logic } from './functions/logic.ts'
import { notEvaluated } from './functions/not-evaluated.ts'
import { numbers } from './functions/numbers.ts'
import { references } from './functions/references.ts'
import { texts } from './functions/texts.ts'
import { uris } from './functions/uris.ts'
import type { Scope } from './scope.ts'

interface NamedFunction extends LanguageFunction {
  readonly name: string
}

/**
 * All functions of the language by their names in small letters: a name is found whatever its capitals.
 * Source: learn.microsoft.com/azure/logic-apps/workflow-definition-language-functions-reference.
 */
const byName: ReadonlyMap<string, NamedFunction> = new Map(
  [references, logic, texts, collections, numbers, conversions, uris, dates, notEvaluated]
    .flatMap(table => Object.entries(table))
    .map(([name, found]) => [name.toLowerCase(), { ...found, name }])
)

export function findFunction(name: string): NamedFunction | undefined {
  return byName.get(name.toLowerCase())
}

/** @throws ExpressionError */
export function callFunction(name: string, args: readonly Json[], scope: Scope): Json {
  const found = findFunction(name)
  if (!found) throw new ExpressionError(`The template function '${name}' is not defined or not valid.`)
  const call = { name, args, scope }
  if (args.length < found.min || args.length > found.max) {
    throw refused(call, `expects ${parameterCount(found)}. The function was invoked with '${args.length}' parameters.`)
  }
  return found.run(call)
}

/** «2 parameters», «1 to 3 parameters», «at least 1 parameter». */
export function parameterCount({ min, max }: Pick<LanguageFunction, 'min' | 'max'>): string {
  const noun = (count: number): string => (count === 1 ? 'parameter' : 'parameters')
  if (max === Number.POSITIVE_INFINITY) return `at least ${min} ${noun(min)}`
  return min === max ? `${min} ${noun(min)}` : `${min} to ${max} parameters`
}
