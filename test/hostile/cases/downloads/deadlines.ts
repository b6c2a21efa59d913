/** One deadline counts for the whole download, however it is filled. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { Test } from 'tap'
import { certificateSource } from '../../../../src/callback/certificate-source.ts'
import { certificateDownload } from '../../../../src/callback/download.ts'
import { verifyCallback } from '../../../../src/callback/verify-callback.ts'
import { at, microsoft, signerNames } from '../../../fixtures/certificates.ts'
import { pem } from '../../../fixtures/der.ts'
import { certificateHosts, certificateUrl } from '../../../fixtures/signed-callback.ts'
import { genuine, serverTls, tlsRoot } from '../../genuine-pki.ts'
import type { Story } from '../../hostile-case.ts'
import { storeHost } from '../../hostile-pki.ts'
import { type FileAnswer, servedFiles } from '../../served-files.ts'
import { hostileStage, signedRequest } from '../../stage.ts'

/** A deadline that a test can wait for, and one that nobody comes near to. */
const shortMs = 250
const longMs = 60_000

/** What the verifier says of a valid callback while the store is at this address. */
async function outcomeWith(address: string, timeoutMs: number): Promise<{ code?: unknown; retryAfterMs?: unknown } | 'proven'> {
  const certificates = certificateSource({
    roots: [pem(genuine.root.der)],
    intermediates: [genuine.issuing.der],
    organization: microsoft,
    issuerOrganization: microsoft,
    names: signerNames,
    issuerHosts: [],
    now: () => at,
    download: certificateDownload({ connectTo: { [storeHost]: address }, tlsRoots: [pem(tlsRoot.der)], timeoutMs })
  })
  const { headers, body } = signedRequest()
  const proof = verifyCallback({ headers: Object.fromEntries(headers), body }, { certificates, hosts: certificateHosts })
  return await proof.then(
    () => 'proven' as const,
    (error: object) => error
  )
}

const timely = async (t: Test, address: string): Promise<void> => {
  const started = performance.now()
  t.match(await outcomeWith(address, shortMs), { code: 'CERTIFICATE_UNREACHABLE', message: /in time/, retryAfterMs: 30_000 })
  t.ok(performance.now() - started < 20 * shortMs, 'and not long after its deadline')
}

const slow = (what: string, answer: FileAnswer): Story => ({
  what,
  async story(t) {
    const store = await servedFiles(t, serverTls([storeHost]))
    store.serve(certificateUrl, genuine.signer.der)
    t.equal(await outcomeWith(store.address, longMs), 'proven', 'a store that answers is believed')
    store.serve(certificateUrl, answer)
    await timely(t, store.address)
  }
})

/** A byte every 20 ms, for as long as somebody listens: each of them in good time. */
const dripping =
  (start: (send: (bytes: Uint8Array) => void) => Uint8Array): FileAnswer =>
  (_request, { socket }) => {
    if (!socket) return
    const bytes = start(part => void socket.write(part))
    let next = 0
    const timer = setInterval(() => void socket.write(bytes.subarray(next, ++next)), 20)
    socket.on('close', () => clearInterval(timer))
  }

const head = `HTTP/1.1 200 OK\r\nContent-Length: ${genuine.signer.der.length}\r\n\r\n`

export const deadlineStories: Story[] = [
  slow('that never answers', () => undefined),
  slow('that never goes on after the headers', (_request, response) => void response.writeHead(200).flushHeaders()),
  slow('that never goes on within the certificate', (_request, response) => {
    response.writeHead(200, { 'content-length': genuine.signer.der.length })
    response.write(genuine.signer.der.subarray(0, -1))
  }),
  slow(
    'that sends the headers byte by byte',
    dripping(() => Buffer.from(head))
  ),
  slow(
    'that sends the certificate byte by byte',
    dripping(send => {
      send(Buffer.from(head))
      return genuine.signer.der
    })
  ),
  slow(
    'that sends one hint after the other',
    dripping(() => Buffer.from('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000)))
  ),
  {
    what: 'that never begins with TLS',
    async story(t) {
      const server = createServer(socket => void socket.on('error', () => undefined)).listen(0, '127.0.0.1')
      await once(server, 'listening')
      t.teardown(() => server.close())
      await timely(t, `127.0.0.1:${(server.address() as AddressInfo).port}`)
    }
  },
  {
    what: 'before the service itself, which answers after its own five seconds and serves others meanwhile',
    async story(t) {
      const stage = await hostileStage(t)
      stage.files.serve(certificateUrl, () => undefined)
      const started = performance.now()
      const refusal = stage.refuses(t, stage.valid(), { status: 503, code: 'CERTIFICATE_UNREACHABLE', downloads: { [storeHost]: 1 } })
      t.equal((await fetch(`${stage.url()}/healthz`)).status, 200)
      await refusal
      t.ok(performance.now() - started < 15_000)
      stage.restore()
      stage.pass(60_000)
      await stage.accepts(t, stage.valid())
    }
  }
]
