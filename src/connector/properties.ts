import { type JsonObject, objectAt } from './json.ts'

/** The brand colour, which the icon has as its background too. Certified connectors may be neither white nor the default blue. */
export const brandColor = '#0b6a5b'

/**
 * `apiProperties.json`: how a connection is made, and the policies between the flow and the service. Connections by API key and connections by
 * Entra ID stand side by side; the flat parameters, which are those of the first set, are for tools that know no sets.
 * Source: learn.microsoft.com/connectors/custom-connectors, «multi-auth» and «paconn-cli».
 */
export function connectorProperties(): JsonObject {
  return {
    properties: {
      connectionParameters: { host, api_key: apiKey },
      connectionParameterSets: {
        uiDefinition: { displayName: 'Authentication Type', description: 'How the connection signs in to your service.' },
        values: [
          {
            name: 'api-key',
            uiDefinition: { displayName: 'API Key', description: 'With a key that was made by: referral-connector key create.' },
            parameters: { host: inSet(host), api_key: inSet(apiKey) }
          },
          {
            name: 'entra-id',
            uiDefinition: { displayName: 'Microsoft Entra ID', description: 'As the user who makes the connection.' },
            parameters: entraParameters()
          }
        ]
      },
      iconBrandColor: brandColor,
      capabilities: ['actions', 'triggers'],
      publisher: 'referral-connector',
      stackOwner: 'referral-connector',
      policyTemplateInstances: policies
    }
  }
}

function text(type: 'string' | 'securestring', tabIndex: number, displayName: string, description: string): JsonObject {
  const constraints = { tabIndex, clearText: type === 'string', required: 'true' }
  return { type, uiDefinition: { displayName, description, tooltip: description, constraints } }
}

const host = text('string', 1, 'Host', 'The host of your service, without https:// (Example: referrals.contoso.com).')
const apiKey = text('securestring', 2, 'API Key', 'A key of your service, made with: referral-connector key create.')

/** In a set the hint is shown from `schema`, elsewhere from beside it. */
function inSet(parameter: JsonObject): JsonObject {
  const { type } = parameter
  const uiDefinition = objectAt(parameter, 'uiDefinition')
  return { type, uiDefinition: { ...uiDefinition, schema: { type, description: uiDefinition.description } } }
}

/**
 * The application registration is the administrator's own: `clientId` and `resourceUri` are to be filled in, and until they are, `connector
 * create` leaves this set out. The redirect address is known once the connector exists.
 */
function entraParameters(): JsonObject {
  return {
    host: inSet(host),
    token: {
      type: 'oauthSetting',
      oAuthSettings: {
        identityProvider: 'aad',
        clientId: '',
        scopes: [],
        redirectMode: 'GlobalPerConnector',
        properties: { IsFirstParty: 'False' },
        customParameters: {
          loginUri: { value: 'https://login.microsoftonline.com' },
          tenantId: { value: 'common' },
          resourceUri: { value: '' }
        }
      },
      uiDefinition: {
        displayName: 'Sign in',
        description: 'Sign in with an account that may use your service.',
        tooltip: 'Sign in with an account that may use your service.',
        constraints: { tabIndex: 2, required: 'true' }
      }
    },
    'token:TenantId': {
      type: 'string',
      metadata: { sourceType: 'AzureActiveDirectoryTenant' },
      uiDefinition: { constraints: { required: 'false', hidden: 'true' } }
    }
  }
}

const policies: JsonObject[] = [
  {
    templateId: 'dynamichosturl',
    title: 'Send every action to the host of the connection',
    parameters: { 'x-ms-apimTemplateParameter.urlTemplate': "https://@connectionParameters('host')" }
  },
  {
    templateId: 'setheader',
    title: 'Send the key of the connection',
    parameters: {
      'x-ms-apimTemplateParameter.name': 'X-API-Key',
      'x-ms-apimTemplateParameter.value': "@connectionParameters('api_key','')",
      'x-ms-apimTemplateParameter.existsAction': 'override',
      'x-ms-apimTemplate-policySection': 'Request'
    }
  },
  {
    templateId: 'pollingtrigger',
    title: 'Go on where the last look ended',
    type: 'PollingTrigger',
    parameters: {
      'x-ms-apimTemplateParameter.triggerConfig': { since: '@{triggerBody().since}' },
      'x-ms-apimTemplateParameter.triggerDataPath': '@triggerBody().value',
      'x-ms-apimTemplate-operationName': ['WhenSyncNeedsAttention']
    }
  }
]

/** `settings.json` as paconn reads and writes it; the environment and the connector's id join them when the connector is created. */
export function connectorSettings(): JsonObject {
  return {
    apiProperties: 'apiProperties.json',
    apiDefinition: 'apiDefinition.swagger.json',
    icon: 'connector/icon.png',
    powerAppsUrl: 'https://api.powerapps.com',
    powerAppsApiVersion: '2016-11-01'
  }
}
