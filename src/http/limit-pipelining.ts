import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Clients that send on before the answer came are rare, and send a few. */
const maxUnderWay = 32

/**
 * Ends connections that have more requests under way than any client needs. Node takes up all requests of a packet at once, some 1,700 of the
 * shortest, and keeps their answers for as long as nobody reads them. So this stands before everything else.
 */
export function limitPipelining(server: Server): void {
  const count = Symbol('requests under way')
  const listeners = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[]
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    const socket: Socket & { [count]?: number } = request.socket
    const underWay = (socket[count] ?? 0) + 1
    socket[count] = underWay
    if (underWay > maxUnderWay) return void socket.destroy()
    response.once('close', () => {
      socket[count] = (socket[count] ?? 1) - 1
    })
    for (const listener of listeners) listener.call(server, request, response)
  })
}
