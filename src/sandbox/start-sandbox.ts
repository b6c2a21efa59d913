import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { NewKeys } from './certificates/certificate-authority.ts'
import { type CertificateStore, startCertificateStore } from './certificates/certificate-store.ts'
import { type DataverseSandbox, startDataverse } from './dataverse/dataverse.ts'
import { type EntraSandbox, startEntra } from './entra/entra.ts'
import type { Connection } from './flow/connector/connector-request.ts'
import { appToken } from './flow/dataverse-connector/app-token.ts'
import { dataverseConnection } from './flow/dataverse-connector/dataverse-connection.ts'
import type { HostTable } from './flow/http/reachable-hosts.ts'
import { type FlowsOptions, type FlowsSandbox, startFlows } from './flow/start-flows.ts'
import { startWorldOf2019, type WorldOf2019 } from './flow/world-of-2019.ts'
import { type PartnerCenterSandbox, startPartnerCenter } from './partner-center/partner-center.ts'
import { type RequestLog, requestLog } from './request-log.ts'

export interface Sandbox {
  /** Settings that point the service at this sandbox and nowhere else. They hold secrets, good for this sandbox only. */
  settings: Record<string, string>
  partnerCenter: PartnerCenterSandbox
  entra: EntraSandbox
  dataverse: DataverseSandbox
  certificates: CertificateStore
  /** What was asked of any of the systems. */
  requests: RequestLog
  /** Where flows are installed and run. Its `idle` waits for whatever is under way between the systems, too, and for the runs that it starts. */
  flows: FlowsSandbox
  /**
   * From now on flows find what those of 2019 were written for, in place of today's: an application that users sign in through with a
   * password alone, and referrals that are shown to them.
   */
  goBackTo2019(): Promise<Visitor2019>
  /** A connection of the Dataverse connector, signed in as the sandbox's application. */
  dataverseConnection(): Connection
  close(): Promise<void>
}

/** What is filled into a flow of 2019. */
export interface Visitor2019 {
  clientId: string
  tenantId: string
  username: string
  password: string
  validationUrl: string
}

/** Short, since nobody wants to watch: the real spacing is not documented. */
const shortPause = (attempt: number, signal: AbortSignal): Promise<unknown> =>
  setTimeout(Math.min(100 * 2 ** attempt, 5000), undefined, { signal })

export interface SandboxOptions {
  now?: () => Date
  /** What is waited for between the tries to deliver a callback. */
  pause?: (attempt: number, signal: AbortSignal) => Promise<unknown>
  /** How many deliveries Partner Center remembers: 1000 unless told. */
  maxKept?: number
  /** Where the keys of the certificates come from, to save the time that it takes to make them. */
  newKeys?: NewKeys | undefined
  /** What is waited for before the retry of a flow's action, and for a delay in a flow. */
  pauseRun?: FlowsOptions['pause']
}

/** The outside world in one process, on loopback, in memory: Partner Center, its certificate store, Entra ID and Dataverse. */
export async function startSandbox({
  now = () => new Date(),
  pause = shortPause,
  maxKept,
  newKeys,
  pauseRun
}: SandboxOptions = {}): Promise<Sandbox> {
  const requests = requestLog()
  const [certificates, entra] = await Promise.all([
    startCertificateStore({ log: requests, now, newKeys }),
    startEntra({ log: requests, now })
  ])
  const { checkToken } = entra
  const [partnerCenter, dataverse] = await Promise.all([
    startPartnerCenter({ checkToken, certificates, log: requests, now, pause, maxKept }),
    // The index of a new key is ready at once: nobody wants to watch it being built.
    startDataverse({ checkToken, log: requests, now, indexReads: 0, pause })
  ])
  const flows = await startFlows({
    log: requests,
    checkToken,
    now,
    hosts: hostsOf({ entra, partnerCenter, dataverse }),
    ...(pauseRun && { pause: pauseRun })
  })
  const { tenantId, clientId, clientSecret, refreshToken } = entra
  const visited: WorldOf2019[] = []

  return {
    settings: {
      PARTNER_CENTER_URL: partnerCenter.referralsUrl,
      PARTNER_CENTER_SCOPE: 'https://api.partner.microsoft.com/.default',
      PARTNER_CENTER_WEBHOOKS_URL: partnerCenter.registrationUrl,
      PARTNER_CENTER_WEBHOOKS_SCOPE: 'https://api.partnercenter.microsoft.com/.default',
      PARTNER_CENTER_TENANT_ID: tenantId,
      PARTNER_CENTER_CLIENT_ID: clientId,
      PARTNER_CENTER_CLIENT_SECRET: clientSecret,
      PARTNER_CENTER_REFRESH_TOKEN: refreshToken,
      ENTRA_ENDPOINT: entra.url,
      DATAVERSE_URL: dataverse.url,
      DATAVERSE_TENANT_ID: tenantId,
      DATAVERSE_CLIENT_ID: clientId,
      DATAVERSE_CLIENT_SECRET: clientSecret,
      CALLBACK_ROOTS: certificates.root,
      CONNECT_TO: certificates.connectTo.join(','),
      TLS_ROOTS: certificates.tlsRoot,
      SUBSCRIBER_HOSTS: flows.host,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      ...leftAtDefault
    },
    partnerCenter,
    entra,
    dataverse,
    certificates,
    requests,
    flows: {
      ...flows,
      pending: () => partnerCenter.pending() + dataverse.callbacks.pending() + flows.pending(),
      async idle() {
        // A run may write to Partner Center or Dataverse, whose callback starts another one.
        while (partnerCenter.pending() + dataverse.callbacks.pending() + flows.pending() > 0) {
          await Promise.all([partnerCenter.idle(), dataverse.callbacks.idle()])
          await flows.idle()
        }
      }
    },
    async goBackTo2019() {
      const { referral, updateReferral } = partnerCenter
      const world = await startWorldOf2019({ log: requests, checkToken, referral, updateReferral })
      visited.push(world)
      flows.reach({ 'api.partnercenter.microsoft.com': world.url, [new URL(world.url).host]: world.url })
      const { clientId } = entra.registerApplication({ isPublic: true })
      const { username = '', password = '' } = entra.users.find(({ needsMfa }) => !needsMfa) ?? {}
      return { clientId, tenantId, username, password, validationUrl: world.validationUrl }
    },
    dataverseConnection() {
      const resource = dataverse.url.replace(/\/$/, '')
      return dataverseConnection({
        url: dataverse.url,
        token: appToken({ authority: entra.url, tenantId, clientId, clientSecret, resource, now })
      })
    },
    close: async () =>
      void (await Promise.all([flows, ...visited, partnerCenter, dataverse, entra, certificates].map(system => system.close())))
  }
}

/** Where the hosts that flows name are here. */
function hostsOf(systems: { entra: EntraSandbox; partnerCenter: PartnerCenterSandbox; dataverse: DataverseSandbox }): HostTable {
  const { entra, partnerCenter, dataverse } = systems
  const own = [entra.url, partnerCenter.url, dataverse.url].map(url => [new URL(url).host, url])
  return {
    'login.microsoftonline.com': entra.url,
    'login.windows.net': entra.url,
    'api.partner.microsoft.com': partnerCenter.url,
    'api.partnercenter.microsoft.com': partnerCenter.url,
    '*.dynamics.com': dataverse.url,
    ...Object.fromEntries(own)
  }
}

/** Empty is as good as not set. These would lead a service whose environment has them elsewhere, or make it refuse what is in order here. */
const leftAtDefault = Object.fromEntries(
  [
    'PARTNER_CENTER_USERNAME',
    'PARTNER_CENTER_PASSWORD',
    'ENTRA_AUTHORITY',
    'DATAVERSE_CLIENT_CERTIFICATE',
    'DATAVERSE_MANAGED_IDENTITY',
    'DATAVERSE_REFERRAL_COLUMN',
    'DATAVERSE_SOLUTION',
    'CALLBACK_CERTIFICATE_HOSTS',
    'CALLBACK_SIGNER_NAMES',
    'CALLBACK_ORGANIZATION',
    'CALLBACK_ISSUER_ORGANIZATION',
    'CALLBACK_ISSUER_HOSTS',
    'CALLBACK_INTERMEDIATES'
  ].map(name => [name, ''])
)
