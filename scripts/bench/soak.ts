import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../src/cli/free-port.ts'
import { startSandbox } from '../../src/sandbox/start-sandbox.ts'
import { startSubscriber } from '../../src/sandbox/subscriber/subscriber.ts'
import type { Bench } from '../bench.ts'
import { progress, round, until } from './figures.ts'
import { openPlace } from './place.ts'
import { openHandles } from './process-figures.ts'
import { createKey, prepareDataverse } from './registered-service.ts'
import { startProcess } from './service-process.ts'
import { inspect } from './soak/inspected.ts'
import { type Sample, verdict } from './soak/verdict.ts'
import { eventShare, kinds, order, type Target } from './soak/workload.ts'
import { waitForDrain } from './state.ts'

const looks = 18
const mb = 1024 * 1024

/**
 * A mixed load at a steady rate, for minutes. In the pauses, when nothing is queued and all garbage is collected, the service is looked at:
 * what it holds must not grow with the work that it has done.
 */
export const soak: Bench = {
  summary: 'mixed load for minutes, after which the service holds no more than before',
  options: {
    minutes: { default: '3', text: 'How long the load lasts; the pauses come on top.' },
    'per-second': { default: '40', text: 'Pieces of work in a second; seven of twenty are events of referrals.' }
  },
  async run(options) {
    const seconds = Number(options.minutes) * 60
    const perSecond = Number(options['per-second'])
    const place = await openPlace('embedded')
    const sandbox = await startSandbox({ maxKept: 500 })
    const subscriber = await startSubscriber({ log: sandbox.requests })
    const fresh = await place.fresh()
    const inspector = await freePort()
    const env = {
      ...sandbox.settings,
      ...fresh,
      PORT: '0',
      RATE_LIMIT_PER_MINUTE: '1000000',
      CALLBACKS_PER_MINUTE: '10000000',
      SUBSCRIBER_HOSTS: [sandbox.settings.SUBSCRIBER_HOSTS, subscriber.host].join(',')
    }
    await prepareDataverse(sandbox)
    const apiKey = await createKey(env)
    const service = startProcess({ ...env, NODE_OPTIONS: `--inspect=127.0.0.1:${inspector}` })
    const url = await service.url
    const inspected = await inspect(inspector)
    try {
      const target: Target = { url, apiKey, sandbox, subscriber }
      await begin(target)
      const samples: Sample[] = []
      const wrong = new Map<string, number>()
      let work = 0
      let isDrained = true
      for (let look = 0; look < looks; look++) {
        work = await load(target, { from: work, seconds: seconds / looks, perSecond, wrong })
        isDrained &&= await until(() => sandbox.partnerCenter.pending() === 0, 30_000)
        isDrained &&= await waitForDrain(url, apiKey, 60_000)
        await pause(500)
        const held = await inspected.measure()
        const handles = openHandles(service.child.pid ?? 0, Number(new URL(url).port)) ?? 0
        samples.push({ work, ...held, handles, stored: sizeOf(fresh.DATA_DIR ?? '') })
        progress(
          `soaking: look ${look + 1} of ${looks}, ${work} pieces of work, heap ${round(held.heap / mb, 2)} MB, ${handles} open handles`
        )
      }
      return verdict({ samples, seconds, wrong, isDrained, eventShare })
    } finally {
      inspected.close()
      await service.stop()
      await subscriber.close()
      await sandbox.close()
      await place.close()
    }
  }
}

/** Somebody who is told of everything, and referrals to begin with. */
async function begin({ url, apiKey, subscriber, sandbox }: Target): Promise<void> {
  const events = ['referral-created', 'referral-updated']
  sandbox.partnerCenter.register({ webhookUrl: `${url}/callbacks`, events, signatureInMsHeader: true })
  for (let made = 0; made < 20; made++) sandbox.partnerCenter.createReferral()
  await until(() => sandbox.partnerCenter.pending() === 0, 30_000)
  const answer = await fetch(`${url}/v1/subscriptions`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({ callbackUrl: subscriber.url })
  })
  if (answer.status !== 201) throw new Error(`The subscription was answered with ${answer.status}.`)
}

/** Begins a piece of work at each tick, whether the last one has ended or not; ends when all have. */
async function load(
  target: Target,
  { from, seconds, perSecond, wrong }: { from: number; seconds: number; perSecond: number; wrong: Map<string, number> }
): Promise<number> {
  const underWay = new Set<Promise<void>>()
  const start = performance.now()
  let turn = from
  while (performance.now() - start < seconds * 1000) {
    const due = from + Math.floor(((performance.now() - start) / 1000) * perSecond)
    for (; turn < due; turn++) {
      const piece = act(target, turn, wrong).finally(() => underWay.delete(piece))
      underWay.add(piece)
    }
    await pause(20)
  }
  await Promise.all(underWay)
  return turn
}

async function act(target: Target, turn: number, wrong: Map<string, number>): Promise<void> {
  const name = order[turn % order.length] ?? ''
  const status = await kinds[name]?.act(target, turn)?.catch(() => 0)
  if (status === undefined || kinds[name]?.statuses.includes(status)) return
  const key = `${name} answered ${status}`
  wrong.set(key, (wrong.get(key) ?? 0) + 1)
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
}
