import type { Json } from '../json.ts'

/** What a run knows of one action that has ended. Times are ISO 8601 texts. */
export interface ActionRecord {
  name: string
  status: string
  code?: string
  inputs?: Json
  outputs?: Json
  error?: Json
  startTime: string
  endTime: string
}

/** What expressions are evaluated in: one place of one run. */
export interface Scope {
  /** Undefined when it has not run yet or was skipped. */
  action(name: string): ActionRecord | undefined
  trigger: { name: string; outputs: Json; inputs?: Json }
  /** Throws when the variable was not declared. */
  variable(name: string): Json
  parameter(name: string): Json
  /** The item of the loop of that name, of the innermost one without a name. */
  item(loopName?: string): Json
  /** The records of the actions of a scope. */
  result(scopeName: string): Json
  workflow: Json
  now(): Date
  newGuid(): string
}
