import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** The service as it ships, in a process of its own. */
export interface ServiceProcess {
  child: ChildProcess
  /** Its address, once it listens; rejects when it ends before. */
  url: Promise<string>
  /** At once and without a word, as a power cut would. */
  kill(): Promise<void>
  /** SIGTERM: it finishes what it has at hand. */
  stop(): Promise<void>
}

export function startProcess(env: Record<string, string>, words: string[] = ['serve']): ServiceProcess {
  const child = spawn(process.execPath, [main, ...words], {
    env: { PATH: process.env.PATH ?? '', LOG_LEVEL: 'fatal', ...env },
    stdio: ['ignore', 'pipe', process.env.BENCH_LOG ? 'inherit' : 'ignore']
  })
  const ended = once(child, 'exit')
  const url = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', line => {
      const found = /(http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1]
      if (found) resolve(found)
    })
    void ended.then(() => reject(new Error('The service ended before it listened.')))
  })
  url.catch(() => undefined)
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await ended
  }
  return { child, url, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') }
}

/** What a command of the command line prints. */
export async function runCommand(env: Record<string, string>, words: string[]): Promise<string> {
  const child = spawn(process.execPath, [main, ...words], {
    env: { PATH: process.env.PATH ?? '', LOG_LEVEL: 'fatal', ...env },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', chunk => {
    text += chunk
  })
  await once(child, 'close')
  if (child.exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${child.exitCode}.`)
  return text
}
