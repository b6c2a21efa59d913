/** Runs commands one after the other in this process of its own, so that its stderr is theirs. Gets them as JSON, and prints what they said. */
import { main } from '../../src/cli/main.ts'

export interface CommandRun {
  words: string[]
  env?: Record<string, string>
}

const runs = JSON.parse(process.argv[2] ?? '[]') as CommandRun[]
for (const { words, env } of runs) {
  const said: string[] = []
  const say = (text: string): void => void said.push(text)
  const stop = new AbortController()
  const code = await main(words, { env: { ...process.env, ...env }, out: say, note: say, signal: stop.signal })
  process.stdout.write(`${JSON.stringify({ words, code, said: said.join('\n') })}\n`)
}
