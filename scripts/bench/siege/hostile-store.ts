import { sign } from 'node:crypto'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { signerName, signingChain, tlsCertificate } from '../../../src/sandbox/certificates/certificate-authority.ts'
import { pemOf } from '../../../src/sandbox/certificates/issue-certificate.ts'

const host = '3psostorageacct.blob.core.windows.net'
const issuerHosts = ['www.microsoft.com', 'caissuers.microsoft.com', 'cacerts.digicert.com']

/** `drips`: a byte in a fifth of a second, so that no deadline for a silence ends it. `silent`: no answer at all. */
export type Mood = 'serves' | 'drips' | 'silent'

/** A certificate store and its issuers, with moods, and a memory of what was asked. */
export interface HostileStore {
  /** Settings that lead a service here. */
  settings: Record<string, string>
  certificateUrl: string
  /** The headers of a genuine callback with this body. */
  signed(body: string): Record<string, string>
  setMood(mood: Mood): void
  /** How often each URL was asked for since the last `forget`. */
  asked(): ReadonlyMap<string, number>
  forget(): void
  close(): Promise<void>
}

export async function startHostileStore(): Promise<HostileStore> {
  const [chain, tls] = await Promise.all([signingChain({ now: new Date() }), tlsCertificate(['*.blob.core.windows.net'])])
  const certificateUrl = `https://${host}/cert/${signerName}.cer`
  const files: Record<string, Buffer | undefined> = { ...chain.issuers, [certificateUrl]: chain.leaf.certificate }
  const asked = new Map<string, number>()
  const dripping = new Set<NodeJS.Timeout>()
  let mood: Mood = 'serves'

  const answer =
    (scheme: string): RequestListener =>
    (request, response) => {
      const url = `${scheme}://${request.headers.host}${request.url}`
      asked.set(url, (asked.get(url) ?? 0) + 1)
      const file = files[url]
      if (mood === 'drips') drip(file ?? Buffer.alloc(1000), response)
      else if (mood === 'serves') response.writeHead(file === undefined ? 404 : 200).end(file)
    }
  function drip(file: Buffer, response: ServerResponse): void {
    response.writeHead(200, { 'content-length': file.length })
    let sent = 0
    const timer = setInterval(() => response.write(file.subarray(sent, ++sent)), 200)
    dripping.add(timer)
    response.once('close', () => {
      clearInterval(timer)
      dripping.delete(timer)
    })
  }

  const store = createTlsServer(
    { key: tls.privateKey.export({ type: 'pkcs8', format: 'pem' }), cert: pemOf(tls.certificate) },
    answer('https')
  )
  const issuers = createServer(answer('http'))
  const servers = [store, issuers]
  await Promise.all(servers.map(server => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))))
  const at = (server: (typeof servers)[number]): string => `127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    settings: {
      CALLBACK_ROOTS: pemOf(chain.root),
      TLS_ROOTS: pemOf(tls.root),
      CONNECT_TO: [`${host}=${at(store)}`, ...issuerHosts.map(issuer => `${issuer}=${at(issuers)}`)].join(',')
    },
    certificateUrl,
    signed: body => ({
      'content-type': 'application/json',
      'x-ms-signature': `Signature ${sign('sha256', Buffer.from(body), chain.leaf.privateKey).toString('base64')}`,
      'x-ms-certificate-url': certificateUrl,
      'x-ms-signature-algorithm': 'rsa-sha256'
    }),
    setMood(wanted) {
      mood = wanted
    },
    asked: () => asked,
    forget: () => asked.clear(),
    async close() {
      for (const timer of dripping) clearInterval(timer)
      for (const server of servers) server.closeAllConnections()
      await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
    }
  }
}
