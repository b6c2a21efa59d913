import { readFileSync } from 'node:fs'
import { openService, type Service } from '../compose.ts'
import { type Environment, readConfig } from '../config.ts'
import { listen } from '../http/listen.ts'
import type { serviceLog } from '../log.ts'
import { type Sandbox, startSandbox } from '../sandbox/start-sandbox.ts'

export interface SandboxedService {
  sandbox: Sandbox
  service: Service
  /** Where the service listens. */
  url: string
  apiKey: string
  flow: Awaited<ReturnType<Sandbox['startFlow']>>
  close(): Promise<void>
}

/**
 * The service with the sandbox in place of the outside world and a flow that calls it. The service itself knows no sandbox: it gets other
 * addresses, other roots and an empty store, all by the settings of the environment.
 */
export async function startSandboxedService(options: {
  env: Environment
  log?: ReturnType<typeof serviceLog>
  prepareCrm: boolean
}): Promise<SandboxedService> {
  const sandbox = await startSandbox()
  const closing: (() => Promise<void>)[] = [sandbox.close]
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end()
  }
  try {
    const config = readConfig({ ...options.env, ...sandbox.settings, DATA_DIR: ':memory:' })
    const service = await openService(config, options.log ? { log: options.log } : {})
    closing.push(service.close)
    const url = await listen(service.app, config.http)
    if (options.prepareCrm) await service.crm.setUp(() => undefined)
    const { key: apiKey } = await service.store.apiKeys.create('sandbox flow')
    const flow = await sandbox.startFlow({ definition: connectorDefinition(), serviceUrl: url, apiKey })
    closing.push(flow.close)
    sandbox.partnerCenter.register({
      webhookUrl: flow.url,
      events: ['referral-created', 'referral-updated', 'test-created'],
      signatureInMsHeader: true
    })
    return { sandbox, service, url, apiKey, flow, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The committed definition, which the flow resolves its typed actions by, as Power Automate would. */
function connectorDefinition(): object {
  return JSON.parse(readFileSync(new URL('../../apiDefinition.swagger.json', import.meta.url), 'utf8'))
}
