import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyRequest } from 'fastify'
import { type NextAnswers, nextAnswers } from '../next-answer.ts'
import { isSteering, type RequestLog, requestLogPlugin } from '../request-log.ts'
import { type BlobStorage, blobStorage } from './blob-storage.ts'
import { connectorRegistry, type StoredConnector } from './connectors.ts'
import { definitionFindings } from './definition-checks.ts'
import { ProviderError } from './error.ts'
import { objectAt } from './json.ts'
import { type SignIn, signInSandbox } from './sign-in.ts'

/** One request, without its token. */
export interface ReceivedRequest {
  method: string
  url: string
  headers: Record<string, string>
  /** JSON as what it says, anything else as text. */
  body: unknown
}

export interface PowerAppsSandbox {
  url: string
  /** What a settings.json needs to lead here and nowhere else. */
  settings: { environment: string; powerAppsUrl: string; flowUrl: string; authorityUrl: string }
  environments: { name: string; displayName: string }[]
  signIn: Omit<SignIn, 'routes' | 'check'>
  connectors(): StoredConnector[]
  storage: Pick<BlobStorage, 'blob' | 'keep'>
  /** The latest ones, in order. */
  received(): ReceivedRequest[]
  nextAnswers: NextAnswers
  close(): Promise<void>
}

const maxKept = 500

/**
 * A stand-in for what creates custom connectors: the sign-in, Power Apps, the environments of Power Automate and the blob storage, all behind
 * one address. It is not documented as an API; the source is paconn 0.0.21 (PowerPlatformConnectors, tools/paconn-cli).
 */
export async function startPowerApps(options: {
  log: RequestLog
  now?: () => Date
  port?: number
  /** How often a client may ask whether a code was confirmed, and how often it is told that it was not yet. */
  intervalSeconds?: number
  pendingPolls?: number
}): Promise<PowerAppsSandbox> {
  const { log, now = () => new Date(), port = 0, intervalSeconds = 1, pendingPolls = 1 } = options
  const environments = [
    { name: `Default-${randomUUID()}`, displayName: 'Contoso (default)' },
    { name: randomUUID(), displayName: 'Referrals' }
  ]
  const place = (): string => url
  const signIn = signInSandbox({ now, intervalSeconds, pendingPolls, place })
  const storage = blobStorage({ place })
  const connectors = connectorRegistry({
    storage,
    now,
    environments: environments.map(({ name }) => name),
    creator: { id: signIn.oid, displayName: 'Alex Maker' }
  })
  const answers = nextAnswers()
  let received: ReceivedRequest[] = []

  const app = Fastify({ forceCloseConnections: true, bodyLimit: 8 * 1024 * 1024 })
  app.register(answers.plugin)
  app.register(requestLogPlugin(log, 'power-apps'))
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addHook('preValidation', async request => {
    if (!isSteering(request.url)) received = [...received, asReceived(request)].slice(-maxKept)
  })
  app.setErrorHandler(async (error: Error, _request, reply) => {
    if (!(error instanceof ProviderError)) throw error
    return reply.code(error.status).send(error.body())
  })
  signIn.routes(app)
  storage.routes(app)

  const base = '/providers/Microsoft.PowerApps'
  app.get('/providers/Microsoft.ProcessSimple/environments', async request => {
    caller(request)
    return {
      value: environments.map(({ name, displayName }) => ({ name, id: `${base}/environments/${name}`, properties: { displayName } }))
    }
  })
  app.get(`${base}/apis`, async request => connectors.list(environmentOf(request)))
  app.post(`${base}/apis`, async (request, reply) => reply.code(201).send(connectors.create(environmentOf(request), request.body)))
  app.get<{ Params: { name: string } }>(`${base}/apis/:name`, async request => connectors.read(environmentOf(request), request.params.name))
  app.patch<{ Params: { name: string } }>(`${base}/apis/:name`, async request =>
    connectors.update(environmentOf(request), request.params.name, request.body)
  )
  app.post(`${base}/objectIds/:oid/validateApiSwagger`, async (request, reply) => {
    caller(request)
    const isCertification = (request.query as Record<string, string>).enableConnectorCertificationRules === 'true'
    const findings = definitionFindings(request.body, { isCertification })
    // Without the rules of certification only what cannot be imported is refused, and then the whole request.
    const error = findings.find(line => line.startsWith('Error'))
    if (!isCertification && error !== undefined) throw new ProviderError(400, 'InvalidOpenApiDefinition', error)
    if (findings.length === 0) return reply.send('')
    return reply.type('application/json').send(JSON.stringify(findings.join('\r\n')))
  })
  app.post(`${base}/objectIds/:oid/generateResourceStorage`, async request => {
    caller(request)
    knownEnvironment(String(objectAt(request.body, 'environment').name))
    return { sharedAccessSignature: storage.newContainer() }
  })

  const url = await app.listen({ host: '127.0.0.1', port })

  /** @throws ProviderError 401; 400 without a version; 403 in somebody else's name */
  function caller(request: FastifyRequest): void {
    const oid = signIn.check(request.headers.authorization)
    if ((request.query as Record<string, string>)['api-version'] !== '2016-11-01')
      throw new ProviderError(
        400,
        'MissingApiVersionParameter',
        'The api-version query parameter (?api-version=) is required for all requests.'
      )
    const asked = (request.params as { oid?: string }).oid
    if (asked !== undefined && asked !== oid)
      throw new ProviderError(403, 'AuthorizationFailed', 'The object id is not that of the caller.')
  }

  function environmentOf(request: FastifyRequest): string {
    caller(request)
    const [, name] = /^environment eq '([^']+)'$/.exec((request.query as Record<string, string>).$filter ?? '') ?? []
    if (name === undefined) throw new ProviderError(400, 'InvalidFilter', 'The filter must name an environment.')
    return knownEnvironment(name)
  }

  function knownEnvironment(name: string): string {
    if (environments.some(environment => environment.name === name)) return name
    throw new ProviderError(404, 'EnvironmentNotFound', `The environment '${name}' could not be found in the tenant.`)
  }

  const { routes: _routes, check: _check, ...person } = signIn
  return {
    url,
    settings: { environment: environments[1]?.name ?? '', powerAppsUrl: url, flowUrl: url, authorityUrl: `${url}/` },
    environments,
    signIn: person,
    connectors: connectors.all,
    storage,
    received: () => [...received],
    nextAnswers: answers,
    close: () => app.close()
  }
}

/** The token is left out, and the body of a file is told by its length. */
function asReceived({ method, url, headers, body }: FastifyRequest): ReceivedRequest {
  const { authorization, ...rest } = headers
  const plain = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, [value].flat().join(', ')]))
  return {
    method,
    url,
    headers: { ...plain, ...(authorization !== undefined && { authorization: `${authorization.split(' ')[0]} ***` }) },
    body: Buffer.isBuffer(body) ? `${body.length} bytes` : body
  }
}
