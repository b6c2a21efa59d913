import { typeName } from '../../../flow/expression/values.ts'
import { isObject, type Json, type JsonObject } from '../../../flow/json.ts'
import { nestBody } from './body-inputs.ts'
import { converted, wantedName } from './convert-value.ts'
import { invalid } from './invalid-input.ts'
import type { DeclaredParameter, FoundOperation, Swagger } from './swagger.ts'

/** What an action gives to an operation, each value in its place. */
export interface OperationInputs {
  path: Record<string, Json>
  query: Record<string, Json>
  header: Record<string, Json>
  body?: Json
}

/**
 * Reads an action's parameters as the runtime of Power Automate does: by name, the body as a whole under its parameter's name or field by
 * field with slashes (`body/customer/name`). What is internal and required gets its default.
 * @throws ActionFailure for a parameter that the operation has not, that is missing, or of the wrong type
 */
export function operationInputs(definition: Swagger, found: FoundOperation, parameters: JsonObject): OperationInputs {
  const given = sorted(found, parameters)
  const inputs: OperationInputs = { path: {}, query: {}, header: {} }
  for (const parameter of found.parameters) {
    if (parameter.in === 'formData') throw invalid(found, parameter.name, 'Forms are not part of the sandbox.')
    if (parameter.in === 'body') {
      const body = nestBody(definition, {
        found,
        parameter,
        whole: given.named.get(parameter.name),
        fields: given.fields.get(parameter.name) ?? []
      })
      if (body !== undefined) inputs.body = body
      continue
    }
    const value = plainValue(found, parameter, given.named.get(parameter.name))
    if (value !== undefined) inputs[parameter.in][parameter.name] = value
  }
  return inputs
}

function sorted(found: FoundOperation, parameters: JsonObject) {
  const named = new Map<string, Json>()
  const fields = new Map<string, [path: string[], value: Json][]>()
  for (const [name, value] of Object.entries(parameters)) {
    const [first = '', ...path] = name.split('/')
    const own = found.parameters.find(parameter => parameter.name === name)
    const body = found.parameters.find(parameter => parameter.in === 'body' && parameter.name === first)
    if (own) named.set(name, value)
    else if (body && path.length > 0) fields.set(first, [...(fields.get(first) ?? []), [path, value]])
    else throw invalid(found, name, `The API operation does not contain a definition for parameter '${name}'.`)
  }
  return { named, fields }
}

function plainValue(found: FoundOperation, parameter: DeclaredParameter, given: Json | undefined): Json | undefined {
  const { name, isRequired } = parameter
  const isInternal = parameter['x-ms-visibility'] === 'internal'
  const value = given ?? (isRequired && isInternal ? (parameter.default as Json | undefined) : undefined)
  if (value === undefined || value === null || (value === '' && parameter.in === 'path')) {
    if (isRequired) throw invalid(found, name, `The API operation '${found.operationId}' is missing required property '${name}'.`)
    return undefined
  }
  const fit = converted(value, parameter)
  if (fit === undefined || isObject(fit)) {
    const wanted = wantedName(typeof parameter.type === 'string' ? parameter.type : 'string')
    const message = `The API operation '${found.operationId}' requires the property '${name}' to be of type '${wanted}${parameter.format ? `/${parameter.format}` : ''}' but is of type '${typeName(value)}'.`
    throw invalid(found, name, message)
  }
  return fit
}
