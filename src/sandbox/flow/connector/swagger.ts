import { FlowNotRunnable } from '../run/action-failure.ts'

/** As much of a Swagger 2.0 document as calling its operations needs, with Power Platform's extensions. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  format?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  enum?: unknown[]
  default?: unknown
  allOf?: Schema[]
  additionalProperties?: boolean | Schema
  'x-nullable'?: boolean
  'x-ms-visibility'?: string
  'x-ms-notification-url'?: boolean
  'x-ms-dynamic-schema'?: object
  'x-ms-dynamic-properties'?: object
}

export interface Parameter extends Schema {
  name: string
  in: 'path' | 'query' | 'header' | 'body' | 'formData'
  /** `required` of a parameter is a statement, that of a schema a list. */
  required?: never
  schema?: Schema
  collectionFormat?: string
  'x-ms-url-encoding'?: string
}

export interface Operation {
  operationId?: string
  parameters?: unknown[]
  responses?: Record<string, { schema?: Schema }>
  'x-ms-trigger'?: string
}

export interface Swagger {
  host?: string
  basePath?: string
  schemes?: string[]
  paths?: Record<string, Record<string, unknown>>
  definitions?: Record<string, Schema>
  parameters?: Record<string, unknown>
  securityDefinitions?: Record<string, { type?: string; in?: string; name?: string }>
}

/** A parameter, with what it refers to looked up. */
export type DeclaredParameter = Omit<Parameter, 'required'> & { isRequired: boolean }

export interface FoundOperation {
  operationId: string
  /** As the definition has it, `/v1/leads/{referralId}`. */
  template: string
  method: string
  operation: Operation
  parameters: DeclaredParameter[]
  /** What a webhook sends, from beside the verb. */
  notification: Schema | undefined
}

const methods = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options']

/** @throws FlowNotRunnable when the definition has no such operation */
export function findOperation(definition: Swagger, operationId: string): FoundOperation {
  for (const [template, item] of Object.entries(definition.paths ?? {}))
    for (const method of methods) {
      const operation = item[method] as Operation | undefined
      if (operation?.operationId !== operationId) continue
      const own = (operation.parameters ?? []).map(parameter => declared(definition, parameter))
      const shared = ((item.parameters as unknown[] | undefined) ?? [])
        .map(parameter => declared(definition, parameter))
        .filter(({ name, in: place }) => !own.some(other => other.name === name && other.in === place))
      const notification = (item['x-ms-notification-content'] as { schema?: Schema } | undefined)?.schema
      return { operationId, template, method: method.toUpperCase(), operation, parameters: [...shared, ...own], notification }
    }
  throw new FlowNotRunnable(`The connector's definition has no operation '${operationId}'.`)
}

/** The schema itself, or the definition that it refers to. */
export function resolved(definition: Swagger, schema: Schema): Schema {
  const name = /^#\/definitions\/(.+)$/.exec(schema.$ref ?? '')?.[1]
  if (name === undefined) return schema
  const found = definition.definitions?.[name]
  if (!found) throw new FlowNotRunnable(`The connector's definition refers to '${name}', which it does not define.`)
  return resolved(definition, found)
}

function declared(definition: Swagger, parameter: unknown): DeclaredParameter {
  const { $ref } = parameter as { $ref?: string }
  const name = /^#\/parameters\/(.+)$/.exec($ref ?? '')?.[1]
  const found = (name === undefined ? parameter : definition.parameters?.[name]) as Parameter
  const { required, ...rest } = found
  return { ...rest, isRequired: (required as unknown) === true }
}
