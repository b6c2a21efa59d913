import type { Connection } from '../connector/connector-request.ts'
import { dataverseDefinition } from './dataverse-definition.ts'

/** What the connector's id ends in. */
export const dataverseApi = 'shared_commondataserviceforapps'

/** A connection of the Dataverse connector to one environment; `token` gives an access token for it, and is asked at every request. */
export function dataverseConnection({ url, token }: { url: string; token: () => Promise<string> }): Connection {
  return {
    definition: { ...dataverseDefinition, host: new URL(url).host },
    properties: {},
    parameters: {},
    authorize: async () => ({ authorization: `Bearer ${await token()}` })
  }
}
