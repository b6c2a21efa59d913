import { ManagedIdentityApplication } from '@azure/msal-node'
import type { GetToken, Log } from '../ports.ts'
import { type AccessToken, cachedToken } from './cached-token.ts'
import { clientCertificate } from './client-certificate.ts'
import { networkClient } from './network-client.ts'
import { type AuthorityOptions, confidentialClient } from './sign-in-client.ts'
import { signInFailure } from './to-failure.ts'
import { accessTokenFrom, audienceOf, needed } from './token-request.ts'

export interface AppTokenOptions extends AuthorityOptions {
  /** Both are needed unless a managed identity is used. */
  tenantId?: string
  clientId?: string
  /** One of the next three; the first one present is used. */
  managedIdentity?: string
  certificatePem?: string
  clientSecret?: string
  /** For example https://contoso.crm.dynamics.com/.default. */
  scope: string
  log: Log
  now: () => Date
  timeoutMs?: number
}

/** Tokens of the application itself, as Dataverse takes them: by managed identity, client certificate or client secret. */
export function appToken(options: AppTokenOptions): GetToken {
  const { scope, log, now } = options
  const audience = audienceOf(scope)
  const acquire = options.managedIdentity ? byManagedIdentity(options, options.managedIdentity) : () => byCredential(options)
  return cachedToken({
    now,
    log,
    acquire: () =>
      acquire().catch(error => {
        throw signInFailure(error, audience)
      })
  })
}

async function byCredential(options: AppTokenOptions): Promise<AccessToken> {
  const { authority, endpoint, clientSecret, certificatePem, scope, now, timeoutMs } = options
  const tenantId = needed(options.tenantId, 'a tenant id')
  const clientId = needed(options.clientId, 'a client id')
  const credential = certificatePem
    ? { certificate: clientCertificate(certificatePem) }
    : { clientSecret: needed(clientSecret, 'a client secret, a client certificate or a managed identity') }
  const client = confidentialClient(
    { authority, tenantId, clientId, ...credential },
    networkClient({ authority, endpoint, now, timeoutMs })
  )
  return accessTokenFrom(await client.acquireTokenByClientCredential({ scopes: [scope] }), { audience: audienceOf(scope), now })
}

/**
 * MSAL keeps one token cache, and the network client of the first identity, for all managed identities of the process. So the cache is
 * passed over (`forceRefresh`), and nothing is remembered in the network client.
 */
function byManagedIdentity({ scope, now, timeoutMs }: AppTokenOptions, identity: string): () => Promise<AccessToken> {
  const system = { networkClient: networkClient({ now, timeoutMs }), disableInternalRetries: true }
  const client = new ManagedIdentityApplication({
    system,
    ...(identity !== 'system' && { managedIdentityIdParams: { userAssignedClientId: identity } })
  })
  return async () =>
    accessTokenFrom(await client.acquireToken({ resource: scope, forceRefresh: true }), { audience: audienceOf(scope), now })
}
