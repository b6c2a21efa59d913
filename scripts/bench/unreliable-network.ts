import { randomInt } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/**
 * Between Partner Center and the service: callbacks get lost (answered and thrown away), come late, in another order, and twice.
 * `target` is asked anew for each, since a service may have been started again elsewhere.
 */
export async function unreliableNetwork(options: { target: () => string; dropped: number; twice: number; maxDelayMs: number }) {
  const { target, dropped, twice, maxDelayMs } = options
  const counts = { dropped: 0, forwarded: 0, twice: 0 }
  const later = new Set<Promise<unknown>>()

  async function forward(headers: Record<string, string>, body: Buffer): Promise<number> {
    await setTimeout(randomInt(0, maxDelayMs + 1))
    try {
      const answer = await fetch(`${target()}/callbacks`, { method: 'POST', headers, body: new Uint8Array(body) })
      return answer.status
    } catch {
      return 503
    }
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const kept = Object.entries(request.headers).filter(([name]) => /^(x-ms-|content-type|authorization)/.test(name))
    const headers = Object.fromEntries(kept) as Record<string, string>
    const body = Buffer.concat(chunks)
    if (Math.random() < dropped) {
      counts.dropped += 1
      response.writeHead(200).end()
      return
    }
    const status = await forward(headers, body)
    counts.forwarded += 1
    response.writeHead(status).end()
    if (Math.random() < twice) {
      counts.twice += 1
      const again = forward(headers, body).finally(() => later.delete(again))
      later.add(again)
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    async close() {
      await Promise.all(later)
      server.closeAllConnections()
      server.close()
    }
  }
}
