/** What the certificate store, or somebody in its place, can answer when it is asked for the certificate of a callback. */
import type { RequestListener, ServerResponse } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { pem } from '../../fixtures/der.ts'
import { genuine } from '../genuine-pki.ts'
import type { Acceptance, HostileCase, Refusal } from '../hostile-case.ts'
import { offer, pkcs7, storeHost } from '../hostile-pki.ts'
import type { FileAnswer } from '../served-files.ts'
import { deadlineStories } from './downloads/deadlines.ts'
import { lookupStories } from './downloads/lookups.ts'
import { tlsStories } from './downloads/tls.ts'

const { der } = genuine.signer
const text = pem(der)
const base64 = der.toString('base64')
const byteOrderMark = '\ufeff'
const limit = 16 * 1024

const failing =
  (status: number, code: Refusal['code']) =>
  (what: string, answer: FileAnswer): Refusal => ({
    what,
    status,
    code,
    downloads: { [storeHost]: 1 },
    break(request, stage) {
      offer(stage, answer)
      return request
    }
  })
/** Both are to be tried again: nothing has been proven, neither that the callback is genuine nor that it is forged. */
const unreachable = failing(503, 'CERTIFICATE_UNREACHABLE')
const unreadable = failing(503, 'CERTIFICATE_UNREADABLE')
const malformed = failing(401, 'CERTIFICATE_MALFORMED')

const accepted = (what: string, answer: FileAnswer): Acceptance => ({
  what,
  bend(request, stage) {
    offer(stage, answer)
    return request
  }
})

const answering =
  (status: number, body: Uint8Array | string = '', headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body)

/** An answer written byte for byte. */
const raw =
  (...parts: (Uint8Array | string)[]): RequestListener =>
  (_request, { socket }) =>
    void socket?.end(Buffer.concat(parts.map(part => Buffer.from(part))))

/** Writes for as long as somebody reads. */
function pour(response: ServerResponse): void {
  const write = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(1024, 'A')));
    response.once('drain', write)
  }
  write()
}

export const cases: HostileCase[] = [
  {
    subject: 'a certificate store that answers with another status',
    variants: [
      unreachable('404', answering(404, '<Error/>')),
      unreachable('404, with the certificate', answering(404, der)),
      unreachable('403', answering(403)),
      unreachable('410', answering(410)),
      unreachable('429', answering(429, '', { 'retry-after': '86400' })),
      unreachable('500', answering(500)),
      unreachable('500 and 10 MB', answering(500, Buffer.alloc(10 * 1024 * 1024))),
      unreachable('503', answering(503)),
      unreachable('201, with the certificate', answering(201, der)),
      unreachable('204', answering(204)),
      unreachable('206, with the certificate', answering(206, der)),
      unreachable('304', answering(304)),
      unreachable('401 and a demand to sign in', answering(401, '', { 'www-authenticate': 'Basic realm="store"' })),
      unreachable('407', answering(407))
    ]
  },
  {
    subject: 'a page in place of the certificate, with status 200',
    variants: [
      unreadable('HTML', '<!DOCTYPE html><html><body>Blocked by your proxy</body></html>'),
      unreadable('JSON', '{"error":{"code":"AuthorizationFailure"}}'),
      unreadable('XML', '<?xml version="1.0"?><Error><Code>BlobNotFound</Code></Error>'),
      unreadable('nothing', ''),
      unreadable('blanks', ' \r\n\t'),
      unreadable('a page with the certificate in it', `<pre>${text}</pre>`),
      unreadable('NULs', Buffer.alloc(1000)),
      unreadable('nothing but the start of a sequence', Buffer.from([0x30, 0x82]))
    ]
  },
  {
    subject: 'an answer that is too large, or has no end',
    variants: [
      unreadable('one byte more than allowed', text.padEnd(limit + 1, '\n')),
      unreadable('10 MB', Buffer.alloc(10 * 1024 * 1024)),
      unreadable('10 MB in pieces', (_request, response) => {
        for (let piece = 0; piece < 160; piece++) response.write(Buffer.alloc(64 * 1024))
        response.end()
      }),
      unreadable('without end', (_request, response) => pour(response)),
      unreadable('10 GB, as it says', raw('HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n', Buffer.alloc(32 * 1024))),
      unreachable('headers of 1 MB', raw('HTTP/1.1 200 OK\r\n', `X-A: ${'a'.repeat(1024 * 1024)}\r\n`, 'Content-Length: 0\r\n\r\n')),
      unreachable('headers without end', (_request, { socket }) => {
        const write = (): void => {
          while (socket && !socket.destroyed && socket.write('X-Header: more\r\n'));
          socket?.once('drain', write)
        }
        socket?.write('HTTP/1.1 200 OK\r\n')
        write()
      }),
      accepted('exactly as much as allowed', text.padEnd(limit, '\n'))
    ]
  },
  {
    subject: 'an answer of another length than it says',
    variants: [
      unreachable('more is announced than comes', raw(`HTTP/1.1 200 OK\r\nContent-Length: ${der.length + 1}\r\n\r\n`, der)),
      unreadable('less is announced than comes', raw(`HTTP/1.1 200 OK\r\nContent-Length: ${der.length - 1}\r\n\r\n`, der)),
      unreachable('a length below zero', raw('HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', der)),
      unreachable('two lengths', raw(`HTTP/1.1 200 OK\r\nContent-Length: ${der.length}\r\nContent-Length: 1\r\n\r\n`, der)),
      unreachable('a last chunk that is missing', raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n', der.subarray(0, 16))),
      unreachable('a chunk of a length that is no number', raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', der)),
      unreachable('no HTTP', raw('SSH-2.0-OpenSSH_9.6\r\n'))
    ]
  },
  {
    subject: 'a connection that breaks',
    variants: [
      unreachable('before the answer', ({ socket }) => void socket.destroy()),
      unreachable('within the headers', raw('HTTP/1.1 200 OK\r\nContent-Le')),
      unreachable('within the certificate', (_request, response) => {
        response.writeHead(200, { 'content-length': der.length })
        response.write(der.subarray(0, 200), () => response.destroy())
      }),
      unreachable('within the certificate, by a reset', (_request, response) => {
        response.writeHead(200, { 'content-length': der.length })
        response.write(der.subarray(0, 200), () => response.socket?.destroy(new Error('reset')))
      }),
      unreachable('for another protocol', raw('HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n'))
    ]
  },
  {
    subject: 'a compressed answer',
    variants: [
      unreadable('the certificate as gzip', answering(200, gzipSync(der), { 'content-encoding': 'gzip' })),
      unreadable('the certificate as Brotli', answering(200, brotliCompressSync(der), { 'content-encoding': 'br' })),
      unreadable('the certificate as deflate', answering(200, deflateSync(der), { 'content-encoding': 'deflate' })),
      unreadable('a bomb of 10 kB that holds 10 MB', (request, response) =>
        answering(200, gzipSync(Buffer.alloc(10 * 1024 * 1024)), { 'content-encoding': 'gzip' })(request, response)
      ),
      unreadable('compressed twice, as it says', answering(200, der, { 'content-encoding': 'gzip, gzip' })),
      unreadable('gzip without a word', answering(200, gzipSync(der))),
      accepted('«identity», which is none', answering(200, der, { 'content-encoding': 'identity' }))
    ]
  },
  {
    subject: 'something beside the certificate',
    variants: [
      unreadable('DER and one byte', Buffer.concat([der, Buffer.from([0])])),
      unreadable('DER and a line end', Buffer.concat([der, Buffer.from('\n')])),
      unreadable('DER twice', Buffer.concat([der, der])),
      unreadable('DER behind a byte order mark', Buffer.concat([Buffer.from(byteOrderMark), der])),
      unreadable('DER cut short', der.subarray(0, -1)),
      unreadable('the certificate twice as PEM', text + text),
      unreadable("the certificate and its issuer's as PEM", text + pem(genuine.issuing.der)),
      unreadable("its issuer's first", pem(genuine.issuing.der) + text),
      unreadable('PEM and text behind it', `${text}and so on`),
      unreadable('PEM and attributes before it', `Bag Attributes\n    friendlyName: x\n${text}`),
      unreadable('PEM of DER and one byte', pem(Buffer.concat([der, Buffer.from([0])]))),
      unreadable('base64 and junk', `${base64}!!!!`),
      unreadable('base64 of two', Buffer.concat([der, der]).toString('base64'))
    ]
  },
  {
    subject: 'a file that holds no certificate',
    variants: [
      unreadable('a private key', genuine.signer.keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
      unreadable('the certificate and its private key', text + genuine.signer.keys.privateKey.export({ type: 'pkcs8', format: 'pem' })),
      unreadable('a public key as PEM', genuine.signer.keys.publicKey.export({ type: 'spki', format: 'pem' }).toString()),
      unreadable('PEM under another label', pem(der, 'TRUSTED CERTIFICATE')),
      unreadable('PKCS #7 as PEM', pem(pkcs7(der), 'PKCS7')),
      unreadable('base64 of the URL alphabet', der.toString('base64url')),
      unreadable('hex', der.toString('hex')),
      unreadable('UTF-16', Buffer.from(byteOrderMark + text, 'utf16le')),
      malformed('PKCS #7 as DER', pkcs7(der)),
      malformed('a public key as DER', genuine.signer.keys.publicKey.export({ type: 'spki', format: 'der' })),
      malformed('an empty sequence', Buffer.from([0x30, 0]))
    ]
  },
  {
    subject: 'the certificate in a form that is not known to be used, but may be',
    variants: [
      accepted('PEM', text),
      accepted('PEM with CR LF', text.replaceAll('\n', '\r\n')),
      accepted('PEM behind a byte order mark and blanks', `${byteOrderMark}\r\n ${text}\n\n`),
      accepted('bare base64', base64),
      accepted('bare base64 behind a byte order mark, in lines', `${byteOrderMark}${base64.replace(/.{76}/g, '$&\r\n')}\r\n`),
      accepted('under any content type', answering(200, der, { 'content-type': 'text/html' })),
      accepted('in chunks of one byte', (_request, response) => {
        for (const byte of der) response.write(Buffer.from([byte]))
        response.end()
      }),
      accepted('behind early hints', (_request, response) => {
        response.writeEarlyHints({ link: '</style.css>; rel=preload' })
        response.end(der)
      })
    ]
  },
  { subject: 'a certificate store that keeps one waiting', variants: deadlineStories },
  { subject: 'a server that cannot prove to be the certificate store', variants: tlsStories },
  { subject: 'a name that leads to a private address', variants: lookupStories }
]
