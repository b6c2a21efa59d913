import { connect, type Socket } from 'node:net'

/**
 * So many connections at once, each opened again when it ends, until `signal`. `begin` is told of each that stands. Nothing of what it
 * receives is read unless `begin` does.
 */
export function holdConnections(
  { port, connections }: { port: number; connections: number },
  begin: (socket: Socket) => void,
  signal: AbortSignal
): { ended(): number; open(): ReadonlySet<Socket> } {
  const open = new Set<Socket>()
  let ended = 0
  function start(): void {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    open.add(socket)
    socket
      .once('connect', () => begin(socket))
      .on('error', () => undefined)
      .once('close', () => {
        open.delete(socket)
        ended += 1
        // Not at once: one that is refused must not become a busy loop.
        if (!signal.aborted) setTimeout(() => signal.aborted || start(), 50)
      })
  }
  for (let made = 0; made < connections; made++) start()
  signal.addEventListener('abort', () => {
    for (const socket of open) socket.destroy()
  })
  return { ended: () => ended, open: () => open }
}
