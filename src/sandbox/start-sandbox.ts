import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { NewKeys } from './certificates/certificate-authority.ts'
import { type CertificateStore, startCertificateStore } from './certificates/certificate-store.ts'
import { type DataverseSandbox, startDataverse } from './dataverse/dataverse.ts'
import { type EntraSandbox, startEntra } from './entra/entra.ts'
import { type FlowSandbox, startFlow } from './flow/flow.ts'
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
  /** A flow whose connection leads to the service. Its `idle` waits for callbacks under way too, and for the runs that they start. */
  startFlow(options: { definition: object; serviceUrl: string; apiKey: string }): Promise<FlowSandbox>
  close(): Promise<void>
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
  newKeys?: NewKeys
}

/** The outside world in one process, on loopback, in memory: Partner Center, its certificate store, Entra ID and Dataverse. */
export async function startSandbox({
  now = () => new Date(),
  pause = shortPause,
  maxKept,
  newKeys
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
    startDataverse({ checkToken, log: requests, now, indexReads: 0 })
  ])
  const { tenantId, clientId, clientSecret, refreshToken } = entra

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
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      ...leftAtDefault
    },
    partnerCenter,
    entra,
    dataverse,
    certificates,
    requests,
    async startFlow(options) {
      const flow = await startFlow({ ...options, log: requests })
      return {
        ...flow,
        async idle() {
          // A run may write to Partner Center, whose callback starts another one.
          while (partnerCenter.pending() + flow.pending() > 0) {
            await partnerCenter.idle()
            await flow.idle()
          }
        }
      }
    },
    close: async () => void (await Promise.all([partnerCenter, dataverse, entra, certificates].map(system => system.close())))
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
