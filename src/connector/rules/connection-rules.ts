import { asText } from '../as-text.ts'
import { isObject, isText, itemsAt, objectAt, under } from '../json.ts'
import { connectionParameters, connectionParametersOf, type PropertiesRule, setsOf } from './properties-rule.ts'

const types = ['string', 'securestring', 'int', 'bool', 'gatewaySetting', 'oauthSetting']
const providers = ['oauth2', 'oauth2generic', 'aad', 'aadcertificate', 'facebook']

/** What holds for the parameters of a connection (Microsoft's schema of apiProperties.json, and …/custom-connectors/multi-auth). */
export const connectionRules: readonly PropertiesRule[] = [
  {
    name: 'ConnectionParameterNameNotValid',
    level: 'error',
    advice: 'The name of a connection parameter is made of letters, digits and _; token:claim names a claim.',
    find: connectionParameters(({ name }) => !/^[0-9a-zA-Z_]+(:[0-9a-zA-Z_]+)?$/.test(name))
  },
  {
    name: 'ConnectionParameterTypeNotKnown',
    level: 'error',
    advice: `The type of a connection parameter is one of ${types.join(', ')}.`,
    find: connectionParameters(({ parameter: { type } }) => !types.includes(asText(type)))
  },
  {
    name: 'ConstraintNotText',
    level: 'warning',
    advice: 'constraints.required and constraints.hidden are the strings "true" and "false": true without quotes is taken for false.',
    find: properties =>
      connectionParametersOf(properties).flatMap(({ parameter, at }) => {
        const constraints = objectAt(objectAt(parameter, 'uiDefinition'), 'constraints')
        return ['required', 'hidden']
          .filter(key => constraints[key] !== undefined && constraints[key] !== 'true' && constraints[key] !== 'false')
          .map(key => under(at, 'uiDefinition', 'constraints', key))
      })
  },
  {
    name: 'ClearTextNotBoolean',
    level: 'warning',
    advice: 'constraints.clearText is true or false, without quotes.',
    find: connectionParameters(({ parameter }) => {
      const { clearText } = objectAt(objectAt(parameter, 'uiDefinition'), 'constraints')
      return clearText !== undefined && typeof clearText !== 'boolean'
    })
  },
  {
    name: 'AllowedValuesNotValid',
    level: 'warning',
    advice: 'allowedValues is a list of {"text", "value"}; the first is the default.',
    find: connectionParameters(({ parameter }) => {
      const inConstraints = objectAt(objectAt(parameter, 'uiDefinition'), 'constraints').allowedValues
      return [parameter.allowedValues, inConstraints].some(
        list => list !== undefined && !(Array.isArray(list) && list.every(one => isObject(one) && typeof one.value === 'string'))
      )
    })
  },
  {
    name: 'ConnectionDisplayNameMissing',
    level: 'warning',
    advice: 'uiDefinition has displayName, written so: displayname is not read, and the name itself is shown.',
    find: properties => [
      ...connectionParametersOf(properties)
        .filter(({ parameter }) => !isNamed(parameter) && parameter.type !== 'oauthSetting' && !isHidden(parameter))
        .map(({ at }) => at),
      ...setsOf(properties)
        .filter(({ set }) => !isNamed(set))
        .map(({ at }) => at),
      ...(properties.connectionParameterSets === undefined || isNamed(properties.connectionParameterSets)
        ? []
        : ['#/properties/connectionParameterSets'])
    ]
  },
  {
    name: 'ConnectionParameterSetNotValid',
    level: 'error',
    advice: 'connectionParameterSets is {"uiDefinition", "values"}; each value has a name of its own and parameters.',
    find: properties => {
      const sets = properties.connectionParameterSets
      if (sets === undefined) return []
      const values = itemsAt(sets, 'values')
      const names = values.map(value => (isObject(value) ? value.name : undefined))
      const isSet = (value: unknown) => isObject(value) && isText(value.name, 1, 200) && isObject(value.parameters)
      return values.length > 0 && values.every(isSet) && new Set(names).size === names.length
        ? []
        : ['#/properties/connectionParameterSets']
    }
  },
  {
    name: 'ConnectionParameterSetNothingRequired',
    level: 'warning',
    advice: 'In each set constraints.required is "true" for what a connection needs.',
    find: properties =>
      setsOf(properties).flatMap(({ set, at }) => {
        const isNeeded = (parameter: unknown) =>
          objectAt(objectAt(parameter, 'uiDefinition'), 'constraints').required === 'true' ||
          (isObject(parameter) && parameter.type === 'oauthSetting')
        return Object.values(objectAt(set, 'parameters')).some(isNeeded) ? [] : [at]
      })
  },
  {
    name: 'FlatConnectionParametersMissing',
    level: 'warning',
    advice: 'Beside connectionParameterSets stand connectionParameters, those of the first set, for what knows no sets.',
    find: properties =>
      properties.connectionParameterSets === undefined || isObject(properties.connectionParameters)
        ? []
        : ['#/properties/connectionParameters']
  },
  {
    name: 'OAuthSettingsMissing',
    level: 'warning',
    advice: 'A parameter of type oauthSetting has oAuthSettings with an identityProvider.',
    find: connectionParameters(
      ({ parameter }) => parameter.type === 'oauthSetting' && !isText(objectAt(parameter, 'oAuthSettings').identityProvider, 1, 100)
    )
  },
  {
    name: 'IdentityProviderNotKnown',
    level: 'warning',
    advice: `identityProvider is one of ${providers.join(', ')}.`,
    find: connectionParameters(({ parameter }) => {
      const { identityProvider } = objectAt(parameter, 'oAuthSettings')
      return identityProvider !== undefined && !providers.includes(asText(identityProvider))
    })
  },
  {
    name: 'RedirectModeNotKnown',
    level: 'error',
    advice: 'redirectMode is GlobalPerConnector, Global or Direct.',
    find: connectionParameters(({ parameter }) => {
      const { redirectMode } = objectAt(parameter, 'oAuthSettings')
      return redirectMode !== undefined && !['GlobalPerConnector', 'Global', 'Direct'].includes(asText(redirectMode))
    })
  },
  {
    name: 'ResourceUriMissing',
    level: 'warning',
    advice: 'With the identity provider aad customParameters has resourceUri, the resource whose token is asked for.',
    find: connectionParameters(({ parameter }) => {
      const { identityProvider, customParameters } = objectAt(parameter, 'oAuthSettings')
      return identityProvider === 'aad' && !(isObject(customParameters) && (customParameters.resourceUri ?? customParameters.ResourceUri))
    })
  },
  {
    name: 'SecretInFile',
    level: 'error',
    advice: 'Keep secrets out of the file: a client secret is given when the connector is created, a key when a connection is.',
    find: properties =>
      connectionParametersOf(properties).flatMap(({ parameter, at }) => [
        ...Object.entries(objectAt(parameter, 'oAuthSettings'))
          .filter(
            ([key, value]) =>
              /^clientsecret$/i.test(key) && isText(value ?? undefined, 1, 100_000) && !/^[<{[].*[>}\]]$/.test(asText(value))
          )
          .map(([key]) => under(at, 'oAuthSettings', key)),
        ...['default', 'defaultValue']
          .filter(key => parameter.type === 'securestring' && isText(parameter[key], 1, 100_000))
          .map(key => under(at, key))
      ])
  }
]

function isNamed(value: unknown): boolean {
  return isText(objectAt(value, 'uiDefinition').displayName, 1, 1000)
}

function isHidden(parameter: unknown): boolean {
  return objectAt(objectAt(parameter, 'uiDefinition'), 'constraints').hidden === 'true'
}
