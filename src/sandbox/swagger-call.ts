/** What of a Swagger 2.0 document an action's call depends on. */
export interface SwaggerDocument {
  paths: Record<string, Record<string, { operationId?: string; parameters?: { name: string; in: string; required?: boolean }[] }>>
}

export interface ActionCall {
  method: string
  url: string
  body: Record<string, unknown> | undefined
}

/**
 * An action by its operation id, resolved as Power Automate does: the path's values are encoded once, whatever is no parameter of its own
 * goes into the body. Throws when the document has no such operation or a required parameter is missing.
 */
export function actionCall(
  document: SwaggerDocument,
  serviceUrl: string,
  operationId: string,
  inputs: Record<string, unknown>
): ActionCall {
  for (const [path, operations] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(operations)) {
      if (operation.operationId !== operationId) continue
      const rest = { ...inputs }
      const take = (name: string): unknown => {
        const value = rest[name]
        delete rest[name]
        return value
      }
      let url = `${serviceUrl}${path}`
      const query = new URLSearchParams()
      for (const { name, in: place, required } of operation.parameters ?? []) {
        if (place === 'body') continue
        const value = take(name)
        if (value === undefined && required) throw new Error(`The action ${operationId} lacks its parameter ${name}.`)
        if (place === 'path') url = url.replace(`{${name}}`, encodeURIComponent(String(value)))
        else if (place === 'query' && value !== undefined) query.set(name, String(value))
      }
      const hasBody = operation.parameters?.some(parameter => parameter.in === 'body') === true
      return { method: method.toUpperCase(), url: query.size > 0 ? `${url}?${query}` : url, body: hasBody ? rest : undefined }
    }
  throw new Error(`The definition has no operation ${operationId}.`)
}
