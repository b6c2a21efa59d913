import { WebSocket } from 'undici'

/** What a process holds, in bytes, with all that could be thrown away thrown away. */
export interface Held {
  heap: number
  /** Buffers and the like, which lie beside the heap. */
  outside: number
  resident: number
}

export interface Inspected {
  /** Collects garbage, then measures. */
  measure(): Promise<Held>
  close(): void
}

/**
 * Looks into a Node process that listens to its inspector on this port (`--inspect`). A leak of some bytes a request can be seen in minutes
 * only where garbage is collected before each look.
 * Source: chromedevtools.github.io/devtools-protocol, domains HeapProfiler and Runtime.
 */
export async function inspect(port: number): Promise<Inspected> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as { webSocketDebuggerUrl: string }[]
  const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? '')
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', reject)
  })
  const waiting = new Map<number, (result: unknown) => void>()
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data))
    waiting.get(id)?.(result)
    waiting.delete(id)
  })
  let count = 0
  const ask = (method: string, params: object = {}): Promise<unknown> =>
    new Promise(resolve => {
      const id = ++count
      waiting.set(id, resolve)
      socket.send(JSON.stringify({ id, method, params }))
    })

  return {
    async measure() {
      // What a first collection finalises is thrown away by the second.
      await ask('HeapProfiler.collectGarbage')
      await ask('HeapProfiler.collectGarbage')
      const answer = (await ask('Runtime.evaluate', { expression: 'process.memoryUsage()', returnByValue: true })) as {
        result: { value: { heapUsed: number; external: number; rss: number } }
      }
      const { heapUsed, external, rss } = answer.result.value
      return { heap: heapUsed, outside: external, resident: rss }
    },
    close: () => socket.close()
  }
}
