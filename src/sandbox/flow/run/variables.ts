import { ExpressionError } from '../../../flow/expression/expression-error.ts'
import { typeName } from '../../../flow/expression/values.ts'
import type { Json } from '../../../flow/json.ts'
import { ActionFailure } from './action-failure.ts'

export type VariableType = 'String' | 'Integer' | 'Float' | 'Boolean' | 'Array' | 'Object'

export interface Variables {
  declare(name: string, type: string, value: Json | undefined): void
  /** @throws ExpressionError when it was not declared */
  get(name: string): Json
  set(name: string, value: Json): void
  typeOf(name: string): VariableType
}

const types = ['String', 'Integer', 'Float', 'Boolean', 'Array', 'Object'] as const

/** The variables of one run. They belong to the whole run, wherever they are declared. */
export function runVariables(): Variables {
  const kept = new Map<string, { type: VariableType; value: Json }>()

  function find(name: string): { type: VariableType; value: Json } {
    const found = kept.get(name)
    if (found) return found
    throw new ExpressionError(
      `The variable '${name}' must be initialized before it can be used inside action. Its 'InitializeVariable' action has not run.`
    )
  }

  function fit(name: string, type: VariableType, value: Json): Json {
    const given = typeName(value)
    if (given === type || (type === 'Float' && given === 'Integer')) return value
    // A whole number stays one when it is written with decimals, and a text of a number becomes one.
    if ((type === 'Integer' || type === 'Float') && typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value.trim())) {
      const number = Number(value)
      if (type === 'Float' || Number.isInteger(number)) return number
    }
    if (type === 'Boolean' && typeof value === 'string' && /^(true|false)$/i.test(value.trim()))
      return value.trim().toLowerCase() === 'true'
    throw new ActionFailure(
      'BadRequest',
      `The variable '${name}' of type '${type}' cannot be initialized or updated with value of type '${given}'. The variable '${name}' only supports values of types '${type}'.`
    )
  }

  return {
    declare(name, type, value) {
      const known = types.find(candidate => candidate.toLowerCase() === type.toLowerCase())
      if (!known) throw new ActionFailure('InvalidTemplate', `The variable '${name}' has the type '${type}', which there is not.`)
      if (kept.has(name)) throw new ActionFailure('InvalidTemplate', `The variable '${name}' is declared twice.`)
      kept.set(name, { type: known, value: value === undefined ? null : fit(name, known, value) })
    },
    get: name => find(name).value,
    set(name, value) {
      const found = find(name)
      found.value = fit(name, found.type, value)
    },
    typeOf: name => find(name).type
  }
}
