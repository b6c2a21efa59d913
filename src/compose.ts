/** Config → adapters → service: the only file that knows everyone. */
import { randomBytes } from 'node:crypto'
import { certificateSource } from './callback/certificate-source.ts'
import { certificateDownload } from './callback/download.ts'
import { shippedRoots } from './callback/shipped-roots.ts'
import { type Trust, verifyCallback } from './callback/verify-callback.ts'
import type { Config } from './config.ts'
import { dataverseCrm } from './dataverse/crm.ts'
import { appToken } from './entra/app-token.ts'
import { userToken } from './entra/user-token.ts'
import { Failure } from './failure.ts'
import { buildApp } from './http/app.ts'
import type { Validate } from './http/ports.ts'
import type { App } from './http/type-provider.ts'
import { serviceLog } from './log.ts'
import type { MappingOptions } from './mapping/lead-from-referral.ts'
import { partnerCenterReferrals } from './partner-center/referrals.ts'
import type { Crm, Links, Log, Referrals, Secrets } from './ports.ts'
import { openStore, type Store } from './store/open-store.ts'
import { version } from './version.ts'

export type { Store } from './store/open-store.ts'

/** The service's parts, open and ready; `close` ends them all. */
export interface Service {
  app: App
  store: Store
  referrals: Referrals
  crm: Crm
  links: Links
  mapping: MappingOptions
  close(): Promise<void>
}

interface Surroundings {
  now?: () => Date
  log?: ReturnType<typeof serviceLog>
}

/** Opens the store and makes the service. Nothing listens and nothing is asked of the outside yet. */
export async function openService(
  config: Config,
  { now = () => new Date(), log = serviceLog('silent') }: Surroundings = {}
): Promise<Service> {
  const store = await openConfiguredStore(config, now)
  try {
    const referrals = referralsOf(config, { secrets: store.secrets, log, now })
    const crm = crmOf(config, { log, now })
    const app = await buildApp(
      {
        ...store,
        referrals,
        crm,
        mapping: config.mapping,
        validate: openValidation(config.callback, { now, log }),
        readiness: { store: store.check },
        oneAtATime: (_errand, act) => act(() => undefined),
        jobs: { summary: async () => [] },
        inbox: { accept: async () => 'new' },
        wake: () => undefined,
        now,
        ...callerTokensOf(config)
      },
      { log, version, ...config.http }
    )
    const close = async (): Promise<void> => {
      await app.close()
      await store.close()
    }
    return { app, store, referrals, crm, links: store.links, mapping: config.mapping, close }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** @throws CONFIG_INVALID without ENCRYPTION_KEY: nothing is stored that is not sealed */
export async function openConfiguredStore({ store: { folder, key } }: Pick<Config, 'store'>, now = () => new Date()): Promise<Store> {
  if (!key && folder !== ':memory:')
    throw new Failure('CONFIG_INVALID', 'The setting ENCRYPTION_KEY is missing. Make one with: openssl rand -base64 32')
  return await openStore({ folder, key: key ?? randomBytes(32), now })
}

/** The judge of callbacks; it needs no store and no sign-in. */
export function openValidation(callback: Config['callback'], surroundings: Surroundings = {}): Validate {
  const trust = trustOf(callback, surroundings)
  return (received, forms) => verifyCallback(received, trust, forms)
}

export function trustOf(callback: Config['callback'], { now = () => new Date(), log = serviceLog('silent') }: Surroundings = {}): Trust {
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

function referralsOf({ partnerCenter, entra }: Config, { secrets, log, now }: { secrets: Secrets; log: Log; now: () => Date }): Referrals {
  if (!partnerCenter) return notConfigured('Partner Center is not configured: set PARTNER_CENTER_TENANT_ID and PARTNER_CENTER_CLIENT_ID.')
  const { url: baseUrl, ...signIn } = partnerCenter
  return partnerCenterReferrals({ baseUrl, getToken: userToken({ ...entra, ...signIn, secrets, log, now }), log, now })
}

function crmOf({ dataverse, entra }: Config, { log, now }: { log: Log; now: () => Date }): Crm {
  if (!dataverse) return notConfigured('Dataverse is not configured: set DATAVERSE_URL.')
  const { url, referralColumn, solution, ...signIn } = dataverse
  const getToken = appToken({ ...entra, ...signIn, log, now })
  return dataverseCrm({ url, getToken, referralColumn, solution, log, now })
}

/** Access tokens for a service come in two forms, v1.0 and v2.0, by its registration (learn.microsoft.com/entra/identity-platform/access-tokens). */
function callerTokensOf({ callers: { tenantId, audience, role }, entra }: Config) {
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
