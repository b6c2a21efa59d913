import { isObject, type JsonObject, listAt, objectAt } from './json.ts'

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch']

/**
 * A few of the checks of Power Apps, told as lines that begin with «Error :» or «Warning :».
 * Source: learn.microsoft.com/connectors/custom-connectors/certification-swagger-validator-rules
 */
export function definitionFindings(definition: unknown, { isCertification }: { isCertification: boolean }): string[] {
  if (!isObject(definition)) return ['Error : The definition is not a JSON object.']
  const { title, version } = objectAt(definition, 'info')
  const operations = operationsOf(definition)
  const ids = operations.map(({ operation }) => operation.operationId)
  return [
    ...(definition.swagger === '2.0' ? [] : ["Error : SpecificationVersionIncorrect. The 'swagger' property must be '2.0'."]),
    ...(typeof title === 'string' && typeof version === 'string' ? [] : ["Error : InfoRequired. 'info' must have a title and a version."]),
    ...(typeof definition.host === 'string' && /^[^{}/ :\\]+(?::\d+)?$/.test(definition.host)
      ? []
      : ["Error : HostNameNotValid. The 'host' property is not valid."]),
    ...(operations.length === 0 ? ['Error : PathsRequired. The definition has no operations.'] : []),
    ...operations.flatMap(({ at, operation }, index) => operationFindings(at, operation, ids.indexOf(operation.operationId) < index)),
    ...(isCertification ? certificationFindings(definition) : [])
  ]
}

function operationFindings(at: string, operation: JsonObject, isTaken: boolean): string[] {
  const { operationId } = operation
  if (typeof operationId !== 'string' || operationId === '')
    return [`Error : OperationIdRequired. The operation '${at}' has no operationId.`]
  if (!/^[A-Za-z0-9_-]+$/.test(operationId)) return [`Error : OperationIdSanitized. The operationId '${operationId}' is not valid.`]
  if (isTaken) return [`Error : OperationIdNotUnique. The operationId '${operationId}' is used more than once.`]
  const isAnswered = Object.keys(objectAt(operation, 'responses')).some(status => /^2\d\d$|^default$/.test(status))
  return isAnswered ? [] : [`Error : OperationShouldHaveSuccessfulResponse. The operation '${operationId}' has no successful response.`]
}

function certificationFindings(definition: JsonObject): string[] {
  const names = listAt(definition, 'x-ms-connector-metadata').map(item => (isObject(item) ? item.propertyName : undefined))
  const missing = ['Website', 'Privacy policy', 'Categories'].filter(name => !names.includes(name))
  return [
    ...(missing.length > 0 ? [`Error : ConnectorMetadataPropertiesMissing. The properties '${missing.join(', ')}' are missing.`] : []),
    ...operationsOf(definition).flatMap(({ at, operation }) =>
      typeof operation.description === 'string' && operation.description !== ''
        ? []
        : [`Warning : The operation '${at}' has no description.`]
    )
  ]
}

function operationsOf(definition: JsonObject): { at: string; operation: JsonObject }[] {
  return Object.entries(objectAt(definition, 'paths')).flatMap(([path, item]) =>
    Object.entries(isObject(item) ? item : {}).flatMap(([method, operation]) =>
      methods.includes(method) && isObject(operation) ? [{ at: `${method.toUpperCase()} ${path}`, operation }] : []
    )
  )
}
