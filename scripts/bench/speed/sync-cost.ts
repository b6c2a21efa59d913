import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from '../../../src/sandbox/start-sandbox.ts'
import { progress, until } from '../figures.ts'
import { diskFolder } from './machine.ts'
import type { Figure, Row } from './row.ts'
import type { Section } from './section.ts'
import { runCommand, type Server, service } from './server.ts'

const referrals = 100

interface Cost {
  requests: number
  cpuMs: number
  bytes: number
}

/**
 * What one sync costs, from its callback until everything is at rest: requests as the outside systems counted them, and processor time and bytes
 * of the service's own process. Beside the requests, the fewest with which it can be done.
 */
export const syncCost: Section = {
  title: 'the cost of one sync',
  async measure({ dist, rounds }) {
    const sandbox = await startSandbox({ maxKept: 100_000 })
    const place = mkdtempSync(join(diskFolder().folder, 'referral-speed-'))
    const env = {
      ...sandbox.settings,
      DATA_DIR: join(place, 'service'),
      DATABASE_URL: '',
      RECONCILE_MINUTES: '0',
      REGISTRATION_MINUTES: '0'
    }
    await runCommand(dist, env, ['setup', 'dataverse'])
    const server = await service(dist, env, ['--import', new URL('probe.js', import.meta.url).href])
    const { partnerCenter } = sandbox
    try {
      partnerCenter.register({
        webhookUrl: `${server.url}/callbacks`,
        events: ['referral-created', 'referral-updated'],
        signatureInMsHeader: true
      })
      const found: Record<Step, Cost[]> = { created: [], updated: [], unchanged: [] }
      for (let round = 0; round <= rounds; round++) {
        const ids: string[] = []
        for (const step of Object.keys(found) as Step[]) {
          progress(round === 0 ? `warming up: ${step}` : `round ${round} of ${rounds}: ${step}`)
          const cost = await costOf(sandbox, server, () => steps[step](sandbox, ids, round))
          // The first round signs in, and warms up what is measured.
          if (round > 0) found[step].push(cost)
        }
      }
      return (Object.keys(found) as Step[]).flatMap(step => rowsOf(step, found[step]))
    } finally {
      await server.stop()
      await sandbox.close()
      rmSync(place, { recursive: true, force: true })
    }
  }
}

type Step = 'created' | 'updated' | 'unchanged'

const steps: Record<Step, (sandbox: Sandbox, ids: string[], round: number) => void> = {
  created({ partnerCenter }, ids) {
    for (let made = 0; made < referrals; made++) ids.push(String(partnerCenter.createReferral().id))
  },
  updated({ partnerCenter }, ids, round) {
    for (const id of ids) partnerCenter.updateReferral(id, { name: `Renamed in round ${round}` })
  },
  unchanged({ partnerCenter }, ids, round) {
    for (const id of ids) partnerCenter.updateReferral(id, { name: `Renamed in round ${round}` })
  }
}

const words: Record<Step, { what: string; fewest: number; because: string }> = {
  created: { what: 'new referral → lead', fewest: 4, because: 'referral, lead, write-back, and the referral again for the echo' },
  updated: { what: 'changed referral → lead', fewest: 2, because: 'referral, lead' },
  unchanged: { what: 'an event, nothing changed', fewest: 1, because: 'referral' }
}

async function costOf(sandbox: Sandbox, server: Server, act: () => void): Promise<Cost> {
  sandbox.requests.clear()
  const before = await probed(server)
  act()
  await rest(sandbox)
  const after = await probed(server)
  const each = (total: number): number => total / referrals
  return {
    requests: each(sandbox.requests.count(({ system }) => system === 'partner-center' || system === 'dataverse')),
    cpuMs: each(after.cpuMs - before.cpuMs),
    bytes: each(after.bytes - before.bytes)
  }
}

/** Nothing is delivered, and nobody has asked anything for a second. */
async function rest({ partnerCenter, requests }: Sandbox): Promise<void> {
  let count = -1
  let since = 0
  await until(() => {
    if (partnerCenter.pending() > 0 || requests.count() !== count) since = Date.now()
    count = requests.count()
    return Date.now() - since > 1000
  }, 120_000)
}

async function probed({ process: child }: Server): Promise<{ cpuMs: number; bytes: number }> {
  child.send('figures')
  const [figures] = await once(child, 'message')
  return figures as { cpuMs: number; bytes: number }
}

function rowsOf(step: Step, costs: readonly Cost[]): Row[] {
  const { what, fewest, because } = words[step]
  const figure = (name: keyof Cost, unit: string): Figure => ({ unit, rounds: costs.map(cost => cost[name]) })
  return [
    {
      what: `${what}, upstream`,
      figure: figure('requests', 'requests'),
      comparedWith: 'the fewest possible',
      its: { unit: 'requests', rounds: costs.map(() => fewest) },
      note: because
    },
    { what: `${what}, processor`, figure: figure('cpuMs', 'ms of CPU') },
    { what: `${what}, network`, figure: figure('bytes', 'bytes') }
  ]
}
