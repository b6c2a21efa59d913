import { readFileSync } from 'node:fs'
import { nestedActions } from '../../flow/flow-definition.ts'
import { property, textAt } from '../../flow/json.ts'
import type { Flow } from '../../flow/read-package.ts'
import type { Connection } from '../../sandbox/flow/connector/connector-request.ts'
import { dataverseApi } from '../../sandbox/flow/dataverse-connector/dataverse-connection.ts'
import { UsageError } from '../command.ts'
import { onOneLine } from '../one-line.ts'
import { packageRoot } from '../package-root.ts'
import type { SandboxedService } from '../sandboxed-service.ts'

/**
 * A connection for each reference of a flow: Dataverse's connector leads to the sandbox, and a connector whose operations are ours to the
 * service. Others cannot be called, so a flow that would is refused; those that are called in the form of before 2020 fail by themselves.
 * @throws UsageError
 */
export function connectionsFor(
  { definition, connectionReferences }: Flow,
  { sandbox, url, apiKey }: SandboxedService
): Record<string, Connection> {
  const service = serviceConnection(url, apiKey)
  const entries = Object.entries(connectionReferences).map(([key, { apiName }]): [string, Connection] => {
    if (apiName === dataverseApi) return [key, sandbox.dataverseConnection()]
    const unknown = operationsOver(definition, key).filter(operationId => !knows(service, operationId))
    if (unknown.length === 0) return [key, service]
    throw new UsageError(
      onOneLine(
        `The connector «${apiName}» is neither this service's nor Dataverse's: it has ${unknown.join(', ')}, which cannot be called here.`
      )
    )
  })
  return Object.fromEntries(entries)
}

function serviceConnection(url: string, apiKey: string): Connection {
  return {
    definition: JSON.parse(readFileSync(new URL('apiDefinition.swagger.json', packageRoot), 'utf8')),
    properties: JSON.parse(readFileSync(new URL('apiProperties.json', packageRoot), 'utf8')),
    parameters: { host: new URL(url).host, api_key: apiKey }
  }
}

function operationsOver(definition: Flow['definition'], key: string): string[] {
  const steps = [...Object.values(definition.triggers), ...nestedActions(definition).map(({ action }) => action)]
  return steps
    .filter(({ type, inputs }) => type.startsWith('OpenApiConnection') && textAt(property(inputs, 'host'), 'connectionName') === key)
    .map(({ inputs }) => textAt(property(inputs, 'host'), 'operationId') ?? '')
}

const knows = ({ definition: { paths = {} } }: Connection, operationId: string): boolean =>
  Object.values(paths).some(item => Object.values(item).some(operation => textAt(operation, 'operationId') === operationId))
