import { createServer } from 'node:https'
import Fastify, { type FastifyInstance } from 'fastify'
import { derOf, type SigningChain, serverCertificate } from './certificate-authority.ts'
import { type NextAnswers, nextAnswers } from './next-answer.ts'
import { type RequestLog, requestLogPlugin } from './request-log.ts'

export const storeHost = '3psostorageacct.blob.core.windows.net'
export const certificatePath = '/cert/pcnotifications-dispatch.microsoft.com.cer'
/** The plain-http hosts that the certificates name as their issuers' addresses. */
export const issuerHosts = ['www.microsoft.com', 'caissuers.microsoft.com', 'cacerts.digicert.com']

export interface CertificateStore {
  /** Where the service has to connect to for the hosts of the store and of the issuers, and whose TLS to believe. */
  connectTo: Record<string, string>
  tlsRoot: string
  /** The chain whose leaf is served; an attacker may swap it. */
  serve(chain: SigningChain): void
  /** How the certificate is written: which one Microsoft uses today is not documented. */
  setFormat(format: 'der' | 'pem' | 'base64'): void
  nextAnswers: NextAnswers
  issuerAnswers: NextAnswers
  close(): Promise<void>
}

/** The blob store that callbacks name, over real TLS, and the plain-http addresses of the issuing CAs' certificates. */
export async function startCertificateStore({
  log,
  now,
  chain
}: {
  log: RequestLog
  now: Date
  chain: SigningChain
}): Promise<CertificateStore> {
  const tls = await serverCertificate(now, [storeHost])
  const answers = nextAnswers()
  const issuerAnswers = nextAnswers()
  let served = chain
  let format: 'der' | 'pem' | 'base64' = 'der'

  const store = Fastify({
    forceCloseConnections: true,
    serverFactory: handler => createServer({ key: tls.key, cert: tls.certificate }, handler)
  })
  store.register(answers.plugin)
  store.register(requestLogPlugin(log, 'certificate-store'))
  store.get(certificatePath, async (_request, reply) => {
    const body = { der: () => derOf(served.leaf), pem: () => served.leaf, base64: () => derOf(served.leaf).toString('base64') }[format]()
    return reply.type('application/octet-stream').send(body)
  })

  const issuers = Fastify({ forceCloseConnections: true })
  issuers.register(issuerAnswers.plugin)
  issuers.register(requestLogPlugin(log, 'issuers'))
  issuers.get('/*', async (request, reply) => {
    const der = served.published.get(request.url)
    return der ? reply.type('application/pkix-cert').send(der) : reply.code(404).send()
  })

  const storeAddress = await listen(store)
  const issuerAddress = await listen(issuers)
  return {
    connectTo: Object.fromEntries([[storeHost, storeAddress], ...issuerHosts.map(host => [host, issuerAddress])]),
    tlsRoot: tls.root,
    serve(chain) {
      served = chain
    },
    setFormat(wanted) {
      format = wanted
    },
    nextAnswers: answers,
    issuerAnswers,
    async close() {
      await Promise.all([store.close(), issuers.close()])
    }
  }
}

async function listen(app: FastifyInstance): Promise<string> {
  return new URL(await app.listen({ host: '127.0.0.1', port: 0 })).host
}
