import { isObject, type JsonObject, listAt, objectAt } from '../connector/json.ts'

/**
 * The API properties without the ways to sign in that nobody has filled in yet: a set whose application has no id. Power Apps would offer it, and
 * nobody could sign in with it. `leftOut` has the names that people know those sets by. The argument is not changed.
 */
export function readySets(apiProperties: JsonObject): { apiProperties: JsonObject; leftOut: string[] } {
  const properties = objectAt(apiProperties, 'properties')
  const sets = objectAt(properties, 'connectionParameterSets')
  const unready = listAt(sets, 'values').filter(lacksApplication)
  if (unready.length === 0) return { apiProperties, leftOut: [] }
  const values = listAt(sets, 'values').filter(set => !unready.includes(set))
  const { connectionParameterSets: _sets, ...rest } = properties
  return {
    apiProperties: {
      ...apiProperties,
      // One way needs no choice.
      properties: values.length > 1 ? { ...rest, connectionParameterSets: { ...sets, values } } : rest
    },
    leftOut: unready.map(set => String(objectAt(set, 'uiDefinition').displayName ?? set.name))
  }
}

function lacksApplication(set: JsonObject): boolean {
  return Object.values(objectAt(set, 'parameters')).some(parameter => {
    const settings = isObject(parameter) ? parameter.oAuthSettings : undefined
    return isObject(settings) && settings.clientId === ''
  })
}
