import { setTimeout } from 'node:timers/promises'
import { startSandbox } from '../../src/sandbox/start-sandbox.ts'
import type { Bench } from '../bench.ts'
import { progress, quantile, round, until } from './figures.ts'
import { openPlace } from './place.ts'
import { startRegistered } from './registered-service.ts'
import { waitForDrain } from './state.ts'

interface Entry {
  kind: string
  at: string
}

/** How long a referral takes from the moment its callback arrives until its lead is written, by the referral's own timeline. */
export const latency: Bench = {
  summary: 'from callback to lead, and to the write-back, by the timelines',
  options: {
    referrals: { default: '200', text: 'How many referrals are created.' },
    'per-second': { default: '20', text: 'How many of them in a second.' },
    store: { default: 'embedded', text: 'embedded or postgres.' }
  },
  async run(options) {
    const place = await openPlace(options.store ?? '')
    const sandbox = await startSandbox({ maxKept: 100_000 })
    const env = { ...sandbox.settings, ...(await place.fresh()), PORT: '0', RATE_LIMIT_PER_MINUTE: '1000000' }
    const { service, url, apiKey } = await startRegistered(sandbox, env)
    try {
      const count = Number(options.referrals)
      const ids: string[] = []
      for (let made = 0; made < count; made++) {
        ids.push(String(sandbox.partnerCenter.createReferral().id))
        await setTimeout(1000 / Number(options['per-second']))
      }
      await until(() => sandbox.partnerCenter.pending() === 0, 60_000)
      await waitForDrain(url, apiKey, 60_000)
      progress('reading the timelines')
      const toLead: number[] = []
      const toWriteBack: number[] = []
      for (const id of ids) {
        const answer = await fetch(`${url}/v1/referrals/${id}/timeline`, { headers: { 'x-api-key': apiKey } })
        const { entries } = (await answer.json()) as { entries: Entry[] }
        const at = (kind: string): number => Date.parse(entries.find(entry => entry.kind === kind)?.at ?? '')
        toLead.push(at('written') - at('received'))
        toWriteBack.push(at('writtenBack') - at('received'))
      }
      const missing = toLead.filter(Number.isNaN).length
      const figures = (values: number[]): string =>
        [0.5, 0.95, 0.99].map(share => `p${share * 100} ${round(quantile(values, share), 0)} ms`).join(', ')
      const line = `latency ${options.store}: ${count} referrals at ${options['per-second']}/s; from callback to lead ${figures(toLead)}; to the write-back ${figures(toWriteBack)}; without a lead ${missing}`
      return { line, ok: missing === 0 && quantile(toLead, 0.95) < 1000 }
    } finally {
      await service.stop()
      await sandbox.close()
      await place.close()
    }
  }
}
