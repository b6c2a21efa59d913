import { documentOf } from './document.ts'
import { isObject, type Json } from './json.ts'
import { isDeeperThan } from './json-depth.ts'
import { isTrigger } from './rules/trigger-rules.ts'

/** What a definition amounts to. */
export interface DefinitionFigures {
  operations: number
  triggers: number
  /** Parameters and properties that a maker can see. */
  fields: number
  /** Those of them that have an x-ms-summary. */
  summarised: number
}

/** Counts what a definition has. Never throws, whatever the JSON. */
export function definitionFigures(definition: Json): DefinitionFigures {
  const none = { operations: 0, triggers: 0, fields: 0, summarised: 0 }
  if (!isObject(definition) || isDeeperThan(definition, 200)) return none
  const { operations, parameters, schemas } = documentOf(definition)
  const fields = [
    // A body is shown as the fields in it.
    ...parameters.map(({ parameter }) => parameter).filter(parameter => parameter.in !== 'body'),
    ...schemas.filter(({ schema, isProperty }) => isProperty && schema.$ref === undefined).map(({ schema }) => schema)
  ].filter(value => value['x-ms-visibility'] !== 'internal')
  const isSummarised = (summary: Json | undefined) => typeof summary === 'string' && summary !== ''
  return {
    operations: operations.length,
    triggers: operations.filter(({ operation }) => isTrigger(operation)).length,
    fields: fields.length,
    summarised: fields.filter(value => isSummarised(value['x-ms-summary'])).length
  }
}
