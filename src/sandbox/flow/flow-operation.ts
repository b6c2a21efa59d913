import type { Dispatcher } from 'undici'

/** The parts of a Swagger 2.0 document that a call of one operation needs. */
interface Parameter {
  name: string
  in: 'path' | 'query' | 'header' | 'body'
  required?: boolean
}

interface Operation {
  operationId?: string
  parameters?: Parameter[]
}

export interface Definition {
  basePath?: string
  paths?: Record<string, Record<string, Operation>>
  securityDefinitions?: Record<string, { type?: string; in?: string; name?: string }>
}

export interface OperationRequest {
  method: Dispatcher.HttpMethod
  path: string
  headers: Record<string, string>
  body?: string
}

const methods = ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH'] as const

/**
 * The request of one typed action, as the runtime of Power Automate makes it from the connector's definition: the operation by its id, path
 * parameters encoded, the key in the header that the definition names. What the definition does not know is not sent.
 */
export function operationRequest(
  definition: Definition,
  call: { operationId: string; parameters: Record<string, string>; body?: object; apiKey: string }
): OperationRequest {
  const { template, method, operation } = find(definition, call.operationId)
  const declared = operation.parameters ?? []
  const missing = declared.find(({ name, in: place, required }) => required && place !== 'body' && call.parameters[name] === undefined)
  if (missing) throw new Error(`The action ${call.operationId} has no value for its parameter '${missing.name}'.`)

  const given = (place: string): [string, string][] =>
    declared.flatMap(({ name, in: where }) => {
      const value = call.parameters[name]
      return where === place && value !== undefined ? [[name, value] as [string, string]] : []
    })
  const path = given('path').reduce((text, [name, value]) => text.replace(`{${name}}`, encodeURIComponent(value)), template)
  const query = given('query').map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  const hasBody = call.body !== undefined && declared.some(({ in: place }) => place === 'body')
  const key = Object.values(definition.securityDefinitions ?? {}).find(({ type, in: place }) => type === 'apiKey' && place === 'header')
  return {
    method,
    path: `${(definition.basePath ?? '').replace(/\/$/, '')}${path}${query.length > 0 ? `?${query.join('&')}` : ''}`,
    headers: {
      accept: 'application/json',
      ...Object.fromEntries(given('header')),
      ...(key?.name !== undefined && { [key.name.toLowerCase()]: call.apiKey }),
      ...(hasBody && { 'content-type': 'application/json' })
    },
    ...(hasBody && { body: JSON.stringify(call.body) })
  }
}

function find(definition: Definition, operationId: string): { template: string; method: OperationRequest['method']; operation: Operation } {
  for (const [template, item] of Object.entries(definition.paths ?? {})) {
    for (const method of methods) {
      const operation = item[method.toLowerCase()]
      if (operation?.operationId === operationId) return { template, method, operation }
    }
  }
  throw new Error(`The connector's definition has no operation ${operationId}.`)
}
