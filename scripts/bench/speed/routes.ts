import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { referralEvent } from '../../../src/sandbox/partner-center/callback-event.ts'
import { signCallback } from '../../../src/sandbox/partner-center/sign-callback.ts'
import { type Sandbox, startSandbox } from '../../../src/sandbox/start-sandbox.ts'
import { progress, quantile } from '../figures.ts'
import type { Load, Loaded, Sent } from './load-worker.ts'
import { diskFolder, loading, measured } from './machine.ts'
import { installPeers } from './peers.ts'
import { interleaved } from './rounds.ts'
import type { Row } from './row.ts'
import type { Circumstances, Section } from './section.ts'
import { bareServer, type Server, service, usedCpuMs } from './server.ts'
import type { StoreQuestion } from './store-worker.ts'
import { startWorker } from './worker.ts'

const connections = 50

/** The two doors for callbacks, under as many callers as they get to work with, beside the framework alone and beside the store alone. */
export const routes: Section = {
  title: 'callbacks a second over HTTP',
  async measure(circumstances) {
    installPeers()
    const sandbox = await startSandbox()
    const { folder, isDisk } = diskFolder()
    const place = mkdtempSync(join(folder, 'referral-speed-'))
    const client = startWorker<Load, Loaded>('load-worker.ts', loading)
    try {
      const env = receiverSettings(sandbox, place)
      if (circumstances.profile) return await profiled(circumstances, circumstances.profile, env, client, sandbox)
      const validation = await validateRoute(circumstances, env, client, sandbox)
      const receiver = await receiverRoute(circumstances, env, client, sandbox, place)
      return [...validation, isDisk ? receiver : { ...receiver, note: 'in memory: no folder for temporary files is on a disk' }]
    } finally {
      await client.end()
      await sandbox.close()
      rmSync(place, { recursive: true, force: true })
    }
  }
}

type Client = ReturnType<typeof startWorker<Load, Loaded>>

async function validateRoute({ dist, seconds, rounds }: Circumstances, env: Settings, client: Client, sandbox: Sandbox): Promise<Row[]> {
  const [request] = await signed(1, sandbox)
  if (!request) return []
  const servers = {
    bare: await bareServer(),
    ours: await service(dist, env),
    logging: await service(dist, { ...env, LOG_LEVEL: 'info', DATA_DIR: ':memory:' })
  }
  const { bare, ours, logging } = servers
  try {
    const shares: number[] = []
    const rate =
      ({ url, process }: Server, path: string) =>
      async (): Promise<number> => {
        const before = usedCpuMs(process)
        const { perSecond, wallMs } = await client.ask({ url: `${url}${path}`, connections, request, seconds })
        if (process === bare.process) shares.push(((usedCpuMs(process) ?? Number.NaN) - (before ?? Number.NaN)) / wallMs)
        return perSecond
      }
    const candidates = {
      validate: rate(ours, '/v1/validate-callback'),
      echo: rate(bare, '/echo'),
      'validate, with its log': rate(logging, '/v1/validate-callback')
    }
    await interleaved(1, '/s', candidates)
    const found = await interleaved(rounds, '/s', candidates)
    const its = { comparedWith: 'bare Fastify, echo of the same body', its: found.echo }
    return [
      { what: 'POST /v1/validate-callback', figure: found.validate, ...its, goal: { atLeast: 0.36 }, note: howBusy(shares) },
      { what: 'the same with its log', figure: found['validate, with its log'], ...its }
    ]
  } finally {
    for (const server of Object.values(servers)) await server.stop()
  }
}

/** An echo that had time to spare could have done more than was asked of it. */
function howBusy(shares: readonly number[]): string {
  const share = quantile(shares, 0.5)
  return Number.isNaN(share) ? '' : `the echo used ${Math.round(share * 100)} % of its core`
}

/** Each request is another callback: what came before is answered without being stored. */
async function receiverRoute(
  { dist, seconds, rounds }: Circumstances,
  env: Settings,
  client: Client,
  sandbox: Sandbox,
  place: string
): Promise<Row> {
  const receiver = await service(dist, env)
  const store = startWorker<StoreQuestion, number>('store-worker.ts', measured)
  try {
    await store.ask({ dist, folder: join(place, 'store-alone') })
    const url = `${receiver.url}/callbacks`
    const send = async (count: number): Promise<number> => {
      const requests = await signed(count, sandbox)
      return (await client.ask({ url, connections, requests })).perSecond
    }
    progress('warming up: /callbacks')
    const count = Math.ceil((await send(2000)) * seconds)
    await store.ask({ count, connections })
    const found = await interleaved(rounds, '/s', {
      callbacks: () => send(count),
      'the store alone': () => store.ask({ count, connections })
    })
    return {
      what: 'POST /callbacks, each durable',
      figure: found.callbacks,
      comparedWith: 'the same transactions without HTTP',
      its: found['the store alone'],
      goal: { atLeast: 0.5 }
    }
  } finally {
    await receiver.stop()
    await store.end()
  }
}

/** Writes where the processor time of the validate route goes; open it in the developer tools of a browser. */
async function profiled({ dist, seconds }: Circumstances, folder: string, env: Settings, client: Client, sandbox: Sandbox): Promise<Row[]> {
  const [request] = await signed(1, sandbox)
  const server = await service(dist, env, ['--cpu-prof', `--cpu-prof-dir=${folder}`])
  if (request) await client.ask({ url: `${server.url}/v1/validate-callback`, connections, request, seconds })
  await server.stop()
  return [{ what: 'POST /v1/validate-callback', note: `the profile is in ${folder}` }]
}

type Settings = Record<string, string>

/** A service that only receives, and holds nobody back. */
function receiverSettings({ settings }: Sandbox, place: string): Settings {
  return {
    ...settings,
    DATA_DIR: join(place, 'service'),
    DATABASE_URL: '',
    SYNC_WORKERS: '0',
    RECONCILE_MINUTES: '0',
    REGISTRATION_MINUTES: '0',
    RATE_LIMIT_PER_MINUTE: '1000000',
    CALLBACKS_PER_MINUTE: '10000000'
  }
}

async function signed(count: number, { certificates }: Sandbox): Promise<Sent[]> {
  const requests: Sent[] = []
  for (let made = 0; made < count; made++) {
    if (made % 5000 === 4999) progress(`signing callbacks: ${made + 1} of ${count}`)
    const content = JSON.stringify(referralEvent('referral-created', randomUUID(), new Date()))
    requests.push(await signCallback(content, { certificates, inMsHeader: false, tampering: undefined }))
  }
  return requests
}
