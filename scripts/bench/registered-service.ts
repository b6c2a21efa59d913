import type { Sandbox } from '../../src/sandbox/start-sandbox.ts'
import { runCommand, type ServiceProcess, startProcess } from './service-process.ts'

/** Makes the column and the key that the leads of the sandbox are found by. */
export async function prepareDataverse({ settings }: Sandbox): Promise<void> {
  await runCommand({ ...settings, DATA_DIR: ':memory:' }, ['setup', 'dataverse'])
}

/** A key for what the bench asks of the service. */
export async function createKey(env: Record<string, string>): Promise<string> {
  return (await runCommand(env, ['key', 'create', 'bench'])).trim()
}

/** A service that Partner Center sends its events to. */
export async function startRegistered(
  sandbox: Sandbox,
  env: Record<string, string>
): Promise<{ service: ServiceProcess; url: string; apiKey: string }> {
  await prepareDataverse(sandbox)
  const apiKey = await createKey(env)
  const service = startProcess(env)
  const url = await service.url
  sandbox.partnerCenter.register({
    webhookUrl: `${url}/callbacks`,
    events: ['referral-created', 'referral-updated'],
    signatureInMsHeader: true
  })
  return { service, url, apiKey }
}
