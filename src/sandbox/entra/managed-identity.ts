import { randomBytes, randomUUID } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import type { Directory } from './directory.ts'
import { baseClaims, type TokenIssuer } from './tokens.ts'

export interface ManagedIdentity {
  /** For IDENTITY_ENDPOINT; a path until the server listens. */
  endpoint: string
  /** For IDENTITY_HEADER. */
  header: string
  systemClientId: string
  userAssignedClientId: string
  plugin: FastifyPluginAsync
}

/**
 * The token endpoint that App Service gives its apps.
 * Source: learn.microsoft.com/azure/app-service/overview-managed-identity, «REST endpoint reference»
 */
export function managedIdentity(options: {
  directory: Directory
  issuer: TokenIssuer
  lifetimeSeconds: () => number
  now: () => Date
}): ManagedIdentity {
  const { directory, issuer, now } = options
  const header = randomBytes(16).toString('hex')
  const system = directory.register()
  const userAssigned = directory.register()
  const refused = (statusCode: number, message: string) => ({ statusCode, message, correlationId: randomUUID() })

  return {
    endpoint: '/msi/token',
    header,
    systemClientId: system.clientId,
    userAssignedClientId: userAssigned.clientId,
    async plugin(app) {
      app.get<{ Querystring: Record<string, string | undefined> }>('/msi/token', async (request, reply) => {
        const { resource, 'api-version': version, client_id: clientId } = request.query
        // The header proves that the request was not smuggled in by a forged URL.
        if (request.headers['x-identity-header'] !== header)
          return reply.code(401).send(refused(401, 'The identity header is missing or wrong.'))
        if (version !== '2019-08-01') return reply.code(400).send(refused(400, 'The api-version is not supported.'))
        if (!resource) return reply.code(400).send(refused(400, 'The resource is missing.'))
        const identity = clientId === undefined ? system : [system, userAssigned].find(candidate => candidate.clientId === clientId)
        if (!identity) {
          const message = 'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.'
          return reply.code(400).send(refused(400, message))
        }
        const lifetimeSeconds = options.lifetimeSeconds()
        const base = baseClaims({ tenantId: directory.tenantId, appId: identity.clientId, audience: resource, lifetimeSeconds, now: now() })
        return {
          access_token: issuer.sign({ ...base, oid: identity.objectId, sub: identity.objectId, idtyp: 'app' }),
          expires_on: String(base.exp),
          resource,
          token_type: 'Bearer',
          client_id: identity.clientId
        }
      })
    }
  }
}
