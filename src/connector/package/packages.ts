import { defaultFlowOptions, flows } from '../flows/flows.ts'
import { type ConnectorFiles, connectorSolution } from './connector-solution.ts'
import { flowSolution } from './flow-solution.ts'
import { legacyPackage } from './legacy-package.ts'
import { zip } from './zip.ts'

export interface PackageOptions {
  /** The version of what is packaged; a solution takes three numbers of it. */
  version: string
  /** Logical name of the lead's column that holds the referral's id. */
  referralColumn?: string
  /** The host of the service, for the connector and for the flow without connections. */
  host?: string
}

/** A zip that Power Platform imports. */
export interface Package {
  name: string
  members: string[]
  /** Made when asked for. */
  bytes(): Uint8Array
}

/** Every package by its name. The same input gives the same bytes, everywhere. */
export function packages(connector: ConnectorFiles, { version, referralColumn, host }: PackageOptions): Package[] {
  const options = {
    referralColumn: referralColumn ?? defaultFlowOptions.referralColumn,
    serviceUrl: host === undefined ? defaultFlowOptions.serviceUrl : `https://${host}`
  }
  const definition = { ...connector.definition, ...(host !== undefined && { host }) }
  const members: Record<string, Record<string, string | Uint8Array>> = {
    ...Object.fromEntries(flows(options).map(flow => [flow.name, legacyPackage(flow)])),
    'connector-solution': connectorSolution({ ...connector, definition }, version),
    'flow-solution': flowSolution(options, version)
  }
  return Object.entries(members).map(([name, files]) => ({ name, members: Object.keys(files).sort(), bytes: () => zip(files) }))
}
