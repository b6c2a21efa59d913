/** What works on the jobs: each kind with its handler, and when the scheduled ones are due. */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../config.ts'
import type { MappingOptions } from '../mapping/lead-from-referral.ts'
import type { Crm, JobHint, Log, Referrals, Registrations } from '../ports.ts'
import type { Store } from '../store/open-store.ts'
import { referralMark } from '../sync/reconcile.ts'
import type { SyncOptions } from '../sync/sync-referral.ts'
import { runReconcile } from '../worker/run-reconcile.ts'
import { runReferral } from '../worker/run-referral.ts'
import { type Worker, worker } from '../worker/worker.ts'

export interface EngineParts {
  config: Config
  store: Store
  referrals: Referrals
  registrations: Registrations
  crm: Crm
  mapping: MappingOptions
  sync: SyncOptions
  log: Log
  now: () => Date
}

const hourMs = 60 * 60 * 1000

export function engine(parts: EngineParts): Worker {
  const { config, store, referrals, crm, mapping, sync, log, now } = parts
  const { jobs, links, marks } = store
  const { workers, leaseMs, drainMs, attempts, reconcileMs } = config.sync
  const { timelineDays, callbackDays } = config.store

  return worker({
    jobs,
    marks,
    log,
    now,
    leaseMs,
    drainMs,
    maxAttempts: attempts,
    pollMs: 1000,
    random: Math.random,
    wait: async (ms, signal) => void (await pause(ms, undefined, { ...(signal && { signal }), ref: false })),
    handlers: {
      referral: {
        slots: workers,
        needs: ['sign-in', 'partner-center', 'crm'],
        run: (claim, { note, call }) => runReferral(claim, { referrals, crm, links, jobs, mapping, now }, { ...sync, note, call })
      },
      reconcile: {
        slots: 1,
        needs: ['sign-in', 'partner-center', 'crm'],
        run: (_claim, { call }) => runReconcile({ referrals, crm, links, jobs, marks, mapping, now, log, call, intervalMs: reconcileMs })
      },
      housekeeping: {
        slots: 1,
        needs: [],
        async run() {
          const gone = await store.prune({ timelineDays, callbackDays })
          log.info({ ...gone }, 'What is older than its retention was deleted.')
          return { nextAt: new Date(now().getTime() + hourMs) }
        }
      }
    }
  })
}

/** Queues what is done on a schedule. What came before the first start is history: `reconcile --full` brings it over, on demand. */
export async function schedule({ config, store, now }: Pick<EngineParts, 'config' | 'store' | 'now'>): Promise<void> {
  const { reconcileMs, registrationMs } = config.sync
  if ((await store.marks.get(referralMark)) === undefined) await store.marks.put(referralMark, now().toISOString())
  const at = (ms: number): Date => new Date(now().getTime() + ms)
  const hint = (kind: JobHint['kind'], dueAt: Date): JobHint => {
    return { kind, subject: 'all', origin: 'schedule', correlationId: randomUUID(), dueAt }
  }
  await store.jobs.add(hint('housekeeping', at(0)))
  if (reconcileMs > 0) await store.jobs.add(hint('reconcile', at(reconcileMs)))
  else await store.jobs.drop({ kind: 'reconcile' })
  if (registrationMs > 0) await store.jobs.add(hint('registration', at(registrationMs)))
  else await store.jobs.drop({ kind: 'registration' })
}
