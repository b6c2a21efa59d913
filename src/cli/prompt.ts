import type { Readable, Writable } from 'node:stream'
import { withoutControls } from './one-line.ts'

/** Questions to the person at the terminal. */
export interface Prompt {
  /** Whether anybody is there to answer. */
  isPossible(): boolean
  /** The answer without blanks around it; undefined when the input has ended. */
  ask(question: string): Promise<string | undefined>
}

/**
 * Asks on `output` and reads whole lines from `input`; what was typed ahead answers the next question. The terminal itself does the editing,
 * so Ctrl+C ends the program as it does elsewhere.
 */
export function linePrompt(input: Readable & { isTTY?: boolean }, output: Writable): Prompt {
  let ahead = ''

  return {
    isPossible: () => input.isTTY === true,
    async ask(question) {
      output.write(withoutControls(question))
      while (!ahead.includes('\n')) {
        const more = await nextChunk()
        if (more === undefined) return ahead === '' ? undefined : take(ahead.length)
        ahead += more
      }
      return take(ahead.indexOf('\n') + 1)
    }
  }

  function take(length: number): string {
    const line = ahead.slice(0, length)
    ahead = ahead.slice(length)
    return line.trim()
  }

  function nextChunk(): Promise<string | undefined> {
    if (input.readableEnded || input.destroyed) return Promise.resolve(undefined)
    return new Promise(resolve => {
      const done = (chunk?: Buffer | string): void => {
        input.off('data', done).off('end', end).off('error', end).off('close', end)
        // A stream that is read keeps the program running.
        input.pause()
        resolve(chunk?.toString())
      }
      const end = (): void => done()
      input.on('data', done).on('end', end).on('error', end).on('close', end).resume()
    })
  }
}

/** On stderr, so that the results on stdout stay clean. */
export const terminalPrompt = (): Prompt => linePrompt(process.stdin, process.stderr)
