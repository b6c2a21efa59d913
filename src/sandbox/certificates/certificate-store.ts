import type { Server } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { type NextAnswers, nextAnswers } from '../next-answer.ts'
import { type RequestLog, requestLogPlugin } from '../request-log.ts'
import { type Leaf, type NewKeys, type SigningChain, signerName, signingChain, tlsCertificate } from './certificate-authority.ts'
import { pemOf } from './issue-certificate.ts'

const account = '3psostorageacct.blob.core.windows.net'
/** Anybody may open an account beside it. */
const foreignAccount = 'sandboxattacker.blob.core.windows.net'
const issuerHosts = ['www.microsoft.com', 'caissuers.microsoft.com', 'cacerts.digicert.com']
const path = `/cert/${signerName}.cer`

export type CertificateFormat = 'der' | 'pem' | 'base64'

/** What a callback is signed with, and what its certificate URL is. */
export interface Signer {
  privateKey: Leaf['privateKey']
  certificateUrl: string
}

export interface CertificateStore {
  /** The root that the service is to trust for callbacks, and the one for the store's TLS; both PEM. */
  root: string
  tlsRoot: string
  /** `host=127.0.0.1:port` for every host that stands in the certificates and callbacks: all of them are here. */
  connectTo: string[]
  /** Partner Center's own signer; its certificate is what the store serves. */
  signer(): Signer
  /** An attacker's signer, of the same names under keys of its own. From now on store and issuers serve the attacker's certificates. */
  forgedSigner(): Promise<Signer>
  /** An attacker's signer whose certificate is in the attacker's own account of the same cloud. */
  foreignSigner(): Promise<Signer>
  /** Puts Partner Center's own certificates back. */
  restore(): void
  /** A new key and certificate under the same address, as at a renewal. */
  renew(): Promise<void>
  /** How the store gives the certificate: binary, or text, or text without the lines around it. */
  setFormat(format: CertificateFormat): void
  /** The hosts of the certificates: `next` makes the next download wrong. */
  nextAnswers: NextAnswers
  /** The hosts of the issuers' certificates. */
  issuerAnswers: NextAnswers
  chain: SigningChain
  close(): Promise<void>
}

/** The blob storage account that signing certificates are downloaded from, over TLS, and the plain http hosts of their issuers. */
export async function startCertificateStore({
  log,
  now,
  newKeys
}: {
  log: RequestLog
  now: () => Date
  newKeys?: NewKeys | undefined
}): Promise<CertificateStore> {
  const newChain = (): Promise<SigningChain> => signingChain({ now: now(), ...(newKeys && { newKeys }) })
  const [chain, tls] = await Promise.all([newChain(), tlsCertificate(['*.blob.core.windows.net'], newKeys)])
  const answers = nextAnswers()
  const issuerAnswers = nextAnswers()
  let format: CertificateFormat = 'der'
  let leaf = chain.leaf
  let attacker: Promise<SigningChain> | undefined
  /** By the attacker's hand: what store and issuers serve instead. */
  let forged: SigningChain | undefined
  const accounts = new Map<string, () => Buffer>([[account, () => forged?.leaf.certificate ?? leaf.certificate]])

  const store = Fastify({
    forceCloseConnections: true,
    serverFactory: handler =>
      createServer({ key: tls.privateKey.export({ type: 'pkcs8', format: 'pem' }), cert: pemOf(tls.certificate) }, handler) as Server
  })
  store.register(answers.plugin)
  store.register(requestLogPlugin(log, 'certificate-store'))
  // Blob storage answers what it has not with XML.
  store.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).type('application/xml').send('<?xml version="1.0" encoding="utf-8"?><Error><Code>ResourceNotFound</Code></Error>')
  )
  store.get(path, async (request, reply) => {
    const certificate = accounts.get(request.hostname)
    if (certificate === undefined) return reply.callNotFound()
    return reply.type('application/octet-stream').send(written(certificate(), format))
  })

  const issuers = Fastify({ forceCloseConnections: true })
  issuers.register(issuerAnswers.plugin)
  issuers.register(requestLogPlugin(log, 'certificate-issuers'))
  issuers.get('/*', async (request, reply) => {
    const found = (forged ?? chain).issuers[`http://${request.hostname}${request.url}`]
    return found === undefined ? reply.callNotFound() : reply.type('application/pkix-cert').send(found)
  })

  await Promise.all([store, issuers].map(app => app.listen({ host: '127.0.0.1', port: 0 })))
  const at = (app: FastifyInstance): string => `127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const attackerChain = (): Promise<SigningChain> => {
    attacker ??= newChain()
    return attacker
  }

  return {
    root: pemOf(chain.root),
    tlsRoot: pemOf(tls.root),
    connectTo: [...[account, foreignAccount].map(host => `${host}=${at(store)}`), ...issuerHosts.map(host => `${host}=${at(issuers)}`)],
    signer: () => ({ privateKey: leaf.privateKey, certificateUrl: `https://${account}${path}` }),
    async forgedSigner() {
      forged = await attackerChain()
      return { privateKey: forged.leaf.privateKey, certificateUrl: `https://${account}${path}` }
    },
    async foreignSigner() {
      const { leaf: own } = await attackerChain()
      accounts.set(foreignAccount, () => own.certificate)
      return { privateKey: own.privateKey, certificateUrl: `https://${foreignAccount}${path}` }
    },
    restore() {
      forged = undefined
    },
    async renew() {
      leaf = await chain.renew()
    },
    setFormat(wanted) {
      format = wanted
    },
    nextAnswers: answers,
    issuerAnswers,
    chain,
    close: async () => void (await Promise.all([store.close(), issuers.close()]))
  }
}

const written = (certificate: Buffer, format: CertificateFormat): Buffer | string =>
  format === 'der' ? certificate : format === 'pem' ? pemOf(certificate) : certificate.toString('base64')
