import { peer } from './peers.ts'
import { answer } from './worker.ts'

export interface Sent {
  headers: Record<string, string>
  body: string
}
/** One request again and again for some seconds, or each of several once. */
export type Load = { url: string; connections: number } & ({ request: Sent; seconds: number } | { requests: readonly Sent[] })
export interface Loaded {
  perSecond: number
  wallMs: number
  p50Ms: number
  p99Ms: number
}

/** As much of autocannon as is used here. Source: github.com/mcollina/autocannon. */
interface Client {
  setRequests(requests: object[]): void
}
interface Result {
  '2xx': number
  non2xx: number
  errors: number
  latency: { p50: number; p99: number }
}
type Autocannon = (options: object) => Promise<Result> & { on(event: 'response', act: () => void): void }

const autocannon = await peer<Autocannon>('autocannon')

answer<Load, Loaded>(async load => {
  const { connections, url } = load
  const run = autocannon({ url, connections, method: 'POST', sampleInt: 100, ...('requests' in load ? each(load) : same(load)) })
  let count = 0
  let last = 0
  const first = performance.now()
  run.on('response', () => {
    count += 1
    last = performance.now()
  })
  const { '2xx': good, non2xx, errors, latency } = await run
  if (non2xx + errors > 0) throw new Error(`${url}: ${good} answers of 2xx, ${non2xx} others, ${errors} errors.`)
  const wallMs = last - first
  return { perSecond: (count / wallMs) * 1000, wallMs, p50Ms: latency.p50, p99Ms: latency.p99 }
})

const same = ({ request, seconds }: { request: Sent; seconds: number }): object => ({ ...request, duration: seconds })

/** Made beforehand for each connection, so that nothing is built while it is measured. */
function each({ requests, connections }: { requests: readonly Sent[]; connections: number }): object {
  const share = Math.floor(requests.length / connections)
  let next = 0
  return {
    amount: share * connections,
    setupClient(client: Client) {
      client.setRequests(requests.slice(next, next + share).map(({ headers, body }) => ({ method: 'POST', headers, body })))
      next += share
    }
  }
}
