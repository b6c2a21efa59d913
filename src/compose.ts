/** Config → adapters → service: this file and its folder are the only ones that know everyone. */
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { CertificateSourceOptions } from './callback/certificate-source.ts'
import { type Trust, verifyCallback } from './callback/verify-callback.ts'
import { callbackTrust, callerTokensOf, crmOf, partnerCenterOf, signingOptions, subscribersOf } from './compose/adapters.ts'
import { compared } from './compose/compared.ts'
import { engine, schedule } from './compose/engine.ts'
import type { Config } from './config.ts'
import { Failure, failureFrom } from './failure.ts'
import { buildApp } from './http/app.ts'
import type { Validate } from './http/ports.ts'
import type { App } from './http/type-provider.ts'
import { serviceLog } from './log.ts'
import type { MappingOptions } from './mapping/lead-from-referral.ts'
import type { Crm, Intermediates, Referrals, Registrations } from './ports.ts'
import { copyStore, type TableCopied } from './store/copy-store.ts'
import { lockFolder } from './store/folder-lock.ts'
import { openStore, type Store } from './store/open-store.ts'
import { type OneAtATime, oneAtATime } from './sync/one-at-a-time.ts'
import { type ReconcileOptions, type Reconciliation, reconcile } from './sync/reconcile.ts'
import type { SyncOptions } from './sync/sync-referral.ts'
import { version } from './version.ts'
import type { Worker } from './worker/worker.ts'

export type { Store } from './store/open-store.ts'
export { pausedMark } from './worker/worker.ts'

/** The service's parts, open and ready; `close` ends them all. */
export interface Service {
  app: App
  store: Store
  referrals: Referrals
  registrations: Registrations
  crm: Crm
  mapping: MappingOptions
  /** How this service merges. */
  sync: SyncOptions
  oneAtATime: OneAtATime
  worker: Worker
  /** Where Partner Center is to post its events, once PUBLIC_URL is set. */
  callbackUrl: string | undefined
  now: () => Date
  reconcile(options?: ReconcileOptions): Promise<Reconciliation>
  /**
   * Begins to work on what is queued. Without it nothing is done but what callers ask for.
   * @throws STORE_IN_USE when another service process has the embedded store
   */
  start(): Promise<void>
  /** Ends the requests and the work at hand. */
  close(): Promise<void>
}

/** How often is looked whether a signing certificate is to be renewed. */
const renewalMs = 5 * 60 * 1000

interface Surroundings {
  now?: () => Date
  log?: ReturnType<typeof serviceLog>
}

/** Opens the store and makes the service. Nothing listens, nothing is worked on and nothing is asked of the outside yet. */
export async function openService(
  config: Config,
  { now = () => new Date(), log = serviceLog('silent') }: Surroundings = {}
): Promise<Service> {
  const store = await openConfiguredStore(config, now)
  try {
    const { secrets, jobs, links, marks, timeline, inbox } = store
    const { mapping } = config
    const { leaseMs, conflict: winner, recreateDeleted } = config.sync
    const sync: SyncOptions = { winner, recreateDeleted }
    const { referrals, registrations } = partnerCenterOf(config, { secrets, log, now })
    const crm = crmOf(config, { log, now })
    const subscribers = subscribersOf(config, { log, now })
    const alone = oneAtATime({ jobs, leaseMs, wait: pause, now })
    const { publicUrl } = config.http
    const callbackUrl = publicUrl === undefined ? undefined : `${publicUrl.replace(/\/+$/, '')}/callbacks`
    const parts = { config, store, referrals, registrations, crm, subscribers, mapping, sync, callbackUrl, log, now }
    const worker = engine(parts)
    const trust = callbackTrust(config.callback, { now, log, intermediates: store.intermediates })
    const app = await buildApp(
      {
        ...store,
        inbox: {
          accept: received =>
            inbox.accept(received).catch((error: unknown) => {
              const failure = failureFrom(error)
              if (failure.code === 'STORE_UNAVAILABLE') worker.storeFailed(failure)
              throw failure
            })
        },
        referrals,
        registrations,
        callbackUrl,
        crm,
        subscribers,
        mapping,
        sync,
        oneAtATime: alone,
        wake: () => worker.wake(),
        workerState: worker.state,
        now,
        validate: (received, forms) => verifyCallback(received, trust, forms),
        signingFigures: trust.certificates.figures,
        readiness: {
          async store() {
            await store.check()
            // A full disk can be read.
            if (worker.state().outages.some(({ upstream }) => upstream === 'store'))
              throw new Failure('STORE_UNAVAILABLE', 'The store could not be written a moment ago.')
          }
        },
        ...callerTokensOf(config)
      },
      { log, version, callbackDays: config.store.callbackDays, syncBy: config.sync.by, ...config.http }
    )
    let lock: { release(): void } | undefined
    let renewing: NodeJS.Timeout | undefined
    return {
      app,
      store,
      referrals,
      registrations,
      crm,
      mapping,
      sync,
      oneAtATime: alone,
      worker,
      callbackUrl,
      now,
      reconcile: options =>
        reconcile({ ...compared(parts), links, timeline, marks, mapping, now, call: { correlationId: randomUUID() } }, options),
      async start() {
        const { folder, databaseUrl } = config.store
        if (databaseUrl === undefined && folder !== ':memory:') {
          lock = lockFolder(folder)
          // Whoever worked here before is gone, or the folder could not have been locked.
          await jobs.takeOver()
        }
        await schedule(parts)
        worker.start()
        // Each process has signers of its own in memory, so that no job, which one process does for all, could renew them.
        renewing = setInterval(() => void trust.certificates.refresh(), renewalMs).unref()
      },
      async close() {
        clearInterval(renewing)
        await Promise.all([app.close(), worker.stop()])
        await store.close()
        lock?.release()
      }
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** @throws CONFIG_INVALID without ENCRYPTION_KEY: nothing is stored that is not sealed */
export async function openConfiguredStore(
  { store: { folder, databaseUrl, key, subscriptionsMax } }: Pick<Config, 'store'>,
  now = () => new Date()
): Promise<Store> {
  if (!key && (databaseUrl !== undefined || folder !== ':memory:'))
    throw new Failure('CONFIG_INVALID', 'The setting ENCRYPTION_KEY is missing. Make one with: openssl rand -base64 32')
  const place = databaseUrl === undefined ? { folder } : { databaseUrl }
  return await openStore({ ...place, key: key ?? randomBytes(32), subscriptionsMax, now })
}

/**
 * Copies the embedded store of DATA_DIR to the database of DATABASE_URL; `report` is told a line for each table.
 * @throws CONFIG_INVALID, STORE_IN_USE, STORE_NOT_EMPTY, STORE_KEY_WRONG, STORE_UNAVAILABLE
 */
export async function copyConfiguredStore(
  { store: { folder, databaseUrl, key } }: Pick<Config, 'store'>,
  report: (line: string) => void,
  now = () => new Date()
): Promise<TableCopied[]> {
  if (databaseUrl === undefined) throw new Failure('CONFIG_INVALID', 'The setting DATABASE_URL is missing: it says where to copy to.')
  if (!key) throw new Failure('CONFIG_INVALID', 'The setting ENCRYPTION_KEY is missing: what is stored is sealed with it.')
  return await copyStore({ from: { folder }, to: { databaseUrl }, key, now, report })
}

/** The judge of callbacks; it needs no store and no sign-in. */
export function openValidation(callback: Config['callback'], surroundings: Surroundings = {}): Validate {
  const trust = trustOf(callback, surroundings)
  return (received, forms) => verifyCallback(received, trust, forms)
}

/** Whom callbacks are believed from. */
export function trustOf(callback: Config['callback'], { now = () => new Date(), log = serviceLog('silent') }: Surroundings = {}): Trust {
  return callbackTrust(callback, { now, log })
}

/** What signers are judged by, and what their paths are built from, for whoever looks at them; `intermediates` are those of the store. */
export function openTrust(
  callback: Config['callback'],
  { now = () => new Date(), log = serviceLog('silent'), intermediates }: Surroundings & { intermediates?: Intermediates } = {}
): CertificateSourceOptions {
  return signingOptions(callback, { now, log, ...(intermediates && { intermediates }) })
}
