import { createServer as httpServer, type RequestListener } from 'node:http'
import { createServer as httpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Scope } from '../fixtures/local-server.ts'

/** Bytes to answer with status 200, or anything done by hand. */
export type FileAnswer = Uint8Array | string | RequestListener

/** A web server of files whose addresses are given in full, whichever host they are at. */
export interface ServedFiles {
  /** Where the server is, as `address:port`. */
  address: string
  /** From now on the URL answers so; all others with 404. */
  serve(url: string, answer: FileAnswer): void
  /** The URLs that were asked for, in order. */
  requests(): readonly string[]
  /** How many connections were made; more than requests when somebody left before asking. */
  connections(): number
}

/** Over https with `tls`, its key and certificate as PEM; otherwise over plain http. */
export async function servedFiles(t: Scope, tls?: { key: string; cert: string }): Promise<ServedFiles> {
  const answers = new Map<string, FileAnswer>()
  const requests: string[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const listener: RequestListener = (request, response) => {
    const url = `${tls ? 'https' : 'http'}://${request.headers.host}${request.url}`
    requests.push(url)
    const answer = answers.get(url)
    if (answer === undefined) response.writeHead(404).end('<Error><Code>ResourceNotFound</Code></Error>')
    else if (typeof answer === 'function') answer(request, response)
    else response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(answer)
  }
  const server = tls ? httpsServer(tls, listener) : httpServer(listener)
  server.on('tlsClientError', () => undefined)
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (url, answer) => void answers.set(url, answer),
    requests: () => requests,
    connections: () => connections
  }
}
