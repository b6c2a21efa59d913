import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { Failure, failureFrom } from '../failure.ts'
import type { Replays } from '../ports.ts'

const windowMs = 10 * 60 * 1000
const dayMs = 24 * 60 * 60 * 1000

/**
 * Runs `act` once for a request that may be sent several times, and answers a repeated one with the result of the first.
 * A request is the same when its caller sends the same `Idempotency-Key`; without one, when the same caller sends the same body within ten
 * minutes, for Power Automate tries a failed action again with the same body and no key. Only the `result` is remembered, an id.
 * `act` is given a GUID that is the same when a request is made again whose first try failed, for the other side may have heard that one.
 * @throws IDEMPOTENCY_KEY_REUSED, REQUEST_IN_PROGRESS
 */
export async function answerOnce<T>(
  request: FastifyRequest,
  { replays, now }: { replays: Replays; now: () => Date },
  act: (requestId: string) => Promise<{ result: string; answer: T }>
): Promise<{ result: string; answer?: T }> {
  const given = request.headers['idempotency-key']
  if (given !== undefined && (typeof given !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(given)))
    throw new Failure('REQUEST_INVALID', 'The Idempotency-Key is longer than 200 characters or has others than printable ASCII.')
  const bodyHash = sha256(JSON.stringify(request.body))
  const scope = `${request.caller?.id} ${request.routeOptions.url}`
  const key = sha256(given === undefined ? `${scope} body ${bodyHash}` : `${scope} key ${given}`)
  const keptMs = given === undefined ? windowMs : dayMs
  const claim = await replays.begin(key, bodyHash, keptMs)
  if (claim === 'other-request') throw new Failure('IDEMPOTENCY_KEY_REUSED', 'The Idempotency-Key was sent before with another body.')
  if (claim === 'in-progress') throw new Failure('REQUEST_IN_PROGRESS', 'The same request is being worked on.', { retryAfterMs: 2000 })
  if (claim !== 'new') return claim
  // Another wish with the same body comes after the window at the earliest, and so has another id.
  const requestId = guidFrom(sha256(`${key} ${Math.floor(now().getTime() / keptMs)}`))
  const done = await act(requestId).catch(async error => {
    await replays
      .abandon(key)
      .catch(cause => request.log.warn({ requestId: request.id, code: codeOf(cause) }, 'A claim could not be given back.'))
    throw error
  })
  // What was done is done: an error now would make the caller do it once more.
  await replays
    .finish(key, done.result)
    .catch(cause => request.log.warn({ requestId: request.id, code: codeOf(cause) }, 'A result could not be remembered.'))
  return done
}

function codeOf(error: unknown): string {
  return failureFrom(error).code
}

function guidFrom(hex: string): string {
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
