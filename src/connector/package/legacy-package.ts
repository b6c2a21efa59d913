import { apiId, type Connection } from '../flows/connections.ts'
import { type Flow, flowId, packagedFlow } from '../flows/flow.ts'
import { guidFromName } from '../flows/guid-from-name.ts'
import type { JsonObject } from '../json.ts'

/** Shown on the page of the import; the one that Power Apps gives connectors without an icon of their own. */
const iconUri = 'https://content.powerapps.com/resource/makerx/static/media/default-connection-icon.00d06b6e.svg'

/**
 * The members of the zip that «Import Package (Legacy)» takes: one flow, outside of any solution. A custom connector is never in such a
 * package; whoever imports chooses the one that is in the environment, and a connection of it.
 * Source: learn.microsoft.com/power-automate/export-import-flow-non-solution, and published packages, which all have these five members.
 */
export function legacyPackage(flow: Flow): Record<string, string> {
  const folder = `Microsoft.Flow/flows/${flowId(flow)}`
  const files: Record<string, JsonObject> = {
    'manifest.json': manifest(flow),
    'Microsoft.Flow/flows/manifest.json': { packageSchemaVersion: '1.0', flowAssets: { assetPaths: [flowId(flow)] } },
    [`${folder}/definition.json`]: packagedFlow(flow),
    [`${folder}/apisMap.json`]: mapped(flow, apiResource),
    [`${folder}/connectionsMap.json`]: mapped(flow, connectionResource)
  }
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [path, JSON.stringify(content)]))
}

function manifest(flow: Flow): JsonObject {
  const { displayName, description, connections } = flow
  return {
    schema: '1.0',
    details: {
      displayName,
      description,
      // Fixed, so that the same flow is the same package.
      createdTime: '1980-01-01T00:00:00.0000000Z',
      packageTelemetryId: guidFromName(`package ${flow.name}`),
      creator: 'N/A',
      sourceEnvironment: ''
    },
    resources: {
      [flowId(flow)]: {
        type: 'Microsoft.Flow/flows',
        suggestedCreationType: 'New',
        creationType: 'Existing, New, Update',
        details: { displayName },
        configurableBy: 'User',
        hierarchy: 'Root',
        dependsOn: connections.flatMap(connection => [apiResource(flow, connection), connectionResource(flow, connection)])
      },
      ...Object.fromEntries(
        connections.flatMap(connection => [
          [apiResource(flow, connection), connection.isCustom ? customConnector(connection) : builtInConnector(connection)],
          [connectionResource(flow, connection), connectionRow(connection, apiResource(flow, connection))]
        ])
      )
    }
  }
}

/** Without an id and a name: those are of the environment that it is imported to. */
function customConnector({ displayName }: Connection): JsonObject {
  return {
    type: 'Microsoft.PowerApps/apis',
    suggestedCreationType: 'Existing',
    creationType: 'Existing',
    details: { displayName, iconUri },
    configurableBy: 'User',
    hierarchy: 'Child',
    dependsOn: []
  }
}

function builtInConnector(connection: Connection): JsonObject {
  return {
    id: apiId(connection),
    name: connection.apiName,
    type: 'Microsoft.PowerApps/apis',
    suggestedCreationType: 'Existing',
    details: { displayName: connection.displayName, iconUri },
    configurableBy: 'System',
    hierarchy: 'Child',
    dependsOn: []
  }
}

function connectionRow({ displayName }: Connection, api: string): JsonObject {
  return {
    type: 'Microsoft.PowerApps/apis/connections',
    suggestedCreationType: 'Existing',
    creationType: 'Existing',
    details: { displayName, iconUri },
    configurableBy: 'User',
    hierarchy: 'Child',
    dependsOn: [api]
  }
}

const apiResource = ({ name }: Flow, { key }: Connection): string => guidFromName(`package ${name} api ${key}`)
const connectionResource = ({ name }: Flow, { key }: Connection): string => guidFromName(`package ${name} connection ${key}`)

function mapped(flow: Flow, resource: (flow: Flow, connection: Connection) => string): JsonObject {
  return Object.fromEntries(flow.connections.map(connection => [connection.key, resource(flow, connection)]))
}
