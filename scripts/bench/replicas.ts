import { startSandbox } from '../../src/sandbox/start-sandbox.ts'
import type { Bench } from '../bench.ts'
import { progress, round, until } from './figures.ts'
import { openPlace } from './place.ts'
import { prepareDataverse } from './registered-service.ts'
import { runCommand, startProcess } from './service-process.ts'
import { overlappingWrites, referralsOfLeads } from './state.ts'

/** So many processes on one PostgreSQL, against a CRM that takes its time: more processes must do more, and no referral twice at once. */
export const replicas: Bench = {
  summary: '1, 2 and 4 processes on one PostgreSQL against a slow CRM',
  options: {
    jobs: { default: '300', text: 'Referrals for each number of processes.' },
    delay: { default: '100', text: 'Milliseconds that the CRM takes for an answer.' }
  },
  async run(options) {
    const jobs = Number(options.jobs)
    const place = await openPlace('postgres')
    const results: string[] = []
    let isRight = true
    let first: number | undefined
    try {
      for (const processes of [1, 2, 4]) {
        const { perSecond, overlaps, duplicates } = await run(processes, jobs, Number(options.delay), await place.fresh())
        first ??= perSecond
        isRight &&= overlaps === 0 && duplicates === 0
        results.push(
          `${processes}: ${round(perSecond)} jobs/s (×${round(perSecond / first, 2)}), twice at once ${overlaps}, duplicates ${duplicates}`
        )
        progress(results.at(-1) ?? '')
      }
    } finally {
      await place.close()
    }
    return { line: `replicas ${results.join(' · ')}`, ok: isRight }
  }
}

async function run(processes: number, jobs: number, delayMs: number, database: Record<string, string>) {
  const sandbox = await startSandbox({ maxKept: 10_000 })
  const env = { ...sandbox.settings, ...database, PORT: '0', SYNC_WORKERS: '4' }
  const { partnerCenter, dataverse } = sandbox
  await prepareDataverse(sandbox)
  for (let made = 0; made < jobs; made++) partnerCenter.createReferral()
  // Queued by a reconciliation before anybody works.
  await runCommand(env, ['reconcile', '--full'])
  dataverse.setDelay(delayMs)
  await runCommand(env, ['jobs', 'pause'])
  const services = Array.from({ length: processes }, () => startProcess(env))
  await Promise.all(services.map(({ url }) => url))
  await runCommand(env, ['jobs', 'resume'])
  const start = performance.now()
  const atStart = linked()
  await until(() => linked() === jobs, 300_000, 50)
  const seconds = (performance.now() - start) / 1000
  for (const service of services) await service.stop()
  const leads = referralsOfLeads(dataverse.leads())
  const result = {
    perSecond: (jobs - atStart) / seconds,
    overlaps: overlappingWrites(sandbox),
    duplicates: [...leads.values()].filter(found => found.length > 1).length
  }
  await sandbox.close()
  return result

  function linked(): number {
    return partnerCenter.referrals().filter(({ externalReferenceId }) => externalReferenceId).length
  }
}
