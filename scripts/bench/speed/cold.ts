import { referralEvent } from '../../../src/sandbox/partner-center/callback-event.ts'
import { signCallback } from '../../../src/sandbox/partner-center/sign-callback.ts'
import { startSandbox } from '../../../src/sandbox/start-sandbox.ts'
import type { Cold, ColdQuestion } from './cold-worker.ts'
import { measured } from './machine.ts'
import { interleaved } from './rounds.ts'
import type { Figure } from './row.ts'
import type { Section } from './section.ts'
import { startWorker } from './worker.ts'

/**
 * The very first callback of a process: its certificate is downloaded, two issuers are fetched from the addresses that the certificates name, and
 * the path is built. With the same bytes at hand, what is left is the service's own: reading, checking the leaf, building the path, verifying.
 */
export const cold: Section = {
  title: 'the first callback of a process',
  async measure({ dist, rounds }) {
    const sandbox = await startSandbox()
    try {
      const { certificates, settings } = sandbox
      const content = JSON.stringify(referralEvent('referral-created', '4111fffc-f9ee-4d53-bba6-569135228642', new Date()))
      const { headers, body } = await signCallback(content, { certificates, inMsHeader: false, tampering: undefined })
      const callback = { headers, body: Buffer.from(body) }
      const { certificateUrl } = certificates.signer()
      const files = { ...certificates.chain.issuers, [certificateUrl]: certificates.chain.leaf.certificate }
      const cpu: Record<'network' | 'atHand', number[]> = { network: [], atHand: [] }
      const first = (name: 'network' | 'atHand', question: ColdQuestion) => async (): Promise<number> => {
        const worker = startWorker<ColdQuestion, Cold>('cold-worker.ts', measured)
        const { wallMs, cpuMs } = await worker.ask(question)
        await worker.end()
        cpu[name].push(cpuMs)
        return wallMs
      }
      const question = { dist, settings, callback }
      const wall = await interleaved(rounds, 'ms', {
        network: first('network', question),
        atHand: first('atHand', { ...question, files })
      })
      const cpuOf = (name: 'network' | 'atHand'): Figure => ({ unit: 'ms of CPU', rounds: cpu[name] })
      return [
        { what: 'first callback, two hops', figure: wall.network, comparedWith: 'the same bytes at hand', its: wall.atHand },
        { what: 'its processor time', figure: cpuOf('network'), comparedWith: 'the same bytes at hand', its: cpuOf('atHand') },
        { what: 'path building besides the network', figure: cpuOf('atHand'), goal: { atMost: 5 } }
      ]
    } finally {
      await sandbox.close()
    }
  }
}
