import { startSandbox } from '../../../src/sandbox/start-sandbox.ts'
import { measured } from './machine.ts'
import { callbackMaterial } from './material.ts'
import { interleaved } from './rounds.ts'
import type { Row } from './row.ts'
import type { Circumstances } from './section.ts'
import type { Answer, Question } from './verification-worker.ts'
import type { Material } from './verifiers.ts'
import { startWorker } from './worker.ts'

/** More addresses than the cache has places for those that nobody expects. */
const addresses = 20

/** The verifier while its cache is full of refusals, as after a flood of made-up certificate addresses. */
export async function fullCache({ dist, seconds, rounds }: Circumstances): Promise<Row[]> {
  const sandbox = await startSandbox()
  const workers = {
    full: startWorker<Question, Answer>('verification-worker.ts', measured, ['ours']),
    empty: startWorker<Question, Answer>('verification-worker.ts', measured, ['ours'])
  }
  try {
    const good = { dist, settings: sandbox.settings, ...(await callbackMaterial(sandbox)) }
    const madeUp = Array.from({ length: addresses }, (_, number): Material => {
      const url = good.headers['x-ms-certificate-url']?.replace(/[^/]+$/, `made-up-${number}.cer`) ?? ''
      return { ...good, headers: { ...good.headers, 'x-ms-certificate-url': url } }
    })
    await workers.full.ask({ good, refused: madeUp })
    await workers.empty.ask({ good, refused: [] })
    const candidates = { 'cache full': () => workers.full.ask({ seconds }), 'cache empty': () => workers.empty.ask({ seconds }) }
    await interleaved(1, '/s', candidates)
    const found = await interleaved(rounds, '/s', candidates)
    return [
      { what: 'verifyCallback, cache full of refusals', figure: found['cache full'], comparedWith: 'one entry', its: found['cache empty'] }
    ]
  } finally {
    for (const worker of Object.values(workers)) await worker.end()
    await sandbox.close()
  }
}
