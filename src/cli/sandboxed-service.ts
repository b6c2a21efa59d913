import { openService, type Service } from '../compose.ts'
import { type Environment, readConfig } from '../config.ts'
import { listen } from '../http/listen.ts'
import type { serviceLog } from '../log.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../sandbox/start-sandbox.ts'
import { freePort } from './free-port.ts'

export interface SandboxedService {
  sandbox: Sandbox
  service: Service
  /** Where the service listens. */
  url: string
  apiKey: string
  /** When every callback is delivered, every run of a flow has ended, and nothing is queued that could be done now. */
  settled(): Promise<void>
  close(): Promise<void>
}

/**
 * The service with the sandbox in place of the outside world. The service itself knows no sandbox: it gets other addresses, other roots and an
 * empty store, all by the settings of the environment. Where Partner Center sends its events is up to whoever starts it.
 */
export async function startSandboxedService(options: {
  env: Environment
  log?: ReturnType<typeof serviceLog>
  prepareCrm: boolean
  /** Where the store is; in memory when left out. */
  folder?: string
  /** The service's clock. */
  now?: () => Date
  sandbox?: SandboxOptions
}): Promise<SandboxedService> {
  const sandbox = await startSandbox(options.sandbox)
  const closing: (() => Promise<void>)[] = [sandbox.close]
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end()
  }
  try {
    const port = options.env.PORT === '0' ? String(await freePort()) : options.env.PORT
    const place = { DATABASE_URL: '', DATA_DIR: options.folder ?? ':memory:' }
    const hosts = [options.env.SUBSCRIBER_HOSTS, sandbox.settings.SUBSCRIBER_HOSTS].filter(Boolean).join(',')
    const given = { ...options.env, ...sandbox.settings, ...place, SUBSCRIBER_HOSTS: hosts, PORT: port }
    const config = readConfig({ ...given, PUBLIC_URL: `http://127.0.0.1:${readConfig(given).http.port}` })
    const service = await openService(config, { ...(options.log && { log: options.log }), ...(options.now && { now: options.now }) })
    closing.push(service.close)
    const url = await listen(service.app, config.http)
    if (options.prepareCrm) await service.crm.setUp(() => undefined)
    await service.start()
    const { key: apiKey } = await service.store.apiKeys.create('sandbox', { scope: 'admin' })
    const settled = async (): Promise<void> => {
      do {
        await sandbox.flows.idle()
        await service.worker.idle()
      } while (sandbox.flows.pending() > 0)
    }
    return { sandbox, service, url, apiKey, settled, close }
  } catch (error) {
    await close()
    throw error
  }
}
