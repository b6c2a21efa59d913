import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Agent, request } from 'undici'
import { referralEvent } from '../../src/sandbox/partner-center/callback-event.ts'
import { signCallback } from '../../src/sandbox/partner-center/sign-callback.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts'
import type { Bench } from '../bench.ts'
import { progress, quantile, round } from './figures.ts'
import { openPlace } from './place.ts'

const server = fileURLToPath(new URL('ingest-server.ts', import.meta.url))

interface Callback {
  headers: Record<string, string>
  body: string
}

/**
 * Sustained acknowledged callbacks, each of another referral, while nothing is worked off, so that the backlog grows to its full length.
 * The same route without the store, in the same run, is the ceiling that the rate is a ratio of.
 */
export const ingest: Bench = {
  summary: 'acknowledged callbacks a second and memory over a growing backlog, as a ratio to the route without a store',
  options: {
    callbacks: { default: '100000', text: 'How long the backlog grows.' },
    ceiling: { default: '10000', text: 'Callbacks for the route without a store.' },
    connections: { default: '16', text: 'Connections at once.' },
    store: { default: 'embedded', text: 'embedded or postgres.' }
  },
  async run(options) {
    const place = await openPlace(options.store ?? '')
    const sandbox = await startSandbox()
    try {
      const count = Number(options.callbacks)
      const callbacks = await sign(sandbox, count)
      const env = {
        ...sandbox.settings,
        ...(await place.fresh()),
        SYNC_WORKERS: '0',
        RECONCILE_MINUTES: '0',
        CALLBACKS_PER_MINUTE: '10000000'
      }
      const connections = Number(options.connections)
      const ceiling = await measure('none', env, callbacks.slice(0, Number(options.ceiling)), connections)
      const stored = await measure(options.store ?? '', env, callbacks, connections)
      const line = `ingest ${options.store}: ${stored.acknowledged} acknowledged of ${count}, ${round(stored.rate, 0)}/s = ${round(stored.rate / ceiling.rate, 2)} of the route without a store (${round(ceiling.rate, 0)}/s), p50 ${round(stored.p50)} ms, p99 ${round(stored.p99)} ms (without: ${round(ceiling.p50)}, ${round(ceiling.p99)}), rate in the last tenth ${round(stored.lastTenth, 0)}/s, memory ${stored.memory.map(mb => `${mb} MB`).join(' → ')} at each quarter of the backlog`
      return { line, ok: stored.acknowledged === count }
    } finally {
      await sandbox.close()
      await place.close()
    }
  }
}

async function sign(sandbox: Sandbox, count: number): Promise<Callback[]> {
  const callbacks: Callback[] = []
  for (let made = 0; made < count; made++) {
    if (made % 5000 === 0) progress(`signing callbacks: ${made} of ${count}`)
    const content = JSON.stringify(referralEvent('referral-created', randomUUID(), new Date()))
    callbacks.push(await signCallback(content, { certificates: sandbox.certificates, inMsHeader: true, tampering: undefined }))
  }
  return callbacks
}

async function measure(what: string, env: Record<string, string>, callbacks: readonly Callback[], connections: number) {
  const child = fork(server, [what], {
    env: { PATH: process.env.PATH ?? '', ...env },
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  const [chunk] = await once(child.stdout ?? child, 'data')
  const url = `${String(chunk).trim()}/callbacks`
  const agent = new Agent({ connections, pipelining: 1 })
  const memory: number[] = []
  const times: number[] = []
  const ends: number[] = []
  let acknowledged = 0
  let next = 0
  const start = performance.now()
  const send = async (): Promise<void> => {
    while (next < callbacks.length) {
      const index = next++
      const callback = callbacks[index]
      if (!callback) return
      if (index % Math.ceil(callbacks.length / 4) === 0) {
        memory.push(await residentMegabytes(child))
        progress(`${what}: ${index} of ${callbacks.length}`)
      }
      const begin = performance.now()
      const { statusCode, body } = await request(url, { method: 'POST', headers: callback.headers, body: callback.body, dispatcher: agent })
      await body.dump()
      times.push(performance.now() - begin)
      ends.push(performance.now() - start)
      if (statusCode === 200) acknowledged += 1
    }
  }
  await Promise.all(Array.from({ length: connections }, send))
  const seconds = (performance.now() - start) / 1000
  memory.push(await residentMegabytes(child))
  child.kill('SIGKILL')
  await agent.close()
  const last = ends.slice(-Math.ceil(ends.length / 10))
  const lastSeconds = ((last.at(-1) ?? 1) - (last[0] ?? 0)) / 1000
  return {
    acknowledged,
    rate: acknowledged / seconds,
    lastTenth: last.length / lastSeconds,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    memory
  }
}

async function residentMegabytes(child: ReturnType<typeof fork>): Promise<number> {
  child.send('memory')
  const [bytes] = await once(child, 'message')
  return Math.round(Number(bytes) / 1024 / 1024)
}
