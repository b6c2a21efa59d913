import { ConfidentialClientApplication, type Configuration, type INetworkModule, PublicClientApplication } from '@azure/msal-node'
import { Failure } from '../failure.ts'
import type { ClientCertificate } from './client-certificate.ts'

/** Where tokens come from: the authority in the tokens' names, and where its requests are really sent. */
export interface AuthorityOptions {
  /** For example https://login.microsoftonline.com; MSAL accepts https only. */
  authority: string
  /** A test authority on this machine that is asked instead. */
  endpoint?: string
}

export interface ClientOptions extends AuthorityOptions {
  tenantId: string
  clientId: string
  clientSecret?: string
  certificate?: ClientCertificate
}

/**
 * A new MSAL client. One is made for every token request, since a token is due about once an hour and a used client carries what we do
 * not want: a throttle cache that goes on failing for a minute after the authority has healed, and tokens of other users.
 */
export function confidentialClient(options: ClientOptions, networkClient: INetworkModule): ConfidentialClientApplication {
  const { clientSecret, certificate } = options
  return new ConfidentialClientApplication(
    configuration(options, networkClient, certificate ? { clientCertificate: certificate } : { clientSecret: clientSecret ?? '' })
  )
}

/** The same for an application that keeps no secret, as a native app registration. */
export function publicClient(options: ClientOptions, networkClient: INetworkModule): PublicClientApplication {
  return new PublicClientApplication(configuration(options, networkClient, {}))
}

function configuration(
  { authority, tenantId, clientId }: ClientOptions,
  networkClient: INetworkModule,
  credential: Partial<Configuration['auth']>
): Configuration {
  if (!/^[A-Za-z0-9.-]+$/.test(tenantId)) throw new Failure('SIGN_IN_NOT_CONFIGURED', 'The tenant id is neither a GUID nor a domain name.')
  const url = new URL(authority)
  return {
    auth: { clientId, authority: `${url.origin}/${tenantId}`, knownAuthorities: [url.host], ...credential },
    system: { networkClient }
  }
}
