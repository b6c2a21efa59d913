import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../src/cli/free-port.ts'
import { measured, onCore } from './machine.ts'

/** A server in a process of its own, on the core that is measured. */
export interface Server {
  process: ChildProcess
  url: string
  /** From the start of its process until `/readyz` was answered with 200. */
  readyMs: number
  /** SIGTERM: it finishes what it has at hand. */
  stop(): Promise<void>
}

export const bareServer = (): Promise<Server> => startServer([fileURLToPath(new URL('bare-server.js', import.meta.url))], {})

/** `nodeWords` are for node itself. */
export const service = (dist: string, env: Record<string, string>, nodeWords: readonly string[] = []): Promise<Server> =>
  startServer([...nodeWords, `${dist}/cli/main.js`, 'serve'], env)

/** Runs a command of the command line. */
export async function runCommand(dist: string, env: Record<string, string>, words: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [`${dist}/cli/main.js`, ...words], {
    env: { PATH: process.env.PATH, LOG_LEVEL: 'fatal', ...env },
    stdio: ['ignore', 'ignore', 'inherit']
  })
  const [status] = await once(child, 'exit')
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}.`)
}

async function startServer(words: readonly string[], env: Record<string, string>): Promise<Server> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const [command, ...rest] = onCore(measured, [process.execPath, ...words])
  const start = performance.now()
  const child = spawn(command, rest, {
    // What it logs is thrown away where it arrives.
    env: { PATH: process.env.PATH, LOG_LEVEL: 'fatal', ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc']
  })
  const ended = once(child, 'exit')
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  void ended.then(() => process.off('exit', kill))
  while ((await statusOf(`${url}/readyz`)) !== 200) {
    if (child.exitCode !== null) throw new Error(`${words[0]} ended before it was ready.`)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  const readyMs = performance.now() - start
  return {
    process: child,
    url,
    readyMs,
    async stop() {
      child.kill('SIGTERM')
      await ended
    }
  }
}

function statusOf(url: string): Promise<number | undefined> {
  return new Promise(resolve => {
    get(url, { agent: false }, response => resolve(response.resume().statusCode)).on('error', () => resolve(undefined))
  })
}

/** Processor time that a process has used so far, in milliseconds; in steps of ten. Nothing where there is no /proc. */
export function usedCpuMs({ pid }: ChildProcess): number | undefined {
  try {
    // The name, in brackets, may hold blanks; of what follows, the 12th and 13th are user and system time. Source: proc(5).
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return undefined
  }
}

/** What it holds of the memory, in megabytes. */
export function residentMb({ pid }: ChildProcess): number {
  return residentKb(pid) / 1024
}

function residentKb(pid: number | undefined): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])
  } catch {
    return Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout)
  }
}
