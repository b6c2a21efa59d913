import { Counter, Gauge, Registry } from 'prom-client'
import type { FailureCode } from '../../failure.ts'
import type { Jobs, Marks } from '../../ports.ts'
import { registrationStates } from '../../schemas/webhook-registration.ts'
import { seenRegistration } from '../../sync/registration-marks.ts'
import type { App } from '../type-provider.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the failure that the request was answered with. */
    failureCode: FailureCode | null
  }
}

/**
 * Counts answers by operation and status, and failures by code: a refused callback leaves a log line and its place in these counters, and
 * nothing else. The counters are for a caller with a key, at `/v1/metrics`, in the text format of Prometheus.
 */
export function countAnswers(app: App): Registry {
  const registry = new Registry()
  const answers = new Counter({
    name: 'referral_connector_answers_total',
    help: 'Answers by operation and HTTP status.',
    labelNames: ['operation', 'status'],
    registers: [registry]
  })
  const failures = new Counter({
    name: 'referral_connector_failures_total',
    help: 'Failures by code.',
    labelNames: ['code'],
    registers: [registry]
  })
  app.decorateRequest('failureCode', null)
  app.addHook('onResponse', ({ routeOptions, failureCode }, reply, done) => {
    const { operationId } = (routeOptions.schema ?? {}) as { operationId?: string }
    answers.inc({ operation: operationId ?? 'none', status: reply.statusCode })
    if (failureCode !== null) failures.inc({ code: failureCode })
    done()
  })
  return registry
}

/** What is queued, as the store has it at the moment of asking. */
export function countJobs(registry: Registry, jobs: Pick<Jobs, 'summary'>): void {
  const gauge = new Gauge({
    name: 'referral_connector_jobs',
    help: 'Jobs by kind and state.',
    labelNames: ['kind', 'state'],
    registers: [registry],
    async collect() {
      const summary = await jobs.summary()
      gauge.reset()
      for (const { kind, state, count } of summary) gauge.set({ kind, state }, count)
    }
  })
}

/** Which upstreams the workers of this process find down at the moment, and whether they are paused. */
export function countOutages(registry: Registry, state: () => { outages: readonly { upstream: string }[]; isPaused: boolean }): void {
  const outages = new Gauge({
    name: 'referral_connector_outage',
    help: '1 for each upstream that is down, by what this process has seen.',
    labelNames: ['upstream'],
    registers: [registry],
    collect() {
      outages.reset()
      for (const { upstream } of state().outages) outages.set({ upstream }, 1)
    }
  })
  const paused: Gauge = new Gauge({
    name: 'referral_connector_paused',
    help: '1 while the work on referrals and subscriptions is paused.',
    registers: [registry],
    collect() {
      paused.set(state().isPaused ? 1 : 0)
    }
  })
}

/** Where Partner Center sends its events, as the last look has found. Nobody is asked for a metric. */
export function showRegistration(registry: Registry, marks: Pick<Marks, 'get'>): void {
  const gauge = new Gauge({
    name: 'referral_connector_registration',
    help: '1 for the state of the registration for webhooks at the last look; unknown when this service has not registered, or not looked since.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const state = (await seenRegistration(marks))?.state
      const shown = registrationStates.find(known => known === state) ?? 'unknown'
      for (const known of [...registrationStates, 'unknown']) gauge.set({ state: known }, known === shown ? 1 : 0)
    }
  })
}

export function metricsRoute(app: App, registry: Registry): void {
  app.get('/v1/metrics', { config: { scope: 'read' }, schema: { hide: true } }, async (_request, reply) =>
    reply
      .type(registry.contentType)
      .serializer(String)
      .send(await registry.metrics())
  )
}
