import { type Connection, dataverseConnection, serviceConnection } from '../flows/connections.ts'
import { type Flow, type FlowOptions, flowDefinition, flowId } from '../flows/flow.ts'
import { solutionFlows } from '../flows/flows.ts'
import type { JsonObject } from '../json.ts'
import { connectorId, connectorName } from './connector-solution.ts'
import { minimumDealValue, parameterOf, parametersOf, sendLeadChanges, variableFiles } from './environment-variables.ts'
import {
  contentTypesXml,
  customizationsXml,
  descriptions,
  localizedNames,
  prefix,
  rootComponent,
  solutionVersion,
  solutionXml
} from './solution.ts'
import { element, textElement, type XmlNode } from './xml.ts'

const variables = [minimumDealValue, sendLeadChanges]

/** The members of the solution with the flows, switched off: they are switched on when their connections have been chosen. */
export function flowSolution(options: Omit<FlowOptions, 'variables'>, packageVersion: string): Record<string, string> {
  const version = solutionVersion(packageVersion)
  const flows = solutionFlows({
    ...options,
    variables: { minimumDealValue: parameterOf(minimumDealValue), sendLeadChanges: parameterOf(sendLeadChanges) }
  })
  const files = {
    ...Object.fromEntries(flows.map(flow => [workflowPath(flow), JSON.stringify(solutionFlow(flow), null, 2)])),
    ...variableFiles(variables, version)
  }
  return {
    ...files,
    'solution.xml': solutionXml({
      uniqueName: 'PartnerCenterReferralsFlows',
      displayName: 'Partner Center Referrals: Flows',
      description: 'The flows between Partner Center and the CRM. The connector has to be in the environment already.',
      version,
      // 29 is a flow. Connection references and environment variables are no root components in what Dataverse exports.
      rootComponents: flows.map(flow => rootComponent(29, flowId(flow)))
    }),
    'customizations.xml': customizationsXml({
      workflows: flows.map(flow => workflow(flow, version)),
      connectionReferences: [serviceConnection, dataverseConnection].map(connectionReference)
    }),
    '[Content_Types].xml': contentTypesXml(Object.keys(files))
  }
}

/** A flow as a solution holds it: the connections by reference, the settings by environment variable. */
function solutionFlow(flow: Flow): JsonObject {
  const used = variables.filter(variable => JSON.stringify(flow.triggers).includes(parameterOf(variable)))
  return {
    properties: {
      connectionReferences: Object.fromEntries(
        flow.connections.map(connection => [
          connection.key,
          {
            runtimeSource: 'embedded',
            connection: { connectionReferenceLogicalName: referenceName(connection) },
            api: { name: connection.apiName, ...(connection.isCustom && { logicalName: connectorName }) }
          }
        ])
      ),
      definition: flowDefinition(flow, parametersOf(used)),
      templateName: ''
    },
    schemaVersion: '1.0.0.0'
  }
}

function workflowPath(flow: Flow): string {
  const name = flow.name.replace(/(?:^|-)(\w)/g, (_match, letter: string) => letter.toUpperCase())
  return `Workflows/${name}-${flowId(flow).toUpperCase()}.json`
}

function workflow(flow: Flow, version: string): XmlNode {
  const { displayName, description } = flow
  const fields: Record<string, string | number> = {
    JsonFileName: `/${workflowPath(flow)}`,
    Type: 1,
    Subprocess: 0,
    // A flow, and not one of the older kinds of processes.
    Category: 5,
    Mode: 0,
    Scope: 4,
    OnDemand: 0,
    TriggerOnCreate: 0,
    TriggerOnDelete: 0,
    AsyncAutodelete: 0,
    SyncWorkflowLogOnFailure: 0,
    StateCode: 0,
    StatusCode: 1,
    RunAs: 1,
    IsTransacted: 1,
    IntroducedVersion: version,
    IsCustomizable: 1,
    BusinessProcessType: 0,
    IsCustomProcessingStepAllowedForOtherPublishers: 1,
    ModernFlowType: 0,
    PrimaryEntity: 'none'
  }
  return element('Workflow', { WorkflowId: `{${flowId(flow)}}`, Name: displayName, Description: description }, [
    ...Object.entries(fields).map(([name, value]) => textElement(name, value)),
    localizedNames(displayName),
    descriptions(description)
  ])
}

const referenceName = ({ isCustom }: Connection): string => `${prefix}_${isCustom ? 'service' : 'dataverse'}`

function connectionReference(connection: Connection): XmlNode {
  const { displayName, apiName, isCustom } = connection
  return element('connectionreference', { connectionreferencelogicalname: referenceName(connection) }, [
    textElement('connectionreferencedisplayname', displayName),
    textElement('connectorid', `/providers/Microsoft.PowerApps/apis/${apiName}`),
    // The id of the row, which is the same in every environment: the name of the API above is not.
    ...(isCustom ? [element('customconnectorid', {}, [textElement('connectorid', connectorId)])] : []),
    textElement('iscustomizable', 1),
    // Ask on import.
    textElement('promptingbehavior', 0),
    textElement('statecode', 0),
    textElement('statuscode', 1)
  ])
}
