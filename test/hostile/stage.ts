import { randomUUID, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { Test } from 'tap'
import { openService, type Service } from '../../src/compose.ts'
import { readConfig } from '../../src/config.ts'
import { listen } from '../../src/http/listen.ts'
import { serviceLog } from '../../src/log.ts'
import { at, type Issued } from '../fixtures/certificates.ts'
import { pem } from '../fixtures/der.ts'
import type { Scope } from '../fixtures/local-server.ts'
import { certificateUrl } from '../fixtures/signed-callback.ts'
import { storeKey } from '../fixtures/stores.ts'
import { type Effects, type LogLine, readCounters, rowReader } from './effects.ts'
import { type Answer, exchange, type SignedRequest } from './exchange.ts'
import { genuine, issuingUrl, serverTls, tlsRoot } from './genuine-pki.ts'
import type { Refused } from './hostile-case.ts'
import { provesAcceptance, provesRefusal } from './proofs.ts'
import { type ServedFiles, servedFiles } from './served-files.ts'

export type { Answer, SignedRequest } from './exchange.ts'

const storeHost = '3psostorageacct.blob.core.windows.net'
/** Anybody can open an account beside Partner Center's; it is here, so that a download from it would be seen. */
const foreignHost = 'attacker.blob.core.windows.net'
const issuerHosts = ['www.microsoft.com', 'caissuers.microsoft.com', 'cacerts.digicert.com']

/** What a valid request is made of. */
export interface RequestParts {
  /** The event; a new referral's unless told. */
  body?: Buffer
  signer?: Issued
  certificateUrl?: string
}

/** The service as it is, on a socket of its own, among hostile callers, a hostile certificate store and hostile issuers. */
export interface HostileStage {
  /** A request that the service accepts, about a referral that it has not heard of. */
  valid(parts?: RequestParts): SignedRequest
  send(request: SignedRequest, path?: string): Promise<Answer>
  /** The certificate store, over TLS. */
  files: ServedFiles
  /** The hosts of issuers' certificates, over plain http. */
  issuers: ServedFiles
  pki: typeof genuine
  effects(): Promise<Effects>
  /** The answer is this one, as problem details, and nothing came of the request but a log line, a counter and so many downloads. */
  refuses(t: Test, request: SignedRequest, expected: Refused & { what?: string }): Promise<void>
  /** Both doors let it in, and the receiver stores it with one job. */
  accepts(t: Test, request: SignedRequest, what?: string): Promise<void>
  /** Moves the clock. */
  pass(ms: number): void
  /** Store and issuers serve what is genuine again. */
  restore(): void
  /** Ends the service and starts another one on the same data. */
  restart(): Promise<void>
  service(): Service
  /** Where the service listens. */
  url(): string
}

export interface StageOptions {
  env?: Record<string, string>
  /** The moment at which the clock stands. */
  now?: Date
  /** Further hosts that lead to the certificate store, as if the DNS said so. */
  hosts?: readonly string[]
}

/** Nobody works on what is queued: a job that a request leaves behind is there to be seen. */
export async function hostileStage(t: Scope, { env = {}, now = at, hosts = [] }: StageOptions = {}): Promise<HostileStage> {
  const folder = mkdtempSync(join(tmpdir(), 'referral-hostile-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const storeHosts = [storeHost, foreignHost, ...hosts]
  const files = await servedFiles(t, serverTls(storeHosts))
  const issuers = await servedFiles(t)
  const clock = { now: now.getTime() }
  const log = memoryLog()
  const config = readConfig({
    PORT: '0',
    DATA_DIR: folder,
    ENCRYPTION_KEY: storeKey.toString('base64'),
    LOG_LEVEL: 'debug',
    CALLBACKS_PER_MINUTE: '10000000',
    RATE_LIMIT_PER_MINUTE: '1000000',
    CALLBACK_ROOTS: pem(genuine.root.der),
    TLS_ROOTS: pem(tlsRoot.der),
    CONNECT_TO: [...storeHosts.map(host => `${host}=${files.address}`), ...issuerHosts.map(host => `${host}=${issuers.address}`)].join(),
    ...env
  })

  async function start() {
    const service = await openService(config, { now: () => new Date(clock.now), log: serviceLog('debug', log.destination) })
    return { service, url: await listen(service.app, config.http) }
  }
  let running = await start()
  t.teardown(() => running.service.close())
  const { key } = await running.service.store.apiKeys.create('the test')
  const readRows = rowReader(t, folder)

  const stage: HostileStage = {
    valid: signedRequest,
    async send(request, path = '/callbacks') {
      const answer = await exchange(running.url, path, request)
      const id = answer.headers['x-request-id']
      // The service counts and logs once its answer has gone out.
      while (id !== undefined && !log.answered.has(id)) await new Promise(resolve => setImmediate(resolve))
      return answer
    },
    files,
    issuers,
    pki: genuine,
    async effects() {
      const metrics = await fetch(`${running.url}/v1/metrics`, { headers: { 'x-api-key': key } })
      return {
        rows: readRows(),
        downloads: [...files.requests(), ...issuers.requests()],
        counters: readCounters(await metrics.text()),
        log: [...log.lines]
      }
    },
    refuses: (t, request, expected) => provesRefusal(t, stage, request, expected),
    accepts: (t, request, what) => provesAcceptance(t, stage, request, what),
    pass: ms => {
      clock.now += ms
    },
    restore() {
      files.serve(certificateUrl, genuine.signer.der)
      issuers.serve(issuingUrl, genuine.issuing.der)
    },
    async restart() {
      await running.service.close()
      running = await start()
    },
    service: () => running.service,
    url: () => running.url
  }
  stage.restore()
  return stage
}

/** The signer is accepted, and the one renewal that a signature which does not fit may cause is used up. */
export async function makeKnown(stage: HostileStage): Promise<void> {
  await stage.send(stage.valid())
  await stage.send({ ...stage.valid(), body: newEvent() })
}

/** A callback as Partner Center sends it. */
export function signedRequest({
  body = newEvent(),
  signer = genuine.signer,
  certificateUrl: url = certificateUrl
}: RequestParts = {}): SignedRequest {
  return {
    headers: [
      ['Content-Type', 'application/json'],
      ['Authorization', `Signature ${sign('sha256', body, signer.keys.privateKey).toString('base64')}`],
      ['X-MS-Certificate-Url', url],
      ['X-MS-Signature-Algorithm', 'rsa-sha256']
    ],
    body
  }
}

/** The event of a referral that nobody has heard of, compact and in the order in which Partner Center writes it. */
export function newEvent(fields: Record<string, unknown> = {}): Buffer {
  return Buffer.from(
    JSON.stringify({
      EventName: 'referral-created',
      ResourceUri: `https://api.partnercenter.microsoft.com/engagements/v1/referrals/${randomUUID()}`,
      ResourceName: 'referral',
      AuditUri: null,
      ResourceChangeUtcDate: '2026-03-10T18:31:39.5485487+00:00',
      ...fields
    })
  )
}

/** What the service logs, but for the reading of its metrics. */
function memoryLog() {
  const lines: LogLine[] = []
  const answered = new Set<string>()
  const destination = new Writable({
    write(chunk, _encoding, done) {
      const line = JSON.parse(String(chunk)) as LogLine & { route?: string }
      if (line.route !== '/v1/metrics') lines.push(line)
      if (line.msg === 'answered' && line.requestId !== undefined) answered.add(line.requestId)
      done()
    }
  })
  return { lines, answered, destination }
}
