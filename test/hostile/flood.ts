import { Pool } from 'undici'
import type { SignedRequest } from './exchange.ts'

export interface FloodOptions {
  count: number
  path?: string
  request: (index: number) => SignedRequest
}

/** Sends many requests over a few connections, and tells how often each answer came, by its status and code. */
export async function flood(url: string, { count, path = '/callbacks', request }: FloodOptions): Promise<Record<string, number>> {
  const pool = new Pool(url, { connections: 32 })
  const answers: Record<string, number> = {}
  let next = 0
  async function send(): Promise<void> {
    for (let index = next++; index < count; index = next++) {
      const { headers, body } = request(index)
      const answer = await pool.request({ method: 'POST', path, headers: headers.flat(), body })
      const { code } = (await answer.body.json()) as { code?: string }
      const label = code === undefined ? String(answer.statusCode) : `${answer.statusCode} ${code}`
      answers[label] = (answers[label] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: 32 }, send))
  await pool.close()
  return answers
}
