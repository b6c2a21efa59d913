import { property, textAt, under } from '../../json.ts'
import { type FlowView, isCall, literalText } from '../flow-view.ts'
import type { Hit, Rule } from '../rule.ts'

/** A step that calls a connector, by the key of its connection reference. */
interface Use {
  readonly at: string
  readonly key: string
  readonly apiId: string | undefined
}

function uses(view: FlowView): Use[] {
  const steps = [
    ...Object.entries(view.flow.definition.triggers).map(([name, { inputs }]) => ({ at: under('#/triggers', name), inputs })),
    ...view.actions.map(({ at, action }) => ({ at, inputs: action.inputs }))
  ]
  const named = steps.flatMap(({ at, inputs }) => {
    const host = property(inputs, 'host')
    const key = textAt(host, 'connectionName') ?? textAt(host, 'connectionReferenceName')
    return key === undefined ? [] : [{ at: `${at}/inputs/host`, key, apiId: textAt(host, 'apiId') }]
  })
  // The older way: parameters('$connections')['key']['connectionId'].
  const looked = view.members.flatMap(({ expression, place }) => {
    const key = literalText(expression.name)
    const isConnections = isCall(expression.of, 'parameters') && literalText(expression.of.args[0]) === '$connections'
    return isConnections && key !== undefined ? [{ at: place.at, key, apiId: undefined }] : []
  })
  return [...named, ...looked]
}

function missing(view: FlowView): Hit[] {
  return uses(view)
    .filter(({ key }) => !Object.hasOwn(view.flow.connectionReferences, key))
    .map(({ at, key }) => ({ at, message: `«${key}» is no connection reference of this flow.` }))
}

function unused(view: FlowView): Hit[] {
  const used = new Set(uses(view).map(({ key }) => key))
  return Object.keys(view.flow.connectionReferences)
    .filter(key => !used.has(key))
    .map(key => ({ at: under('#/connectionReferences', key), message: `The connection reference «${key}» is used by no step.` }))
}

function otherConnectors(view: FlowView): Hit[] {
  return uses(view).flatMap(({ at, key, apiId }) => {
    const reference = Object.hasOwn(view.flow.connectionReferences, key) ? view.flow.connectionReferences[key] : undefined
    if (!reference || apiId === undefined || apiId === reference.apiId) return []
    return [
      { at: `${at}/apiId`, message: `The step calls ${apiId.split('/').at(-1)}, and «${key}» is a connection to ${reference.apiName}.` }
    ]
  })
}

/**
 * Connectors that Microsoft has replaced.
 * Sources: learn.microsoft.com/connectors/dynamicscrmonline and learn.microsoft.com/connectors/commondataservice, which are marked deprecated.
 */
const replaced: Readonly<Record<string, string>> = {
  shared_dynamicscrmonline: 'Microsoft Dataverse (shared_commondataserviceforapps)',
  shared_commondataservice: 'Microsoft Dataverse (shared_commondataserviceforapps)'
}

function deprecated(view: FlowView): Hit[] {
  return Object.entries(view.flow.connectionReferences).flatMap(([key, { apiName }]) => {
    const successor = Object.hasOwn(replaced, apiName) ? replaced[apiName] : undefined
    return successor === undefined
      ? []
      : [{ at: under('#/connectionReferences', key), message: `The connector ${apiName} is deprecated; its successor is ${successor}.` }]
  })
}

/** `inputs.path` with an address of a region: the form before OpenApiConnection. */
function oldForm(view: FlowView): Hit[] {
  return view.actions
    .filter(({ action }) => /^apiconnection(webhook|notification)?$/i.test(action.type))
    .map(({ name, at }) => ({ at, message: `«${name}» calls its connector in the form before OpenApiConnection.` }))
}

const environmentIds: readonly [what: string, pattern: RegExp][] = [
  ['The address of a region', /[a-z]+-\d{3}\.azure-apim\.net/i],
  ['The name of an organisation', /\borg[0-9a-f]{8}\b/i],
  ['The address of an organisation', /https:\/\/[\w-]+\.(api\.)?crm\d*\.dynamics\.com/i],
  ['The id of an environment', /\bDefault-[0-9a-f]{8}-[0-9a-f]{4}-|environments\/[0-9a-f]{8}-[0-9a-f]{4}-/i]
]

function literalIds(view: FlowView): Hit[] {
  const inTexts = environmentIds.flatMap(([what, pattern]) => {
    const found = view.texts.flatMap(({ at, text }) => (pattern.test(text) ? [{ at, id: pattern.exec(text)?.[0] ?? '' }] : []))
    return [...new Set(found.map(({ id }) => id))].map(id => {
      const [first, ...more] = found.filter(other => other.id === id)
      const where = more.length > 0 ? ` at ${more.length + 1} places` : ''
      return { at: first?.at ?? '#', message: `${what} is written in the flow${where}: ${id}.` }
    })
  })
  const inConnections = Object.entries(view.flow.connectionReferences).flatMap(([key, { connectionName = '' }]) =>
    /[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{16}/i.test(connectionName)
      ? [
          {
            at: under('#/connectionReferences', key),
            message: `The id of a connection of one environment is written in the flow: ${connectionName}.`
          }
        ]
      : []
  )
  return [...inTexts, ...inConnections]
}

export const connectionRules: readonly Rule[] = [
  {
    name: 'UnknownConnection',
    level: 'error',
    advice: 'Add the connection reference, or correct the key.',
    find: missing
  },
  {
    name: 'UnusedConnection',
    level: 'warning',
    advice: 'Remove the reference: whoever imports the flow is asked for a connection that it does not need.',
    find: unused
  },
  {
    name: 'OtherConnector',
    level: 'error',
    advice: 'Let host.apiId be the connector of the connection reference.',
    find: otherConnectors
  },
  {
    name: 'DeprecatedConnector',
    level: 'warning',
    advice: 'Replace its actions by those of the successor.',
    find: deprecated
  },
  {
    name: 'OldConnectorCall',
    level: 'warning',
    advice: 'Use OpenApiConnection with an operationId: it names no region, and its answers are checked.',
    find: oldForm
  },
  {
    name: 'EnvironmentId',
    level: 'warning',
    advice: 'Use a connection reference or an environment variable: elsewhere the flow must be edited by hand.',
    find: literalIds
  }
]
