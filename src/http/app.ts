import rateLimit from '@fastify/rate-limit'
import fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import type { Logger } from 'pino'
import { Attention } from '../schemas/attention.ts'
import { ReferralEvent, ValidatedCallback } from '../schemas/callback.ts'
import { Choices } from '../schemas/choice.ts'
import { Connection } from '../schemas/connection.ts'
import { LeadResult } from '../schemas/lead.ts'
import { LeadSchema } from '../schemas/lead-column.ts'
import { Problem } from '../schemas/problem.ts'
import { Referral, ReferralPage } from '../schemas/referral.ts'
import { ReferralNotification, SubscriptionResult } from '../schemas/subscription.ts'
import { SyncResult } from '../schemas/sync-result.ts'
import { Timeline, TimelineEntry } from '../schemas/timeline.ts'
import { TestEventResult, WebhookRegistration } from '../schemas/webhook-registration.ts'
import { callbackDoor } from './callback-door.ts'
import { limitPipelining } from './limit-pipelining.ts'
import { authenticate } from './plugins/authenticate.ts'
import { showCertificates } from './plugins/certificate-metrics.ts'
import { health } from './plugins/health.ts'
import { jsonBody } from './plugins/json-body.ts'
import { logRequests } from './plugins/log-requests.ts'
import { countAnswers, countJobs, countOutages, metricsRoute, showRegistration } from './plugins/metrics.ts'
import { openApi } from './plugins/open-api.ts'
import { problemDetails } from './plugins/problem-details.ts'
import { protectAnswers, securityHeaders } from './plugins/security-headers.ts'
import type { AppPorts } from './ports.ts'
import { requestId } from './request-id.ts'
import { attentionRoutes } from './routes/attention.ts'
import { callbackRoutes } from './routes/callbacks.ts'
import { choiceRoutes } from './routes/choices.ts'
import { connectionRoutes } from './routes/connection.ts'
import { leadSchemaRoutes } from './routes/lead-schema.ts'
import { leadRoutes } from './routes/leads.ts'
import { referralRoutes } from './routes/referrals.ts'
import { subscriptionRoutes } from './routes/subscriptions.ts'
import { timelineRoutes } from './routes/timeline.ts'
import { validationRoutes } from './routes/validation.ts'
import { webhookRegistrationRoutes } from './routes/webhook-registration.ts'
import type { App, SchemaTypes } from './type-provider.ts'
import { validatorCompiler } from './validator.ts'

export interface AppOptions {
  log: Logger
  version: string
  publicUrl?: string
  rateLimitPerMinute: number
  trustProxy: string[]
  callbacksPerMinute?: number
  callbackDays?: number
  /** Who brings referrals into the CRM: this service unless told. */
  syncBy?: 'service' | 'flow'
  /** How long the body of a callback may take to arrive. */
  callbackBodyMs?: number
}

/** The service: its plugins, then its routes. Nothing listens yet. */
export async function buildApp(ports: AppPorts, options: AppOptions): Promise<App> {
  const headers = securityHeaders(options.publicUrl)
  const app: App = fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
    // Whoever logs says the request's id: a logger for each request would say it again.
    childLoggerFactory: logger => logger,
    bodyLimit: 128 * 1024,
    requestTimeout: 30_000,
    // A head comes at once. Node looks for those that do not only now and then: twice a minute unless told.
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 5000 },
    // A sync asks three systems, each with a deadline of its own; a flow waits for two minutes.
    connectionTimeout: 120_000,
    keepAliveTimeout: 65_000,
    return503OnClosing: true,
    trustProxy: options.trustProxy.length > 0 ? options.trustProxy : false,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => void app.errorHandler(error, request, reply.headers(headers))
  }).withTypeProvider<SchemaTypes>()

  app.setValidatorCompiler(validatorCompiler())
  // What a route answers is what it means to answer: schemas describe, they do not filter.
  app.setSerializerCompiler(() => value => JSON.stringify(value))
  for (const schema of [
    Referral,
    ReferralPage,
    LeadResult,
    ReferralEvent,
    ValidatedCallback,
    SyncResult,
    Connection,
    TimelineEntry,
    Timeline,
    SubscriptionResult,
    ReferralNotification,
    Problem
  ])
    app.addSchema(schema)

  for (const schema of [LeadSchema, Choices, Attention]) app.addSchema(schema)
  app.addSchema(WebhookRegistration).addSchema(TestEventResult)

  problemDetails(app)
  const counters = countAnswers(app)
  countJobs(counters, ports.jobs)
  if (ports.workerState) countOutages(counters, ports.workerState)
  showRegistration(counters, ports.marks)
  if (ports.signingFigures) showCertificates(counters, ports.signingFigures)
  logRequests(app)
  protectAnswers(app, headers)
  await openApi(app, options)
  health(app, ports.readiness)

  const door = callbackDoor({ bodyMs: options.callbackBodyMs ?? 5000 })
  await app.register(async instance => {
    const { callbacksPerMinute = 6000, callbackDays = 30, syncBy = 'service' } = options
    await instance.register(rateLimit, { global: false })
    callbackRoutes(
      instance.withTypeProvider<SchemaTypes>(),
      { ...ports, door },
      { registry: counters, callbacksPerMinute, callbackDays, queuesReferrals: syncBy === 'service' }
    )
  })

  await app.register(async instance => {
    const scope = instance.withTypeProvider<SchemaTypes>()
    jsonBody(scope)
    await authenticate(scope, { ...ports, rateLimitPerMinute: options.rateLimitPerMinute })
    await scope.register(async routes => validationRoutes(routes.withTypeProvider<SchemaTypes>(), { ...ports, door }))
    referralRoutes(scope, ports)
    leadRoutes(scope, ports)
    leadSchemaRoutes(scope, ports)
    choiceRoutes(scope, ports)
    attentionRoutes(scope, ports)
    timelineRoutes(scope, ports)
    subscriptionRoutes(scope, { ...ports, ...(options.publicUrl !== undefined && { publicUrl: options.publicUrl }) })
    webhookRegistrationRoutes(scope, ports)
    connectionRoutes(scope, options)
    metricsRoute(scope, counters)
  })
  await app.ready()
  limitPipelining(app.server)
  return app
}
