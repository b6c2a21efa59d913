import type { FlowDefinition } from '../../flow/flow-definition.ts'
import { textAt } from '../../flow/json.ts'
import { UsageError } from '../command.ts'
import { onOneLine } from '../one-line.ts'
import type { SandboxedService } from '../sandboxed-service.ts'
import { placeholdersOf, withPlaceholders } from './placeholders.ts'

export interface FilledIn {
  definition: FlowDefinition
  /** What was done to the definition, for people. */
  notes: string[]
  /** Values that no output may show. */
  secrets: string[]
}

/** The placeholders of the sample flow of 2019, as its manual has them filled in. */
const of2019 = {
  clientId: 'AAD-Application (client) ID',
  tenantId: 'AAD-Directory (tenant) ID',
  username: 'UserId',
  password: 'UserPassword',
  validationUrl: 'CertificateValidationURl'
} as const

/**
 * Fills in what a definition leaves open as `<<NAME>>`: by what was given, or else from the sandbox for the names that are known.
 * @throws UsageError for a name without a value
 */
export async function fillIn(definition: FlowDefinition, given: ReadonlyMap<string, string>, stage: SandboxedService): Promise<FilledIn> {
  const names = placeholdersOf(definition)
  const strange = [...given.keys()].find(name => !names.includes(name))
  if (strange !== undefined)
    throw new UsageError(onOneLine(`The flow has no placeholder «${strange}» to fill in; it has ${names.join(', ') || 'none'}.`))
  const { sandbox, url, apiKey } = stage
  const is2019 = Object.values(of2019).some(name => names.includes(name))
  const visitor = is2019 ? await sandbox.goBackTo2019() : undefined
  const known = new Map([
    ['SERVICE_URL', url],
    ['API_KEY', apiKey],
    ...(visitor ? Object.entries(of2019).map(([key, name]): [string, string] => [name, visitor[key as keyof typeof of2019]]) : [])
  ])
  const open = names.filter(name => !given.has(name) && !known.has(name))
  if (open.length > 0)
    throw new UsageError(onOneLine(`The flow leaves open ${open.map(name => `«${name}»`).join(', ')}: give it with --fill NAME=VALUE.`))
  sandbox.flows.reach({ [new URL(url).host]: url })
  const values = new Map([...known, ...given])
  const filled = withPlaceholders(definition, values)
  const own = names.filter(name => !given.has(name))
  return {
    definition: visitor ? openedTo2019(filled) : filled,
    notes: [
      ...(own.length > 0 ? [`Filled in from the sandbox: ${own.join(', ')}.`] : []),
      ...(visitor && definition !== openedTo2019(definition)
        ? [
            'The trigger does not say who may call it. It was opened to anyone, as it was in 2019; a new flow would answer Partner Center 401.'
          ]
        : []),
      ...(visitor
        ? ['Partner Center shows its referrals to a user who signed in with a password alone, as it did in 2019. Today it refuses.']
        : [])
    ],
    secrets: [apiKey, visitor?.password ?? '', values.get(of2019.password) ?? '', values.get('API_KEY') ?? ''].filter(
      secret => secret !== ''
    )
  }
}

/** The definition itself when its triggers say who may call them. */
function openedTo2019(definition: FlowDefinition): FlowDefinition {
  const isOpen = Object.values(definition.triggers).every(
    ({ type, inputs }) => type !== 'Request' || textAt(inputs, 'triggerAuthenticationType') !== undefined
  )
  if (isOpen) return definition
  const triggers = Object.entries(definition.triggers).map(([name, trigger]) => [
    name,
    { ...trigger, inputs: { ...(trigger.inputs as object), triggerAuthenticationType: 'All' } }
  ])
  return { ...definition, triggers: Object.fromEntries(triggers) }
}
