/** What works on the jobs: each kind with its handler, and when the scheduled ones are due. */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { failureFrom } from '../failure.ts'
import type { MappingOptions } from '../mapping/lead-from-referral.ts'
import type { Crm, JobHint, Log, Referrals, Registrations, Subscribers } from '../ports.ts'
import type { Store } from '../store/open-store.ts'
import { guardRegistration } from '../sync/guard-registration.ts'
import { referralMark } from '../sync/reconcile.ts'
import type { SyncOptions } from '../sync/sync-referral.ts'
import type { Handler, RunTools } from '../worker/handler.ts'
import { runReconcile } from '../worker/run-reconcile.ts'
import { runReferral } from '../worker/run-referral.ts'
import { runSubscription } from '../worker/run-subscription.ts'
import { sharedReads } from '../worker/shared-reads.ts'
import { type Upstream, upstreamOf } from '../worker/upstream-of.ts'
import { type Worker, worker } from '../worker/worker.ts'
import { compared } from './compared.ts'

export interface EngineParts {
  config: Config
  store: Store
  referrals: Referrals
  registrations: Registrations
  crm: Crm
  subscribers: Subscribers
  mapping: MappingOptions
  sync: SyncOptions
  callbackUrl: string | undefined
  log: Log
  now: () => Date
}

const hourMs = 60 * 60 * 1000
/** So that a slow subscriber holds up no referral, deliveries have slots of their own. */
const deliverers = 8

export function engine(parts: EngineParts): Worker {
  const { config, store, referrals, registrations, crm, subscribers, mapping, sync, callbackUrl, log, now } = parts
  const { jobs, links, marks, subscriptions, timeline } = store
  const { workers, leaseMs, drainMs, attempts, reconcileMs, registrationMs } = config.sync
  const { timelineDays, callbackDays } = config.store
  const reads = sharedReads({ referrals, now })

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
    wait: async (ms, signal) => void (await pause(ms, undefined, { ...(signal && { signal }) })),
    handlers: {
      referral: {
        slots: workers,
        needs: ['sign-in', 'partner-center', 'crm'],
        async run(claim, tools) {
          await runReferral(claim, { referrals, crm, links, jobs, marks, mapping, now }, { ...sync, ...tools })
          return {}
        }
      },
      subscription: {
        slots: deliverers,
        needs: [],
        // A message ends by its age; until then a subscriber may come back.
        maxAttempts: Number.POSITIVE_INFINITY,
        run: (claim, { call: { signal } }) => runSubscription(claim, { subscriptions, subscribers, reads, links, mapping, now, signal })
      },
      reconcile: {
        slots: 1,
        needs: ['sign-in', 'partner-center', 'crm'],
        ...every(reconcileMs, async ({ call }) => {
          await runReconcile({ ...compared(parts), links, timeline, marks, mapping, now, log, call })
          return ['sign-in', 'partner-center', 'crm']
        })
      },
      registration: {
        slots: 1,
        needs: ['sign-in', 'partner-center'],
        ...every(registrationMs, async ({ call }) => {
          const ports = { registrations, marks, log, now, call, ...(callbackUrl !== undefined && { callbackUrl }) }
          return (await guardRegistration(ports)) ? ['sign-in', 'partner-center'] : []
        })
      },
      housekeeping: {
        slots: 1,
        needs: [],
        ...every(hourMs, async () => {
          const gone = await store.prune({ timelineDays, callbackDays })
          log.info({ ...gone }, 'What is older than its retention was deleted.')
          return []
        })
      }
    }
  })

  /**
   * What comes back by itself, also when it failed: nobody would notice that a schedule has ended. Outages are the worker's business. What ended
   * with its process waits for its next time, so that it cannot end one after the other. `act` gives the upstreams it has proven to work.
   */
  function every(intervalMs: number, act: (tools: RunTools) => Promise<readonly Upstream[]>): Pick<Handler, 'run' | 'maxAttempts'> {
    return {
      maxAttempts: Number.POSITIVE_INFINITY,
      async run({ kind, isTakenOver }, tools) {
        // Switched off since it was queued.
        if (intervalMs === 0) return {}
        const nextAt = (): Date => new Date(now().getTime() + intervalMs)
        if (isTakenOver) return { nextAt: nextAt() }
        try {
          const reached = await act(tools)
          return { nextAt: nextAt(), reached }
        } catch (error) {
          const failure = failureFrom(error)
          if (upstreamOf(failure.code) !== undefined) throw failure
          log.error({ kind, code: failure.code, advice: failure.advice, err: failure }, 'What is done on a schedule failed.')
          return { nextAt: nextAt() }
        }
      }
    }
  }
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
