import { once } from 'node:events'
import { createServer as httpServer, type RequestListener } from 'node:http'
import { createServer as httpsServer } from 'node:https'
import { type AddressInfo, type Server, type Socket, createServer as tcpServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { certificateDownload, type DownloadOptions } from '../../src/callback/download.ts'
import { Failure } from '../../src/failure.ts'
import { isPublicAddress } from '../../src/public-address.ts'
import { alternativeNames, authority, dns, ecKeys, endEntity } from '../fixtures/certificates.ts'
import { pem } from '../fixtures/der.ts'

const host = '3psostorageacct.blob.core.windows.net'
const path = '/cert/pcnotifications-dispatch.microsoft.com.cer'
const url = `https://${host}${path}`
const content = Buffer.from('a certificate, as far as a download can tell')

/** Certificates of a server are judged by the real clock. */
const validity = { notBefore: new Date(Date.now() - 3600_000), notAfter: new Date(Date.now() + 3600_000) }
const tlsRoot = authority(validity)
const serverKeys = ecKeys()
const serverCertificate = (name: string, template = {}) =>
  pem(endEntity({ issuer: tlsRoot, keys: serverKeys, ...validity, extensions: { san: alternativeNames([dns(name)]) }, ...template }).der)
const key = serverKeys.privateKey.export({ type: 'pkcs8', format: 'pem' })

type Scope = { teardown(close: () => unknown): unknown }

async function listening(t: Scope, server: Server): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A download from a certificate store of our own, over real TLS. */
async function store(
  t: Scope,
  answer: RequestListener,
  { cert = serverCertificate(host), ...options }: DownloadOptions & { cert?: string } = {}
) {
  const requests: string[] = []
  const server = httpsServer({ key, cert }, (request, response) => {
    requests.push(`${request.headers.host}${request.url}`)
    answer(request, response)
  })
  server.on('tlsClientError', () => undefined)
  const address = await listening(t, server)
  const download = certificateDownload({ connectTo: { [host]: address }, tlsRoots: [pem(tlsRoot.der)], ...options })
  return { download, requests, server }
}

const failure = (promise: Promise<unknown>): Promise<Failure> =>
  promise.then(
    () => new Failure('INTERNAL', 'It was downloaded.'),
    error => (error instanceof Failure ? error : Promise.reject(error))
  )

t.test('a file is downloaded over TLS from where the host is to be found', async t => {
  const { download, requests } = await store(t, (_request, response) => void response.end(content))
  t.same(await download(url), content)
  t.same(requests, [`${host}${path}`], 'host and path are those of the URL')
})

t.test('an issuer is downloaded over plain http', async t => {
  const address = await listening(
    t,
    httpServer((_request, response) => void response.end(content))
  )
  t.same(await certificateDownload({ connectTo: { 'www.microsoft.com': address } })('http://www.microsoft.com/pkiops/certs/a.crt'), content)
})

t.test('an answer that is not the file fails with its own code, and soon', async t => {
  const large = Buffer.alloc(10 * 1024 * 1024)
  for (const [name, code, answer] of [
    ['404', 'CERTIFICATE_UNREACHABLE', (_request, response) => void response.writeHead(404).end('gone')],
    ['404 and a long page', 'CERTIFICATE_UNREACHABLE', (_request, response) => void response.writeHead(404).end(large)],
    ['500', 'CERTIFICATE_UNREACHABLE', (_request, response) => void response.writeHead(500).end()],
    ['204', 'CERTIFICATE_UNREACHABLE', (_request, response) => void response.writeHead(204).end()],
    ['206', 'CERTIFICATE_UNREACHABLE', (_request, response) => void response.writeHead(206).end(content)],
    [
      'a redirect to itself',
      'CERTIFICATE_UNREACHABLE',
      (request, response) => void response.writeHead(302, { location: String(request.url) }).end()
    ],
    [
      'a redirect to metadata',
      'CERTIFICATE_UNREACHABLE',
      (_request, response) => void response.writeHead(301, { location: 'http://169.254.169.254/' }).end()
    ],
    [
      'gzip',
      'CERTIFICATE_UNREADABLE',
      (_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(content))
    ],
    [
      'a gzip bomb',
      'CERTIFICATE_UNREADABLE',
      (_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(large))
    ],
    ['10 MB', 'CERTIFICATE_UNREADABLE', (_request, response) => void response.end(large)],
    ['16 kB and one byte', 'CERTIFICATE_UNREADABLE', (_request, response) => void response.end(Buffer.alloc(16 * 1024 + 1))],
    ['without end', 'CERTIFICATE_UNREADABLE', (_request, response) => pour(response)],
    ['less than announced', 'CERTIFICATE_UNREACHABLE', (_request, response) => cut(response)],
    ['cut at once', 'CERTIFICATE_UNREACHABLE', request => void request.socket.destroy()]
  ] as [string, string, RequestListener][]) {
    const { download, requests } = await store(t, answer)
    const started = performance.now()
    t.match(await failure(download(url)), { code }, name)
    t.equal(requests.length, 1, `${name}: asked once`)
    t.ok(performance.now() - started < 3000, `${name}: soon`)
  }
})

function pour(response: Parameters<RequestListener>[1]): void {
  const write = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(1024)));
    response.once('drain', write)
  }
  write()
}

function cut(response: Parameters<RequestListener>[1]): void {
  response.writeHead(200, { 'content-length': 1000 })
  response.write(content, () => response.destroy())
}

t.test('16 kB are still downloaded', async t => {
  const { download } = await store(t, (_request, response) => void response.end(Buffer.alloc(16 * 1024)))
  t.equal((await download(url)).length, 16 * 1024)
})

t.test('a slow answer ends at the deadline, however it is slow', async t => {
  const timeoutMs = 300
  const timely = async (name: string, promise: Promise<unknown>) => {
    const started = performance.now()
    t.match(await failure(promise), { code: 'CERTIFICATE_UNREACHABLE', message: /in time/ }, name)
    t.ok(performance.now() - started < 2000, `${name}: ${Math.round(performance.now() - started)} ms`)
  }
  const silent = await store(t, () => undefined, { timeoutMs })
  await timely('no answer', silent.download(url))
  const drip = await store(
    t,
    (_request, response) => {
      const timer = setInterval(() => response.write('x'), 50)
      response.on('close', () => clearInterval(timer))
    },
    { timeoutMs }
  )
  await timely('a byte now and then', drip.download(url))
  const mute = await listening(
    t,
    tcpServer(() => undefined)
  )
  await timely('no TLS', certificateDownload({ connectTo: { [host]: mute }, timeoutMs })(url))
  await timely('no answer of the DNS', certificateDownload({ lookup: () => undefined, timeoutMs })(url))
})

t.test('the store has to prove who it is', async t => {
  const answer: RequestListener = (_request, response) => void response.end(content)
  for (const [name, options] of [
    ['an unknown root', { tlsRoots: [] }],
    ['another name', { cert: serverCertificate('other.blob.core.windows.net') }],
    [
      'expired',
      { cert: serverCertificate(host, { notBefore: new Date(Date.now() - 7200_000), notAfter: new Date(Date.now() - 3600_000) }) }
    ]
  ] as const) {
    const { download, requests } = await store(t, answer, options)
    t.match(await failure(download(url)), { code: 'CERTIFICATE_UNREACHABLE' }, name)
    t.same(requests, [], `${name}: nothing was asked`)
  }
  const refusing = certificateDownload({ connectTo: { [host]: '127.0.0.1:1' } })
  t.match(await failure(refusing(url)), { code: 'CERTIFICATE_UNREACHABLE', message: /could not be reached/ }, 'nobody there')
})

t.test('no private address is connected to, whatever the DNS says', async t => {
  let connections = 0
  const server = tcpServer(socket => {
    connections += 1
    socket.destroy()
  })
  const address = await listening(t, server)
  const port = address.split(':')[1]
  const resolvingTo = (...addresses: string[]): DownloadOptions => ({
    lookup: (_name, _options, done) =>
      done(
        null,
        addresses.map(one => ({ address: one, family: one.includes(':') ? 6 : 4 }))
      )
  })
  for (const addresses of [
    ['127.0.0.1'],
    ['169.254.169.254'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['10.0.0.7'],
    ['93.184.215.14', '127.0.0.1'],
    ['fd00::1']
  ]) {
    const download = certificateDownload(resolvingTo(...addresses))
    t.match(
      await failure(download(`https://rebound.test:${port}/`)),
      { code: 'CERTIFICATE_UNREACHABLE', message: /private/ },
      addresses.join()
    )
  }
  for (const literal of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254'])
    t.match(await failure(certificateDownload()(`http://${literal}:${port}/`)), { message: /private/ }, literal)
  t.equal(connections, 0)
  const unknown = certificateDownload({ lookup: (_name, _options, done) => done(new Error('ENOTFOUND'), []) })
  t.match(await failure(unknown(url)), { code: 'CERTIFICATE_UNREACHABLE', message: /could not be reached/ })
})

t.test('public and private addresses are told apart', async t => {
  for (const address of ['20.60.0.1', '8.8.8.8', '172.32.0.1', '100.128.0.1', '192.169.0.1', '2603:1030::1', '2a00:1450:4001::1'])
    t.ok(isPublicAddress(address), address)
  for (const address of [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fe80::1',
    'ff02::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2001::1',
    'not an address',
    ''
  ])
    t.notOk(isPublicAddress(address), address)
})
