import type { JsonObject } from './json.ts'

/** The brand colour, which the icon has as its background too. Certified connectors may be neither white nor the default blue. */
export const brandColor = '#0b6a5b'

/** `apiProperties.json`: how a connection is made, and the policies between the flow and the service. */
export function connectorProperties(): JsonObject {
  return {
    properties: {
      connectionParameters: {
        host: {
          type: 'string',
          uiDefinition: {
            displayName: 'Host',
            description: 'The host of your service, without https:// (Example: referrals.contoso.com).',
            tooltip: 'The host of your service',
            constraints: { tabIndex: 1, clearText: true, required: 'true' }
          }
        },
        api_key: {
          type: 'securestring',
          uiDefinition: {
            displayName: 'API Key',
            description: 'A key of your service, made with: referral-connector key create.',
            tooltip: 'A key of your service',
            constraints: { tabIndex: 2, clearText: false, required: 'true' }
          }
        }
      },
      iconBrandColor: brandColor,
      capabilities: ['actions'],
      publisher: 'referral-connector',
      stackOwner: 'referral-connector',
      policyTemplateInstances: [
        {
          templateId: 'dynamichosturl',
          title: 'Send every action to the host of the connection',
          parameters: { 'x-ms-apimTemplateParameter.urlTemplate': "https://@connectionParameters('host')" }
        }
      ]
    }
  }
}

/** `settings.json` as paconn reads it; environment and connector id join them when the connector is created. */
export function connectorSettings(): JsonObject {
  return {
    apiProperties: 'apiProperties.json',
    apiDefinition: 'apiDefinition.swagger.json',
    icon: 'connector/icon.png',
    powerAppsUrl: 'https://api.powerapps.com',
    powerAppsApiVersion: '2016-11-01'
  }
}
