/** Config → the adapters of the outside systems. */
import { type CertificateSourceOptions, certificateSource, type LivingCertificateSource } from '../callback/certificate-source.ts'
import { certificateDownload } from '../callback/download.ts'
import { shippedIntermediates, shippedRoots } from '../callback/shipped-certificates.ts'
import type { Trust } from '../callback/verify-callback.ts'
import type { Config } from '../config.ts'
import { dataverseCrm } from '../dataverse/crm.ts'
import { Failure } from '../failure.ts'
import type { CallerTokens } from '../http/caller-tokens.ts'
import { partnerCenterReferrals } from '../partner-center/referrals.ts'
import { partnerCenterRegistrations } from '../partner-center/registrations.ts'
import type { Crm, GetToken, Intermediates, Log, Referrals, Registrations, Secrets, Subscribers } from '../ports.ts'
import { webhookSubscribers } from '../subscribers/subscribers.ts'

export interface Surroundings {
  log: Log
  now: () => Date
}

/** Trust whose certificates are looked after. */
export interface LivingTrust extends Trust {
  certificates: LivingCertificateSource
}

export interface TrustSurroundings extends Surroundings {
  /** Intermediates that outlive the process; without it only what the process has fetched itself is kept. */
  intermediates?: Intermediates
}

/** Whom callbacks are believed from. */
export function callbackTrust(callback: Config['callback'], surroundings: TrustSurroundings): LivingTrust {
  return { certificates: certificateSource(signingOptions(callback, surroundings)), hosts: callback.hosts }
}

/** What signers are judged by, and what their paths are built from. */
export function signingOptions(callback: Config['callback'], { now, log, intermediates }: TrustSurroundings): CertificateSourceOptions {
  const { signerNames, organization, issuerOrganization, issuerHosts, roots, connectTo, tlsRoots } = callback
  return {
    roots: roots ?? shippedRoots(),
    rootOrigin: roots === undefined ? 'shipped' : 'configured',
    intermediates: callback.intermediates,
    shippedIntermediates: shippedIntermediates(),
    ...(intermediates && { kept: intermediates }),
    organization,
    issuerOrganization,
    names: signerNames,
    issuerHosts,
    download: certificateDownload({ connectTo, tlsRoots }),
    now,
    log
  }
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
  const getTokenFor = onFirstUse(async () => {
    const { userSignIn } = await import('../entra/user-token.ts')
    return userSignIn({ ...entra, ...signIn, ...surroundings, secrets })
  })
  const tokens = (scope: string): GetToken => lazyToken(async () => (await getTokenFor())(scope))
  return {
    referrals: partnerCenterReferrals({ ...surroundings, baseUrl: url, getToken: tokens(scope) }),
    registrations: partnerCenterRegistrations({ ...surroundings, baseUrl: webhooksUrl, getToken: tokens(webhooksScope) })
  }
}

export function crmOf({ dataverse, entra }: Config, surroundings: Surroundings): Crm {
  if (!dataverse) return notConfigured('Dataverse is not configured: set DATAVERSE_URL.')
  const { url, referralColumn, solution, ...signIn } = dataverse
  const getToken = lazyToken(async () => (await import('../entra/app-token.ts')).appToken({ ...entra, ...signIn, ...surroundings }))
  return dataverseCrm({ ...surroundings, url, getToken, referralColumn, solution })
}

/** MSAL takes a fifth of a second and 20 MB: it is loaded when somebody has to sign in, not at every start. */
function lazyToken(make: () => Promise<GetToken>): GetToken {
  const made = onFirstUse(make)
  return async asked => await (await made())(asked)
}

function onFirstUse<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** @throws CONFIG_INVALID for a list of hosts that cannot be read */
export function subscribersOf({ subscribers }: Config, surroundings: Surroundings): Subscribers {
  return webhookSubscribers({ ...surroundings, hosts: subscribers.hosts })
}

/** Access tokens for a service come in two forms, v1.0 and v2.0, by its registration (learn.microsoft.com/entra/identity-platform/access-tokens). */
export function callerTokensOf({ callers: { tenantIds, audiences, role }, entra }: Config): { callerTokens?: CallerTokens } {
  if (tenantIds.length === 0) return {}
  const authority = entra.authority.replace(/\/+$/, '')
  const endpoint = (entra.endpoint ?? authority).replace(/\/+$/, '')
  return {
    callerTokens: {
      tenants: tenantIds.map(id => ({
        id,
        issuers: [`${authority}/${id}/v2.0`, `https://sts.windows.net/${id}/`],
        jwksUrl: `${endpoint}/${id}/discovery/v2.0/keys`
      })),
      audience: audiences.flatMap(audience => [audience, `api://${audience}`]),
      // The role that was set counts for what it always meant, though it has the name of another.
      scopes: {
        'Referrals.Read': 'read',
        'Referrals.ReadWrite': 'write',
        'Referrals.Admin': 'admin',
        ...(role !== undefined && { [role]: 'admin' })
      }
    }
  }
}

/** A port whose every call says what has to be set, whether its answer is awaited or read page by page. */
function notConfigured<T extends object>(message: string): T {
  const refuse = (): Promise<never> & AsyncIterable<never> => {
    const refused = Promise.reject(new Failure('SIGN_IN_NOT_CONFIGURED', message))
    // Whoever reads pages never looks at the promise itself.
    refused.catch(() => undefined)
    return Object.assign(refused, { [Symbol.asyncIterator]: () => ({ next: () => refused }) })
  }
  return new Proxy({} as T, { get: (_target, name) => (name === 'then' ? undefined : refuse) })
}
