import { execFileSync } from 'node:child_process'
import { startSandbox } from '../../../src/sandbox/start-sandbox.ts'
import { progress } from '../figures.ts'
import { measured, onCore, opensslVersion } from './machine.ts'
import { forged, materialFor, startPeerStore } from './material.ts'
import { installPeers, peerVersions } from './peers.ts'
import { interleaved } from './rounds.ts'
import type { Figure, Row } from './row.ts'
import type { Section } from './section.ts'
import type { Answer, Question } from './verification-worker.ts'
import type { Verifier } from './verifiers.ts'
import { startWorker } from './worker.ts'

const names: Verifier[] = ['ours', 'bare verify', 'sns-validator', 'alexa-verifier', 'the sample']

/**
 * The whole judgement of a callback, from headers and bytes to the event, with its signer known. Every candidate verifies RSA-2048 with SHA-256
 * over as many bytes, has its certificate cached if it caches any, has first to accept a genuine text and to refuse a forged one, and is
 * counted by the processor time that it takes.
 */
export const verification: Section = {
  title: 'verifications a second on one core',
  async measure({ dist, seconds, rounds }) {
    installPeers()
    const sandbox = await startSandbox()
    const store = await startPeerStore()
    const workers = await Promise.all(
      names.map(async name => {
        const worker = startWorker<Question, Answer>('verification-worker.ts', measured, [name])
        const good = { dist, settings: sandbox.settings, ...(await materialFor(name, sandbox, store)) }
        await worker.ask({ good, refused: [forged(good)] })
        progress(`warming up: ${name}`)
        await worker.ask({ seconds: seconds / 4 })
        return [name, worker] as const
      })
    )
    try {
      const candidates: Record<string, () => Promise<number>> = Object.fromEntries(
        workers.map(([name, worker]) => [name, () => worker.ask({ seconds })])
      )
      if (opensslVersion()) candidates.openssl = async () => opensslRate(seconds)
      return rowsFrom(await interleaved(rounds, '/s', candidates))
    } finally {
      for (const [, worker] of workers) await worker.end()
      store.close()
      await sandbox.close()
    }
  }
}

function rowsFrom(found: Record<string, Figure>): Row[] {
  const versions = peerVersions()
  const against = (name: string, rest: Partial<Row>): Row => ({
    what: 'verifyCallback',
    ...(found.ours && { figure: found.ours }),
    comparedWith: name,
    ...(found[name] && { its: found[name] }),
    ...rest
  })
  return [
    opensslVersion()
      ? against('openssl', { comparedWith: 'openssl speed rsa2048', goal: { atLeast: 0.65 } })
      : { what: 'verifyCallback', comparedWith: 'openssl speed rsa2048', note: 'not measured: there is no openssl here' },
    against('bare verify', { comparedWith: 'crypto.verify alone, key at hand' }),
    against('sns-validator', { comparedWith: `sns-validator ${versions['sns-validator']}`, goal: { atLeast: 7 } }),
    against('alexa-verifier', { comparedWith: `alexa-verifier ${versions['alexa-verifier']}`, goal: { atLeast: 12 } }),
    against('the sample', { comparedWith: "a port of Microsoft's sample", note: 'it downloads the certificate for every callback' })
  ]
}

/** Its verifications in a second of processor time, which it counts as well. */
function opensslRate(seconds: number): number {
  const whole = String(Math.max(1, Math.round(seconds)))
  const [command, ...words] = onCore(measured, ['openssl', 'speed', '-seconds', whole, 'rsa2048'])
  const output = execFileSync(command, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const rate = /^rsa 2048 bits\s+[\d.]+s\s+[\d.]+s\s+[\d.]+\s+([\d.]+)/m.exec(output)?.[1]
  if (rate === undefined) throw new Error('What openssl speed says cannot be read.')
  return Number(rate)
}
