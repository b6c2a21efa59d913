import { setTimeout as pause } from 'node:timers/promises'
import type { App } from '../type-provider.ts'

const deadlineMs = 2000

/** `/healthz`: the process answers. `/readyz`: what it cannot work without is there too. Neither tells more than that. */
export function health(app: App, readiness: Record<string, () => Promise<unknown>>): void {
  const hide = { hide: true } as const
  app.get('/healthz', { schema: hide, logLevel: 'silent' }, async () => ({ status: 'ok' }))
  app.get('/readyz', { schema: hide, logLevel: 'silent' }, async (_request, reply) => {
    const checks = await Promise.all(Object.entries(readiness).map(async ([name, check]) => [name, await succeeds(check)] as const))
    const isReady = checks.every(([, ok]) => ok)
    return reply.status(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready', checks: Object.fromEntries(checks) })
  })
}

async function succeeds(check: () => Promise<unknown>): Promise<boolean> {
  const late = new AbortController()
  try {
    return await Promise.race([check().then(() => true), pause(deadlineMs, false, { signal: late.signal, ref: false })])
  } catch {
    return false
  } finally {
    late.abort()
  }
}
