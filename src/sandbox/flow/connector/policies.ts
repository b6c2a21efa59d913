import { FlowNotRunnable } from '../run/action-failure.ts'
import type { Swagger } from './swagger.ts'

/** apiProperties.json, as much as the runtime looks at. */
export interface ConnectorProperties {
  properties?: {
    connectionParameters?: Record<string, unknown>
    policyTemplateInstances?: { templateId?: string; title?: string; parameters?: Record<string, unknown> }[]
  }
}

export interface Policy {
  templateId: string
  parameter(name: string): unknown
}

const prefix = 'x-ms-apimTemplateParameter.'
/** They shape what the designer shows or what triggers do, and are none of the request's business. */
const known = ['dynamichosturl', 'setheader', 'pollingtrigger']

/** The policies that hold for one operation, in order. @throws FlowNotRunnable for one that the sandbox does not know */
export function policiesFor({ properties }: ConnectorProperties, operationId: string): Policy[] {
  return (properties?.policyTemplateInstances ?? []).flatMap(({ templateId = '', parameters = {} }) => {
    const operations = parameters['x-ms-apimTemplate-operationName']
    if (Array.isArray(operations) && operations.length > 0 && !operations.includes(operationId)) return []
    const section = parameters['x-ms-apimTemplate-policySection']
    if (!known.includes(templateId) || (section !== undefined && section !== 'Request'))
      throw new FlowNotRunnable(`The policy template '${templateId}' for ${String(section ?? 'requests')} is not part of the sandbox.`)
    return [{ templateId, parameter: name => parameters[`${prefix}${name}`] }]
  })
}

/**
 * Where the requests of an operation go, without a slash at the end: the host of the policy `dynamichosturl`, or else the definition's own.
 * Plain http for a loopback host, since nothing here has a certificate.
 * Source: learn.microsoft.com/connectors/custom-connectors/policy-templates/dynamichosturl
 */
export function originFor(definition: Swagger, policies: readonly Policy[], parameters: Readonly<Record<string, string>>): string {
  const dynamic = policies.find(({ templateId }) => templateId === 'dynamichosturl')
  const scheme = definition.schemes?.[0] ?? 'https'
  const text = dynamic ? withConnection(String(dynamic.parameter('urlTemplate')), parameters) : `${scheme}://${definition.host ?? ''}`
  if (!URL.canParse(text)) throw new FlowNotRunnable('The connection does not name a host that a URL can be made of.')
  const url = new URL(text)
  if (isLoopback(url.hostname)) url.protocol = 'http:'
  return `${url.origin}${url.pathname}`.replace(/\/$/, '')
}

/** The headers that the policies set. `override` replaces what is there, `skip` leaves it, `append` adds to it. */
export function withPolicyHeaders(
  headers: Record<string, string>,
  policies: readonly Policy[],
  parameters: Readonly<Record<string, string>>
): Record<string, string> {
  const result = { ...headers }
  for (const { templateId, parameter } of policies) {
    if (templateId !== 'setheader') continue
    const name = String(parameter('name')).toLowerCase()
    const value = withConnection(String(parameter('value')), parameters)
    const action = String(parameter('existsAction') ?? 'override')
    const before = result[name]
    if (before === undefined || action === 'override') result[name] = value
    else if (action === 'append') result[name] = `${before},${value}`
  }
  return result
}

/** `@connectionParameters('host','default')` */
function withConnection(template: string, parameters: Readonly<Record<string, string>>): string {
  const text = template.replace(/@connectionParameters\('([^']*)'(?:\s*,\s*'([^']*)')?\)/g, (_all, name: string, fallback?: string) => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : fallback
    if (value === undefined) throw new FlowNotRunnable(`The connection has no '${name}', which a policy of the connector asks for.`)
    return value
  })
  if (/@\w+\(/.test(text)) throw new FlowNotRunnable('A policy of the connector has an expression that is not part of the sandbox.')
  return text
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
