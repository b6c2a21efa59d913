import { documentOf } from './document.ts'
import type { Finding, RuleText } from './finding.ts'
import { isObject, type Json } from './json.ts'
import { isDeeperThan } from './json-depth.ts'
import { certificationRules } from './rules/certification-rules.ts'
import { connectionRules } from './rules/connection-rules.ts'
import { documentRules } from './rules/document-rules.ts'
import { dynamicRules } from './rules/dynamic-rules.ts'
import { operationRules } from './rules/operation-rules.ts'
import { parameterRules } from './rules/parameter-rules.ts'
import { pathRules } from './rules/path-rules.ts'
import { policyRules } from './rules/policy-rules.ts'
import type { PropertiesRule } from './rules/properties-rule.ts'
import { referenceRules } from './rules/reference-rules.ts'
import { responseRules } from './rules/response-rules.ts'
import type { Rule } from './rules/rule.ts'
import { schemaRules } from './rules/schema-rules.ts'
import { triggerRules } from './rules/trigger-rules.ts'
import { valueRules } from './rules/value-rules.ts'

export type { Finding, RuleText } from './finding.ts'

/** The service's limit is not published; no published definition comes near this one. */
const deepest = 200

const notAnObject: RuleText = { rule: 'NotAnObject', level: 'error', advice: 'A definition is a JSON object.' }
const tooDeep: RuleText = { rule: 'SchemaTooDeep', level: 'error', advice: 'Nest schemas less deep.' }
const propertiesNotAnObject: RuleText = {
  rule: 'PropertiesNotAnObject',
  level: 'error',
  advice: 'apiProperties.json is {"properties": {…}} and nothing else.'
}

const definitionRules: readonly Rule[] = [
  ...documentRules,
  ...certificationRules,
  ...pathRules,
  ...operationRules,
  ...responseRules,
  ...triggerRules,
  ...dynamicRules,
  ...parameterRules,
  ...valueRules,
  ...schemaRules,
  ...referenceRules
]
const propertiesRules: readonly PropertiesRule[] = [...policyRules, ...connectionRules]

/** Every rule of a definition, and every rule of the apiProperties.json beside it. */
export const rules: { definition: readonly RuleText[]; properties: readonly RuleText[] } = {
  definition: [notAnObject, tooDeep, ...definitionRules.map(textOf)],
  properties: [propertiesNotAnObject, ...propertiesRules.map(textOf)]
}

/** All places of a definition that break a rule. Never throws, whatever the JSON. */
export function lint(definition: Json): Finding[] {
  if (!isObject(definition)) return [{ ...notAnObject, at: '#' }]
  if (isDeeperThan(definition, deepest)) return [{ ...tooDeep, at: '#' }]
  const document = documentOf(definition)
  return definitionRules.flatMap(rule => rule.find(document).map(at => finding(rule, at)))
}

/** All places of an apiProperties.json that break a rule, alone or beside its definition. Never throws, whatever the JSON. */
export function lintProperties(file: Json, definition?: Json): Finding[] {
  const name = 'apiProperties.json'
  const properties = isObject(file) ? file.properties : undefined
  if (!isObject(file) || !isObject(properties) || Object.keys(file).some(key => key !== 'properties' && key !== '$schema'))
    return [{ ...propertiesNotAnObject, at: `${name}#` }]
  if (isDeeperThan(file, deepest)) return [{ ...tooDeep, at: `${name}#` }]
  const beside = isObject(definition) && !isDeeperThan(definition, deepest) ? definition : undefined
  return propertiesRules.flatMap(rule => rule.find(properties, beside).map(at => finding(rule, `${name}${at}`)))
}

function finding(rule: Rule | PropertiesRule, at: string): Finding {
  return { ...textOf(rule), at }
}

function textOf({ name, level, advice }: Rule | PropertiesRule): RuleText {
  return { rule: name, level, advice }
}
