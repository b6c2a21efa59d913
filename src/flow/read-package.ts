import type { FlowDefinition, FlowParameter } from './flow-definition.ts'
import { type Json, property, textAt } from './json.ts'
import { type ConnectionReference, connectionReferences } from './package/connection-references.ts'
import { FlowPackageError } from './package/flow-package-error.ts'
import { legacyNotices } from './package/legacy-notices.ts'
import { readDefinition } from './package/read-definition.ts'
import { readJson } from './package/read-json.ts'
import { unzip } from './package/unzip.ts'
import { workflowNames } from './package/workflow-names.ts'

export { FlowPackageError } from './package/flow-package-error.ts'

/** One flow as it stands in a package. */
export interface Flow {
  /** Its folder in a legacy package, its file in a solution. */
  name: string
  displayName: string
  definition: FlowDefinition
  connectionReferences: Record<string, ConnectionReference>
  /** The definition's parameters, an empty object where it has none. */
  parameters: Record<string, FlowParameter>
}

export interface FlowPackage {
  /** A legacy package, a solution, or the JSON of one flow without a package. */
  kind: 'legacy' | 'solution' | 'definition'
  flows: Flow[]
  /** The names of the zip's members. */
  members: string[]
  /** What is not as it should be and could be read all the same. */
  notices: string[]
}

const legacyDefinition = /^Microsoft\.Flow\/flows\/([^/]+)\/definition\.json$/i
const solutionWorkflow = /^Workflows\/([^/]+)\.json$/i
const wanted = /^(manifest\.json|customizations\.xml|Microsoft\.Flow\/flows\/.*\.json|Workflows\/[^/]+\.json)$/i

/**
 * Reads a legacy flow package, an unmanaged solution, or the JSON of one flow.
 * @throws FlowPackageError
 */
export function readFlowPackage(bytes: Uint8Array): FlowPackage {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) return readFlowFile(bytes)
  const { names, files } = unzip(bytes, name => wanted.test(name))
  const members = names.filter(name => !name.endsWith('/'))
  const legacy = members.filter(name => legacyDefinition.test(name))
  if (legacy.length > 0) return readLegacy(legacy, members, files)
  if (members.includes('customizations.xml') || members.includes('solution.xml')) return readSolution(members, files)
  throw new FlowPackageError(
    'The zip is neither a flow package (Microsoft.Flow/flows/…/definition.json) nor a solution (solution.xml and customizations.xml at its top).'
  )
}

function readLegacy(names: string[], members: string[], files: ReadonlyMap<string, Uint8Array>): FlowPackage {
  const notices: string[] = []
  const json = (name: string): Json | undefined => {
    const content = files.get(name)
    if (!content) return undefined
    const read = readJson(content, name)
    notices.push(...read.notices)
    return read.value
  }
  const flows = names.map(name => flowOf(json(name) ?? null, name, legacyDefinition.exec(name)?.[1] ?? name))
  notices.push(...legacyNotices(flows, json))
  return { kind: 'legacy', flows, members, notices }
}

function readSolution(members: string[], files: ReadonlyMap<string, Uint8Array>): FlowPackage {
  const notices: string[] = []
  const titles = workflowNames(files.get('customizations.xml'))
  const flows = members
    .filter(name => solutionWorkflow.test(name))
    .flatMap(name => {
      const read = readJson(files.get(name) ?? new Uint8Array(), name)
      notices.push(...read.notices)
      // Other kinds of processes have files here too; only a cloud flow has a definition.
      if (property(property(read.value, 'properties'), 'definition') === undefined) return []
      const flow = flowOf(read.value, name, solutionWorkflow.exec(name)?.[1] ?? name)
      return [{ ...flow, displayName: titles.get(`/${name}`.toLowerCase()) ?? flow.displayName }]
    })
  if (flows.length === 0) throw new FlowPackageError('The solution has no flow (Workflows/….json).')
  return { kind: 'solution', flows, members, notices }
}

function readFlowFile(bytes: Uint8Array): FlowPackage {
  const { value, notices } = readJson(bytes, 'The file')
  return { kind: 'definition', flows: [flowOf(value, 'The file', 'definition')], members: [], notices }
}

/** A flow from its file: with its properties around the definition, or the definition alone. */
function flowOf(value: Json, file: string, name: string): Flow {
  const properties = property(value, 'properties')
  const found = property(properties, 'definition') ?? property(value, 'definition') ?? value
  const definition = readDefinition(found, file)
  return {
    name,
    displayName: textAt(properties, 'displayName') ?? name.replace(/-[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/i, ''),
    definition,
    connectionReferences: connectionReferences(properties ?? value),
    parameters: definition.parameters ?? {}
  }
}
