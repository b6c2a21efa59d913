import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the ports that Linux (32768 up), macOS and Windows (49152 up) give to outgoing connections and to whoever asks for any
 * port: what was free there a moment ago may be taken by then.
 */
const anyPort = (): number => randomInt(20_000, 30_000)

/**
 * A port that is free now: for what has to be told an address before anything listens there. `candidate` says which to try.
 * @throws what listening fails with, unless it is that somebody else has the port
 */
export async function freePort(candidate: () => number = anyPort): Promise<number> {
  for (;;) {
    const port = candidate()
    const server = createServer().listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') continue
      throw error
    }
    server.close()
    await once(server, 'close')
    return port
  }
}
