/** Both ends of a process of its own on a core of its own, which is asked and answers. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { onCore } from './machine.ts'

export interface Worker<Question, Answer> {
  process: ChildProcess
  ask(question: Question): Promise<Answer>
  end(): Promise<void>
}

type Reply = { answer: unknown } | { trouble: string }

/** Starts the module beside this one. What is asked may hold bytes. */
export function startWorker<Question, Answer>(name: string, core: number, words: readonly string[] = []): Worker<Question, Answer> {
  const [execPath, ...execArgv] = onCore(core, [process.execPath, '--import', import.meta.resolve('tsx')])
  const child = fork(fileURLToPath(new URL(name, import.meta.url)), words, {
    execPath,
    execArgv,
    serialization: 'advanced',
    env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1' }
  })
  const ended = once(child, 'exit')
  return {
    process: child,
    async ask(question) {
      child.send({ question })
      const reply = (await Promise.race([once(child, 'message'), ended.then(() => [{ trouble: 'It ended.' }])]))[0] as Reply
      if ('trouble' in reply) throw new Error(`${name} ${words[0] ?? ''}: ${reply.trouble}`)
      return reply.answer as Answer
    },
    async end() {
      if (child.connected) child.disconnect()
      await ended
    }
  }
}

/** In the worker: answers one question after the other until the asker goes. */
export function answer<Question, Answer>(act: (question: Question) => Answer | Promise<Answer>): void {
  process.on('disconnect', () => process.exit(0))
  process.on('message', async ({ question }: { question: Question }) => {
    try {
      process.send?.({ answer: await act(question) })
    } catch (error) {
      process.send?.({ trouble: String((error as Error)?.stack ?? error) })
    }
  })
}

/** A module of the built package in the folder `dist`. */
export async function shipped<Module>(dist: string, path: string): Promise<Module> {
  return (await import(pathToFileURL(join(dist, path)).href)) as Module
}
