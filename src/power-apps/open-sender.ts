import { setTimeout } from 'node:timers/promises'
import { Agent } from 'undici'
import type { Send } from './request.ts'
import { sender } from './sender.ts'

/** A sender with connections of its own, which `close` ends. `note` gets a line of progress for each request and each repeat. */
export function openSender(options: {
  note: (text: string) => void
  now?: (() => Date) | undefined
  wait?: ((ms: number) => Promise<unknown>) | undefined
}): { send: Send; close: () => Promise<void> } {
  const { note, now = () => new Date(), wait = pause } = options
  const dispatcher = new Agent({ connect: { timeout: 10_000 }, headersTimeout: 120_000, bodyTimeout: 60_000 })
  return { send: sender({ dispatcher, now, wait, note }), close: () => dispatcher.close() }
}

const pause = (ms: number): Promise<void> => setTimeout(ms)
