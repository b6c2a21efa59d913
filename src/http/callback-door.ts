import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { Failure } from '../failure.ts'
import { addressKey } from './address-key.ts'
import { arrivedBody, type BodyReading, type BodySize, readBody } from './read-body.ts'

/** Partner Center's events have a few hundred bytes. */
const maxCallbackBytes = 64 * 1024
/** So many bodies may be on their way, and so many callbacks be judged: with all at their largest that is 32 MB. */
const places = 256

/**
 * The room for callbacks that nobody has proven yet; whoever takes them in without a key shares it. It is held while a body comes and while a
 * callback is judged, never until the answer has gone out: a client that reads no answers would hold it as long as it likes, and Node tells
 * nothing of answers that still waited for others when their connection was lost.
 */
export interface CallbackDoor {
  /** Before the body is read, so that what is shed costs next to nothing. @throws SERVICE_BUSY */
  check(request: FastifyRequest): void
  /** Gives the bytes of the body. It fails with REQUEST_TOO_LARGE, REQUEST_TOO_SLOW, SERVICE_BUSY. */
  read(request: FastifyRequest, payload: IncomingMessage, done: (error: Error | null, body?: Buffer) => void): void
  /** Does `act` in a place of its own, and lets go of the body. @throws SERVICE_BUSY */
  judge<T>(request: FastifyRequest, act: () => Promise<T>): Promise<T>
}

/** `bodyMs` is the deadline of a body. */
export function callbackDoor({ bodyMs }: { bodyMs: number }): CallbackDoor {
  /** Oldest first. */
  const arriving = new Set<{ key: string; reading: BodyReading }>()
  const judged = new Map<string, number>()
  let underWay = 0

  /** An address may hold as many places as it leaves free, so that the next one always finds some. */
  function check(request: FastifyRequest): void {
    if ((judged.get(addressKey(request.ip)) ?? 0) >= places - underWay)
      throw new Failure('SERVICE_BUSY', 'Too many callbacks are under way already.', { retryAfterMs: 5000 })
  }

  /** A body comes right behind its headers, and what waits for one is slow. Of the address that has the most the oldest has to go. */
  function makeRoom(): void {
    const counts = new Map<string, number>()
    for (const { key } of arriving) counts.set(key, (counts.get(key) ?? 0) + 1)
    const most = Math.max(...counts.values())
    const oldest = [...arriving].find(({ key }) => counts.get(key) === most)
    if (oldest === undefined) return
    arriving.delete(oldest)
    oldest.reading.giveUp(new Failure('SERVICE_BUSY', 'The body was waited for until others needed the room.', { retryAfterMs: 5000 }))
  }

  async function arrive(request: FastifyRequest, payload: IncomingMessage, size: BodySize): Promise<Buffer> {
    if (arriving.size >= places) makeRoom()
    const reading = readBody(payload, size)
    const arrival = { key: addressKey(request.ip), reading }
    const late = setTimeout(() => {
      reading.giveUp(new Failure('REQUEST_TOO_SLOW', `The body did not arrive within ${bodyMs} milliseconds.`))
    }, bodyMs)
    arriving.add(arrival)
    try {
      return await reading.body
    } finally {
      clearTimeout(late)
      arriving.delete(arrival)
    }
  }

  return {
    check,
    read(request, payload, done) {
      const size = { length: request.headers['content-length'], limit: maxCallbackBytes }
      const body = arrivedBody(payload, size)
      if (body !== undefined) return done(null, body)
      arrive(request, payload, size).then(arrived => done(null, arrived), done)
    },
    async judge(request, act) {
      check(request)
      const key = addressKey(request.ip)
      underWay += 1
      judged.set(key, (judged.get(key) ?? 0) + 1)
      try {
        return await act()
      } finally {
        request.body = undefined
        underWay -= 1
        const left = (judged.get(key) ?? 0) - 1
        if (left > 0) judged.set(key, left)
        else judged.delete(key)
      }
    }
  }
}
