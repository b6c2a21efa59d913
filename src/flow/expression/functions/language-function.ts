import type { Json } from '../../json.ts'
import type { Scope } from '../scope.ts'

/** A call whose arguments have been evaluated. */
export interface Call {
  readonly name: string
  readonly args: readonly Json[]
  readonly scope: Scope
}

/** A function of the language: how many arguments it takes, which of them may not be null, and what it does. */
export interface LanguageFunction {
  readonly min: number
  readonly max: number
  /** Places of arguments for which null is an error, from 0; `all` for every one. */
  readonly refusesNull: readonly number[] | 'all'
  readonly run: (call: Call) => Json
}

export type FunctionTable = Readonly<Record<string, LanguageFunction>>

/** A function that takes null in every place. */
export function lenient(min: number, max: number, run: LanguageFunction['run']): LanguageFunction {
  return { min, max, refusesNull: [], run }
}

/** A function for which null is an error in these places, in all of them when none is named. */
export function strict(min: number, max: number, run: LanguageFunction['run'], places?: readonly number[]): LanguageFunction {
  return { min, max, refusesNull: places ?? 'all', run }
}
