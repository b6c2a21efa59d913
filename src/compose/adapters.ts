/** Config → the adapters of the outside systems. */
import { certificateSource } from '../callback/certificate-source.ts'
import { certificateDownload } from '../callback/download.ts'
import { shippedRoots } from '../callback/shipped-roots.ts'
import type { Trust } from '../callback/verify-callback.ts'
import type { Config } from '../config.ts'
import { dataverseCrm } from '../dataverse/crm.ts'
import { appToken } from '../entra/app-token.ts'
import { userSignIn } from '../entra/user-token.ts'
import { Failure } from '../failure.ts'
import { partnerCenterReferrals } from '../partner-center/referrals.ts'
import { partnerCenterRegistrations } from '../partner-center/registrations.ts'
import type { Crm, Log, Referrals, Registrations, Secrets, Subscribers } from '../ports.ts'
import { webhookSubscribers } from '../subscribers/subscribers.ts'

export interface Surroundings {
  log: Log
  now: () => Date
}

/** Whom callbacks are believed from. */
export function callbackTrust(callback: Config['callback'], { now, log }: Surroundings): Trust {
  const { hosts, signerNames, organization, issuerOrganization, issuerHosts, roots, intermediates, connectTo, tlsRoots } = callback
  const certificates = certificateSource({
    roots: roots ?? shippedRoots(),
    intermediates,
    organization,
    issuerOrganization,
    names: signerNames,
    issuerHosts,
    download: certificateDownload({ connectTo, tlsRoots }),
    now,
    log
  })
  return { certificates, hosts }
}

/** Both APIs of Partner Center, over one sign-in: their scopes share its refresh token. */
export function partnerCenterOf(
  { partnerCenter, entra }: Config,
  { secrets, ...surroundings }: Surroundings & { secrets: Secrets }
): { referrals: Referrals; registrations: Registrations } {
  if (!partnerCenter) {
    const missing = 'Partner Center is not configured: set PARTNER_CENTER_TENANT_ID and PARTNER_CENTER_CLIENT_ID.'
    return { referrals: notConfigured(missing), registrations: notConfigured(missing) }
  }
  const { url, scope, webhooksUrl, webhooksScope, ...signIn } = partnerCenter
  const getTokenFor = userSignIn({ ...entra, ...signIn, ...surroundings, secrets })
  return {
    referrals: partnerCenterReferrals({ ...surroundings, baseUrl: url, getToken: getTokenFor(scope) }),
    registrations: partnerCenterRegistrations({ ...surroundings, baseUrl: webhooksUrl, getToken: getTokenFor(webhooksScope) })
  }
}

export function crmOf({ dataverse, entra }: Config, surroundings: Surroundings): Crm {
  if (!dataverse) return notConfigured('Dataverse is not configured: set DATAVERSE_URL.')
  const { url, referralColumn, solution, ...signIn } = dataverse
  const getToken = appToken({ ...entra, ...signIn, ...surroundings })
  return dataverseCrm({ ...surroundings, url, getToken, referralColumn, solution })
}

/** @throws CONFIG_INVALID for a list of hosts that cannot be read */
export function subscribersOf({ subscribers }: Config, surroundings: Surroundings): Subscribers {
  return webhookSubscribers({ ...surroundings, hosts: subscribers.hosts })
}

/** Access tokens for a service come in two forms, v1.0 and v2.0, by its registration (learn.microsoft.com/entra/identity-platform/access-tokens). */
export function callerTokensOf({ callers: { tenantId, audience, role }, entra }: Config) {
  if (tenantId === undefined || audience === undefined) return {}
  const authority = entra.authority.replace(/\/+$/, '')
  const endpoint = (entra.endpoint ?? authority).replace(/\/+$/, '')
  return {
    callerTokens: {
      tenantId,
      role,
      audience: [audience, `api://${audience}`],
      issuers: [`${authority}/${tenantId}/v2.0`, `https://sts.windows.net/${tenantId}/`],
      jwksUrl: `${endpoint}/${tenantId}/discovery/v2.0/keys`
    }
  }
}

/** A port whose every call says what has to be set. */
function notConfigured<T extends object>(message: string): T {
  const refuse = async (): Promise<never> => {
    throw new Failure('SIGN_IN_NOT_CONFIGURED', message)
  }
  return new Proxy({} as T, { get: (_target, name) => (name === 'then' ? undefined : refuse) })
}
