import { guidFromName } from '../flows/guid-from-name.ts'
import { type JsonObject, objectAt } from '../json.ts'
import { contentTypesXml, customizationsXml, prefix, rootComponent, solutionVersion, solutionXml } from './solution.ts'
import { element, textElement } from './xml.ts'

/** What the connector is made of: the committed files. */
export interface ConnectorFiles {
  definition: JsonObject
  properties: JsonObject
  icon: Uint8Array
}

/** The connector's name in a solution. Letters only after the prefix: anything else would have to be encoded. */
export const connectorName = `${prefix}_partnercenterreferralssync`
/** By this id the flows of the other solution find it. */
export const connectorId = guidFromName('connector')

/**
 * The members of the solution with the connector alone. It has to be in the environment before a connection of it can be made, so it is
 * imported before the flows. Unmanaged, and with the plain connection parameters: how sets of them stand in a solution is not documented.
 */
export function connectorSolution({ definition, properties, icon }: ConnectorFiles, version: string): Record<string, string | Uint8Array> {
  const { connectionParameters = {}, policyTemplateInstances = [], iconBrandColor = '' } = objectAt(properties, 'properties')
  const { title = '', description = '' } = objectAt(definition, 'info')
  const path = (part: string): string => `Connector/${connectorName}_${part}`
  const files = {
    [path('openapidefinition.json')]: JSON.stringify(definition),
    [path('connectionparameters.json')]: JSON.stringify(connectionParameters),
    [path('policytemplateinstances.json')]: JSON.stringify(policyTemplateInstances),
    [path('iconblob.Png')]: icon
  }
  const node = element('Connector', {}, [
    textElement('connectorid', connectorId),
    textElement('description', String(description)),
    textElement('displayname', String(title)),
    textElement('iconbrandcolor', String(iconBrandColor)),
    textElement('name', connectorName),
    textElement('connectortype', 1),
    ...['openapidefinition.json', 'connectionparameters.json', 'policytemplateinstances.json', 'iconblob.Png'].map(part =>
      textElement(part.replace(/\..*$/, ''), `/${path(part)}`)
    )
  ])
  return {
    ...files,
    'solution.xml': solutionXml({
      uniqueName: 'PartnerCenterReferralsConnector',
      displayName: 'Partner Center Referrals: Connector',
      description: 'The connector. Import it first; then make a connection, and import the flows.',
      version: solutionVersion(version),
      // 372 is what Dataverse writes for a connector.
      rootComponents: [rootComponent(372, connectorId, connectorName)]
    }),
    'customizations.xml': customizationsXml({ connectors: [node] }),
    '[Content_Types].xml': contentTypesXml(Object.keys(files))
  }
}
