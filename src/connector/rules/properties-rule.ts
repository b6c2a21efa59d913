import { isObject, type JsonObject, objectAt, under } from '../json.ts'
import type { Level } from './rule.ts'

/** A rule over `apiProperties.json`, with the definition beside it where there is one. */
export interface PropertiesRule {
  readonly name: string
  readonly level: Level
  readonly advice: string
  /** JSON pointers to the places in apiProperties.json. */
  readonly find: (properties: JsonObject, definition: JsonObject | undefined) => string[]
}

export interface ConnectionParameter {
  parameter: JsonObject
  name: string
  at: string
}

/** The ways to connect, where a connection offers several. */
export function setsOf(properties: JsonObject): { set: JsonObject; at: string }[] {
  const { values } = objectAt(properties, 'connectionParameterSets')
  return (Array.isArray(values) ? values : []).flatMap((set, index) =>
    isObject(set) ? [{ set, at: under('#/properties/connectionParameterSets/values', index) }] : []
  )
}

/** The parameters of a connection, those of the sets too. */
export function connectionParametersOf(properties: JsonObject): ConnectionParameter[] {
  const owners = [
    { owner: properties.connectionParameters, at: '#/properties/connectionParameters' },
    ...setsOf(properties).map(({ set, at }) => ({ owner: set.parameters, at: under(at, 'parameters') }))
  ]
  return owners.flatMap(({ owner, at }) =>
    Object.entries(isObject(owner) ? owner : {}).map(([name, parameter]) => ({
      parameter: isObject(parameter) ? parameter : {},
      name,
      at: under(at, name)
    }))
  )
}

/** A rule over each parameter of the connection. */
export function connectionParameters(breaks: (found: ConnectionParameter) => boolean): PropertiesRule['find'] {
  return properties => connectionParametersOf(properties).flatMap(found => (breaks(found) ? [found.at] : []))
}
