import { buildApp } from '../http/app.ts'
import type { AppPorts } from '../http/ports.ts'
import { serviceLog } from '../log.ts'
import { version } from '../version.ts'

/** The service's own description, from an app that reaches nobody: every port refuses. */
export async function apiDocuments(): Promise<{ openApi: Record<string, unknown>; swagger2: Record<string, unknown> }> {
  const refuse = async (): Promise<never> => {
    throw new Error('Nothing is asked of anybody while documents are made.')
  }
  const port = new Proxy({}, { get: () => refuse }) as never
  const ports: AppPorts = {
    validate: refuse,
    referrals: port,
    crm: port,
    links: port,
    registrations: port,
    marks: port,
    apiKeys: port,
    replays: port,
    inbox: port,
    timeline: port,
    subscriptions: port,
    subscribers: { check: () => undefined },
    jobs: port,
    oneAtATime: refuse,
    wake: () => undefined,
    now: () => new Date(),
    readiness: {}
  }
  const app = await buildApp(ports, { log: serviceLog('silent'), version, rateLimitPerMinute: 1, trustProxy: [] })
  const documents = {
    openApi: structuredClone(app.swagger()) as object as Record<string, unknown>,
    swagger2: structuredClone(app.swagger2())
  }
  await app.close()
  return documents
}
