import { get } from 'node:http'
import { residentMegabytes } from '../process-figures.ts'

/** How a service feels from outside: what a load balancer's probe waits for, each on a connection of its own, and the memory. */
export interface Watch {
  /** Milliseconds; a probe without an answer counts as ten seconds. */
  probes: number[]
  memory(): { atFirst: number; peak: number; now: number }
  stop(): void
}

const deadlineMs = 10_000

export function watch(url: string, pid: number): Watch {
  const probes: number[] = []
  const atFirst = residentMegabytes(pid)
  let peak = atFirst
  const look = (): number => {
    const now = residentMegabytes(pid)
    peak = Math.max(peak, now)
    return now
  }
  const probe = (): void => {
    const begin = performance.now()
    let isOver = false
    const end = (ms: number): void => {
      if (!isOver) probes.push(ms)
      isOver = true
    }
    const request = get(`${url}/healthz`, { agent: false, timeout: deadlineMs }, response =>
      response.resume().once('end', () => end(response.statusCode === 200 ? performance.now() - begin : deadlineMs))
    )
    request.once('timeout', () => request.destroy()).once('error', () => end(deadlineMs))
  }
  const timers = [setInterval(probe, 100), setInterval(look, 100)]
  return {
    probes,
    memory: () => ({ atFirst, peak, now: look() }),
    stop() {
      for (const timer of timers) clearInterval(timer)
    }
  }
}
