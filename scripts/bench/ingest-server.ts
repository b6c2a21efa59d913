/** The receiver in a process of its own: with the store that the settings name, or, with `none`, on the same route without one. */
import { setTimeout as pause } from 'node:timers/promises'
import { openService, openValidation } from '../../src/compose.ts'
import { readConfig } from '../../src/config.ts'
import { buildApp } from '../../src/http/app.ts'
import { listen } from '../../src/http/listen.ts'
import { serviceLog } from '../../src/log.ts'

const config = readConfig(process.env)
const log = serviceLog('fatal')
const app = process.argv[2] === 'none' ? await withoutStore() : await withStore()
console.log(await listen(app, { host: '127.0.0.1', port: 0 }))
process.on('message', () => process.send?.(process.memoryUsage.rss()))
process.on('disconnect', () => process.exit(0))

async function withStore() {
  const service = await openService(config, { log })
  await service.start()
  return service.app
}

async function withoutStore() {
  const nothing = async (): Promise<never> => Promise.reject(new Error('Not asked for.'))
  const port = new Proxy({}, { get: () => nothing }) as never
  const given = {
    referrals: port,
    registrations: port,
    crm: port,
    links: port,
    apiKeys: port,
    replays: port,
    subscriptions: port,
    subscribers: port,
    timeline: port,
    marks: port
  }
  return await buildApp(
    {
      ...given,
      jobs: { summary: async () => [], list: async () => [] },
      inbox: { accept: async () => 'new' },
      oneAtATime: nothing,
      wake: () => undefined,
      now: () => new Date(),
      validate: openValidation(config.callback, { log }),
      readiness: { wait: () => pause(0) }
    },
    { log, version: '0', ...config.http }
  )
}
