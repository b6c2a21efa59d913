import { isObject, type Json, objectAt, property, textAt } from '../json.ts'

/** Which connector a key of a flow stands for. */
export interface ConnectionReference {
  /** `/providers/Microsoft.PowerApps/apis/shared_x` */
  apiId: string
  /** `shared_x` */
  apiName: string
  /** The connector's name in its solution, for a custom connector in a solution. */
  logicalName?: string
  /** The connection's own name, in a legacy package. */
  connectionName?: string
  /** The logical name of the connection reference, in a solution. */
  referenceName?: string
}

const apiPrefix = '/providers/Microsoft.PowerApps/apis/'

/** The references of a flow, as a legacy package (`id`, `connectionName`) or a solution (`api`, `connection`) writes them. */
export function connectionReferences(properties: Json | undefined): Record<string, ConnectionReference> {
  return Object.fromEntries(
    Object.entries(objectAt(properties, 'connectionReferences'))
      .filter(([, reference]) => isObject(reference))
      .map(([key, reference]) => [key, connectionReference(reference)])
  )
}

function connectionReference(reference: Json): ConnectionReference {
  const api = property(reference, 'api')
  const id = textAt(reference, 'id') ?? ''
  const apiName = textAt(api, 'name') ?? textAt(reference, 'apiName') ?? id.split('/').at(-1) ?? ''
  const logicalName = textAt(api, 'logicalName')
  const connectionName = textAt(reference, 'connectionName')
  const referenceName = textAt(property(reference, 'connection'), 'connectionReferenceLogicalName')
  return {
    apiId: id.startsWith('/') ? id : `${apiPrefix}${apiName}`,
    apiName,
    ...(logicalName !== undefined && { logicalName }),
    ...(connectionName !== undefined && { connectionName }),
    ...(referenceName !== undefined && { referenceName })
  }
}
