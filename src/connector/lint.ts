import { isObject, type Json } from './json.ts'
import { documentRules } from './rules/document-rules.ts'
import { operationRules } from './rules/operation-rules.ts'
import type { Rule } from './rules/rule.ts'
import { schemaRules } from './rules/schema-rules.ts'
import { valueRules } from './rules/value-rules.ts'

export interface Finding {
  rule: string
  /** A JSON pointer to the place. */
  at: string
  advice: string
}

export const rules: readonly Rule[] = [...documentRules, ...operationRules, ...valueRules, ...schemaRules]

/** All places of a definition that break a rule. Never throws, whatever the JSON. */
export function lint(definition: Json): Finding[] {
  if (!isObject(definition)) return [{ rule: 'NotAnObject', at: '#', advice: 'A definition is a JSON object.' }]
  return rules.flatMap(({ name, advice, find }) => find(definition).map(at => ({ rule: name, at, advice })))
}
