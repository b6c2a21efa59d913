import { setTimeout } from 'node:timers/promises'
import { Agent, type Dispatcher } from 'undici'
import type { GetToken, Log } from '../ports.ts'
import { type Send, sender } from './send.ts'

export interface PartnerCenterOptions {
  /** For example https://api.partner.microsoft.com/v1.0/engagements/referrals; no request ever goes elsewhere. */
  baseUrl: string
  /** Tokens for the audience of `baseUrl`. */
  getToken: GetToken
  log: Log
  now?: () => Date
  /** In milliseconds. `total` bounds one request with its repeats, and the wait for a free connection. */
  timeouts?: { connect?: number; headers?: number; body?: number; total?: number }
  /** Instead of a pool of our own. */
  dispatcher?: Dispatcher
  wait?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

/** A sender with a pool of connections of its own, for one of Partner Center's APIs. */
export function openSender(options: PartnerCenterOptions): Send {
  const { baseUrl, getToken, log, now = () => new Date(), timeouts = {}, wait = pause } = options
  const { connect = 5000, headers = 20_000, body = 20_000, total = 30_000 } = timeouts
  const dispatcher =
    options.dispatcher ??
    new Agent({ connections: 8, pipelining: 1, connect: { timeout: connect }, headersTimeout: headers, bodyTimeout: body })
  return sender({ baseUrl, getToken, log, dispatcher, totalMs: total, now, wait })
}

const pause = (ms: number, signal: AbortSignal): Promise<void> => setTimeout(ms, undefined, { signal })
