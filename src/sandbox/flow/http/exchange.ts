import { type Dispatcher, request } from 'undici'
import type { Json } from '../../../flow/json.ts'
import { contentFrom } from './content.ts'

export interface HttpCall {
  method: string
  url: string
  headers: Record<string, string>
  body?: string | Buffer
}

export interface HttpAnswer {
  status: number
  headers: Record<string, string>
  /** Null when there was none. */
  body: Json
}

/** Sends one request. @throws whatever the connection throws, and the signal's reason */
export type Exchange = (call: HttpCall, signal: AbortSignal) => Promise<HttpAnswer>

export function exchangeOver(dispatcher: Dispatcher): Exchange {
  return async ({ method, url, headers, body }, signal) => {
    const answer = await request(url, {
      method: method as Dispatcher.HttpMethod,
      headers,
      ...(body !== undefined && { body }),
      dispatcher,
      signal
    })
    const plain = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')]))
    const bytes = Buffer.from(await answer.body.arrayBuffer())
    return { status: answer.statusCode, headers: plain, body: contentFrom(bytes, plain['content-type']) }
  }
}
