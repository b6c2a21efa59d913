import { isObject, type JsonObject, objectAt } from '../json.ts'
import { apiId, type Connection } from './connections.ts'
import { guidFromName } from './guid-from-name.ts'

/** What a package may set; the flows are otherwise the same everywhere. */
export interface FlowOptions {
  /** Logical name of the lead's column that holds the referral's id. */
  referralColumn: string
  /** Address of the service, for the flow without connections. */
  serviceUrl: string
  /** Environment variables of a solution, as expressions. Without them every referral and every change of a lead is taken. */
  variables?: { minimumDealValue: string; sendLeadChanges: string }
  /** The declarations of those variables. */
  parameters?: JsonObject
}

export interface Flow {
  /** The name of its files. */
  name: string
  displayName: string
  description: string
  connections: readonly Connection[]
  /** Triggers and actions by their names. */
  triggers: JsonObject
  actions: JsonObject
}

/** The Workflow Definition Language's schema that Power Automate names in every definition. */
const schema = 'https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#'

/** A flow's definition in the Workflow Definition Language. */
export function flowDefinition(flow: Flow, parameters: JsonObject = {}): JsonObject {
  return {
    $schema: schema,
    contentVersion: '1.0.0.0',
    parameters: {
      $connections: { defaultValue: {}, type: 'Object' },
      $authentication: { defaultValue: {}, type: 'SecureObject' },
      ...parameters
    },
    triggers: withIds(flow.triggers, flow.name),
    actions: withIds(flow.actions, flow.name)
  }
}

/** `definition.json` of a package that is imported without a solution. */
export function packagedFlow(flow: Flow): JsonObject {
  const id = flowId(flow)
  return {
    name: id,
    id: `/providers/Microsoft.Flow/flows/${id}`,
    type: 'Microsoft.Flow/flows',
    properties: {
      apiId: '/providers/Microsoft.PowerApps/apis/shared_logicflows',
      displayName: flow.displayName,
      definition: flowDefinition(flow),
      connectionReferences: Object.fromEntries(
        flow.connections.map(connection => [
          connection.key,
          // Embedded: the flow runs with the connection that is chosen on import, never with a caller's.
          { connectionName: connection.key, source: 'Embedded', id: apiId(connection), tier: 'NotSpecified' }
        ])
      ),
      flowFailureAlertSubscribed: true,
      isManaged: false
    }
  }
}

export function flowId({ name }: Pick<Flow, 'name'>): string {
  return guidFromName(`flow ${name}`)
}

/** Every trigger and action with the id by which the designer knows it again. */
function withIds(operations: JsonObject, path: string): JsonObject {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => {
      if (!isObject(operation)) throw new TypeError(`${name} is no operation.`)
      const at = `${path}/${name}`
      return [
        name,
        {
          ...operation,
          ...(operation.actions !== undefined && { actions: withIds(objectAt(operation, 'actions'), at) }),
          ...(operation.else !== undefined && {
            else: { actions: withIds(objectAt(objectAt(operation, 'else'), 'actions'), `${at}/else`) }
          }),
          metadata: { operationMetadataId: guidFromName(at) }
        }
      ]
    })
  )
}
