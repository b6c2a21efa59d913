import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the ports that Linux (32768 up), macOS and Windows (49152 up) give to outgoing connections and to whoever asks for any
 * port: what was free there a moment ago may be taken by then.
 */
const firstPort = 20_000
const lastPort = 30_000

/** A port that is free now: for what has to be told an address before anything listens there. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(firstPort, lastPort)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await Promise.race([once(server, 'listening').then(() => true), once(server, 'error').then(() => false)])
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
