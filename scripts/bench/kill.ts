import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../../src/cli/free-port.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts'
import type { Bench } from '../bench.ts'
import { progress, until } from './figures.ts'
import { judge } from './judge.ts'
import { openPlace } from './place.ts'
import { createKey, prepareDataverse } from './registered-service.ts'
import { type ServiceProcess, startProcess } from './service-process.ts'
import { waitForDrain } from './state.ts'

/**
 * A service under load is killed at random moments: while it starts, while it migrates a new store, while it receives, and between any two
 * steps of its work, which the sandbox's delays spread out. At last it is left alone until nothing is queued.
 */
export const kill: Bench = {
  summary: 'kill -9 at random moments under load, then restart and drain',
  options: {
    rounds: { default: '100', text: 'How often the service is killed.' },
    referrals: { default: '12', text: 'Referrals created in each round.' },
    store: { default: 'embedded', text: 'embedded or postgres.' }
  },
  async run(options) {
    const rounds = Number(options.rounds)
    const place = await openPlace(options.store ?? '')
    const sandbox = await startSandbox({ maxKept: 100_000 })
    try {
      await prepareDataverse(sandbox)
      const unusable = await killWhileMigrating(Math.max(5, Math.floor(rounds / 10)), sandbox, () => place.fresh())
      const port = await freePort()
      const env = { ...sandbox.settings, ...(await place.fresh()), PORT: String(port), SYNC_LEASE_SECONDS: '2', SYNC_WORKERS: '4' }
      const apiKey = await createKey(env)
      sandbox.partnerCenter.register({
        webhookUrl: `http://127.0.0.1:${port}/callbacks`,
        events: ['referral-created', 'referral-updated', 'test-created'],
        signatureInMsHeader: true
      })
      sandbox.dataverse.setDelay(8)
      const kills = await killRepeatedly(rounds, Number(options.referrals), sandbox, () => startProcess(env))
      sandbox.dataverse.setDelay(0)

      const last = startProcess(env)
      const url = await last.url
      const isDelivered = await until(() => sandbox.partnerCenter.pending() === 0, 60_000)
      const isDrained = await waitForDrain(url, apiKey, 120_000)
      await last.stop()
      const { line, ok } = judge(sandbox, isDelivered && isDrained)
      return { line: `${line} (${kills} kills; ${unusable} stores unusable after a kill while they were made)`, ok: ok && unusable === 0 }
    } finally {
      await sandbox.close()
      await place.close()
    }
  }
}

/** A store that was killed while it was made must come up at the next start. */
async function killWhileMigrating(times: number, sandbox: Sandbox, fresh: () => Promise<Record<string, string>>): Promise<number> {
  let unusable = 0
  for (let round = 1; round <= times; round++) {
    progress(`killing while the store is made: ${round} of ${times}`)
    const env = { ...sandbox.settings, ...(await fresh()), PORT: '0' }
    const first = startProcess(env)
    await setTimeout(randomInt(300, 1300))
    await first.kill()
    const second = startProcess(env)
    await second.url.catch(() => {
      unusable += 1
    })
    await second.kill()
  }
  return unusable
}

async function killRepeatedly(rounds: number, referrals: number, sandbox: Sandbox, start: () => ServiceProcess): Promise<number> {
  let kills = 0
  for (let round = 1; round <= rounds; round++) {
    progress(`killing: ${round} of ${rounds}, ${sandbox.dataverse.leads().length} leads so far`)
    const service = start()
    // Every eighth time before it listens; the callbacks of that round wait for the next one.
    if (round % 8 !== 0) await service.url
    const load = createReferrals(referrals, sandbox)
    await setTimeout(randomInt(0, 1200))
    await service.kill()
    kills += 1
    await load
  }
  return kills
}

async function createReferrals(count: number, { partnerCenter }: Sandbox): Promise<void> {
  for (let made = 0; made < count; made++) {
    const { id } = partnerCenter.createReferral()
    await setTimeout(randomInt(0, 30))
    if (made % 3 === 0) partnerCenter.updateReferral(String(id), { name: `Renamed ${made}` })
  }
}
