import type { Connection } from '../connector/connector-request.ts'
import type { Exchange } from '../http/exchange.ts'
import type { HostTable } from '../http/reachable-hosts.ts'

/** What runs ask of the outside. */
export interface Outside {
  exchange: Exchange
  /** Where Http actions may go. */
  hosts: () => HostTable
  now: () => Date
  newGuid: () => string
  /** Waits for a retry or a delay. It need not take so long: nobody wants to watch. */
  pause: (ms: number, signal: AbortSignal) => Promise<unknown>
  /** Aborts when the time is over. */
  timeout: (ms: number) => AbortSignal
}

/** What stands behind the connection references of a flow, by their keys. */
export type Connections = Readonly<Record<string, Connection>>
