import type { IncomingMessage } from 'node:http'
import { Failure } from '../failure.ts'

const maxPieces = 64

/** A body on its way, and how to stop waiting for it. */
export interface BodyReading {
  body: Promise<Buffer>
  giveUp(failure: Failure): void
}

export interface BodySize {
  /** As the header says. */
  length: string | undefined
  /** The largest body that is taken, in bytes. */
  limit: number
}

/** The body, when all of it is there already, as that of a callback nearly always is: then nothing has to be waited for. */
export function arrivedBody(payload: IncomingMessage, { length, limit }: BodySize): Buffer | undefined {
  const isWhole = payload.complete && payload.readableLength > 0 && payload.readableLength === Number(length)
  return isWhole && payload.readableLength <= limit ? (payload.read() as Buffer) : undefined
}

/** Reads the bytes of a body as they come. Once the reading has ended, in whatever way, it holds none of them. */
export function readBody(payload: IncomingMessage, { length, limit }: BodySize): BodyReading {
  let giveUp: BodyReading['giveUp'] = () => undefined
  const body = new Promise<Buffer>((resolve, reject) => {
    let chunks: Buffer[] = []
    let received = 0
    const end = (): void => {
      stop()
      resolve(Buffer.concat(chunks, received))
    }
    const fail = (failure: Failure): void => {
      stop()
      chunks = []
      // What still comes is thrown away, so that the answer can go out.
      payload.resume()
      reject(failure)
    }
    const add = (chunk: Buffer): void => {
      received += chunk.length
      chunks.push(chunk)
      if (received > limit) fail(tooLarge())
      // A body in pieces of one byte would take a hundred times its length.
      else if (chunks.length > maxPieces) chunks = [Buffer.concat(chunks, received)]
    }
    const breakOff = (cause?: Error): void => fail(new Failure('REQUEST_INVALID', 'The body ends before its end.', { cause }))
    function stop(): void {
      payload.off('data', add).off('end', end).off('error', breakOff).off('close', breakOff)
    }
    giveUp = fail
    payload.on('data', add).on('end', end).on('error', breakOff).on('close', breakOff)
    if (Number(length) > limit) fail(tooLarge())
  })
  return { body, giveUp: failure => giveUp(failure) }
}

function tooLarge(): Failure {
  return new Failure('REQUEST_TOO_LARGE', 'The body is larger than this operation takes.')
}
