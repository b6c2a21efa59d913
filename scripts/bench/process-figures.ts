import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** What a process holds of the machine's memory, in MB, as its operating system sees it. */
export function residentMegabytes(pid: number): number {
  if (process.platform !== 'linux') return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

/**
 * How many files and sockets a process has open, unknown but on Linux. Without the connections to `port`: how many of them its callers keep is
 * up to them.
 */
export function openHandles(pid: number, port: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  const local = port.toString(16).toUpperCase().padStart(4, '0')
  // Column 2 is the own address, column 4 the state; 01 is an open connection (docs.kernel.org/networking/proc_net_tcp.html).
  const connections = readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([, own, , state]) => own?.endsWith(`:${local}`) && state === '01')
  return readdirSync(`/proc/${pid}/fd`).length - connections.length
}
