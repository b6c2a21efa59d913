import { once } from 'node:events'
import { openService } from '../../compose.ts'
import { type Environment, readConfig } from '../../config.ts'
import { listen } from '../../http/listen.ts'
import { serviceLog } from '../../log.ts'
import { remindOfRegistration } from '../../sync/guard-registration.ts'
import { wantedEvents } from '../../sync/registration.ts'
import { type Command, type Terminal, UsageError } from '../command.ts'
import { quietly } from '../with-service.ts'

export const serve: Command = {
  name: 'serve',
  summary: 'Run the service',
  description: 'Listens until SIGINT or SIGTERM, then finishes the requests at hand. The log goes to stderr, one JSON object a line.',
  options: {
    sandbox: { type: 'boolean', text: 'With a Partner Center, an Entra ID and a Dataverse of its own on this machine; nothing is kept.' },
    port: { type: 'string', value: 'N', text: 'Port to listen on instead of PORT; 0 takes a free one.' },
    host: { type: 'string', value: 'ADDRESS', text: 'Address to listen on instead of HOST.' }
  },
  heedsSignal: true,
  examples: ['referral-connector serve --sandbox', 'referral-connector serve --port 8080', 'LOG_LEVEL=warn referral-connector serve'],
  async run({ options }, terminal) {
    if (typeof options.port === 'string' && !isPort(options.port)) throw new UsageError('--port is a whole number from 0 to 65535.')
    if (options.host === '') throw new UsageError('--host is an address of this machine.')
    const env = {
      ...terminal.env,
      ...(typeof options.port === 'string' && { PORT: options.port }),
      ...(typeof options.host === 'string' && { HOST: options.host })
    }
    const close = options.sandbox ? await serveSandbox(env, terminal) : await serveConfigured(env, terminal)
    if (!terminal.signal.aborted) await once(terminal.signal, 'abort')
    terminal.note('Stopping: no new requests, the ones at hand are finished.')
    await close()
    return 0
  }
}

async function serveConfigured(env: Environment, terminal: Terminal): Promise<() => Promise<void>> {
  const config = readConfig(env)
  const log = serviceLog(config.http.logLevel)
  const service = await openService(config, { log })
  const url = await start().catch(async error => {
    await service.close()
    throw error
  })
  if ((await service.store.apiKeys.list()).length === 0) terminal.note('There is no API key yet: referral-connector key create NAME')
  terminal.out(`Service    ${url}  (read ${url}/docs)`)
  return service.close

  async function start(): Promise<string> {
    await service.start()
    const { callbackUrl, now, store } = service
    await remindOfRegistration({ marks: store.marks, log, now, ...(callbackUrl !== undefined && { callbackUrl }) })
    return await listen(service.app, config.http)
  }
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535
}

async function serveSandbox(env: Environment, terminal: Terminal): Promise<() => Promise<void>> {
  const { startSandboxedService } = await import('../sandboxed-service.ts')
  const { logLevel } = readConfig({ LOG_LEVEL: quietly(env).LOG_LEVEL }).http
  const { sandbox, service, url, apiKey, settled, close } = await startSandboxedService({
    env,
    log: serviceLog(logLevel),
    prepareCrm: true
  })
  sandbox.partnerCenter.register({ webhookUrl: service.callbackUrl ?? '', events: [...wantedEvents], signatureInMsHeader: true })
  const { id } = sandbox.partnerCenter.createReferral()
  await settled()
  terminal.out(
    [
      `Service         ${url}  (read ${url}/docs)`,
      `API key         ${apiKey}`,
      `Referral        ${id}  (a worker has made a lead of it)`,
      `Partner Center  ${sandbox.partnerCenter.url}`,
      `Entra ID        ${sandbox.entra.url}`,
      `Dataverse       ${sandbox.dataverse.url}`,
      '',
      'Everything is in memory and on this machine only. Try:',
      `  URL=${url} KEY=${apiKey} REFERRAL=${id}`,
      '  curl -s "$URL/v1/referrals/$REFERRAL" -H "X-API-Key: $KEY"',
      '  curl -s "$URL/v1/referrals/$REFERRAL/timeline" -H "X-API-Key: $KEY"',
      '  curl -s -X POST "$URL/v1/referrals/$REFERRAL/sync" -H "X-API-Key: $KEY"'
    ].join('\n')
  )
  return close
}
