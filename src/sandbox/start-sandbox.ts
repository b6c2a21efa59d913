import { randomBytes } from 'node:crypto'
import { signingChain } from './certificate-authority.ts'
import { type CertificateStore, startCertificateStore } from './certificate-store.ts'
import { type DataverseSandbox, startDataverse } from './dataverse.ts'
import { type EntraSandbox, startEntra } from './entra.ts'
import { type FlowSandbox, startFlow } from './flow.ts'
import { type PartnerCenterSandbox, startPartnerCenter } from './partner-center.ts'
import { type RequestLog, requestLog } from './request-log.ts'

export interface Sandbox {
  /** Settings that point the service at this sandbox: addresses, roots and made-up credentials, nothing else. */
  settings: Record<string, string>
  partnerCenter: PartnerCenterSandbox
  entra: EntraSandbox
  dataverse: DataverseSandbox
  certificates: CertificateStore
  /** Every request that reached one of the systems. */
  requests: RequestLog
  startFlow(options: { definition: object; serviceUrl: string; apiKey: string }): Promise<FlowSandbox>
  /** Settles when neither a callback nor a run of `flow` is under way. */
  settled(flow: FlowSandbox): Promise<void>
  close(): Promise<void>
}

/** Starts the outside systems on free ports of this machine. */
export async function startSandbox({ now = () => new Date() }: { now?: () => Date } = {}): Promise<Sandbox> {
  const requests = requestLog()
  const [chain, entra] = await Promise.all([signingChain(now()), startEntra({ log: requests, now })])
  const { checkToken } = entra
  const [certificates, dataverse] = await Promise.all([
    startCertificateStore({ log: requests, now: now(), chain }),
    startDataverse({ checkToken, log: requests, now })
  ])
  const forge = async () => {
    const forged = await signingChain(now())
    certificates.serve(forged)
    return forged
  }
  const partnerCenter = await startPartnerCenter({ checkToken, log: requests, now, chain, forge })
  const { tenantId, clientId, clientSecret } = entra

  return {
    settings: {
      PARTNER_CENTER_URL: partnerCenter.url,
      PARTNER_CENTER_TENANT_ID: tenantId,
      PARTNER_CENTER_CLIENT_ID: clientId,
      PARTNER_CENTER_CLIENT_SECRET: clientSecret,
      PARTNER_CENTER_REFRESH_TOKEN: entra.refreshToken,
      ENTRA_ENDPOINT: entra.url,
      DATAVERSE_URL: dataverse.url,
      DATAVERSE_TENANT_ID: tenantId,
      DATAVERSE_CLIENT_ID: clientId,
      DATAVERSE_CLIENT_SECRET: clientSecret,
      CALLBACK_ROOTS: chain.root,
      CONNECT_TO: Object.entries(certificates.connectTo)
        .map(([host, address]) => `${host}=${address}`)
        .join(','),
      TLS_ROOTS: certificates.tlsRoot,
      ENCRYPTION_KEY: randomBytes(32).toString('base64')
    },
    partnerCenter,
    entra,
    dataverse,
    certificates,
    requests,
    startFlow: options => startFlow({ ...options, log: requests }),
    async settled(flow) {
      // A callback starts a run, and a run's write-back raises a callback: both must be quiet at once.
      let seen = -1
      while (seen !== partnerCenter.deliveries.length) {
        seen = partnerCenter.deliveries.length
        await partnerCenter.idle()
        await flow.idle()
      }
    },
    async close() {
      await partnerCenter.close()
      await Promise.all([dataverse.close(), entra.close(), certificates.close()])
    }
  }
}
