import { setTimeout as pause } from 'node:timers/promises'
import type { Bench } from '../bench.ts'
import { progress, quantile, round } from './figures.ts'
import { openPlace, type Place } from './place.ts'
import { openField } from './siege/field.ts'
import { type HostileStore, startHostileStore } from './siege/hostile-store.ts'
import { type Scenario, type Sizes, scenarios } from './siege/scenarios.ts'

/** What holds whatever comes. The memory is what a service takes beyond what it had when it was warm. */
const bounds = { probeP99Ms: 1000, callbackP99Ms: 2000, memoryMb: 256 }

/**
 * The service under hostile load, a scenario after the other, each with a service and a store of its own; beside it a genuine sender, whose
 * callbacks must go on being accepted, and a probe. Both know the service by its proxy, so that everybody has an address.
 */
export const siege: Bench = {
  summary: 'hostile load of all kinds, beside which genuine callbacks go on being accepted',
  options: {
    seconds: { default: '10', text: 'How long each scenario lasts.' },
    connections: { default: '500', text: 'Connections of the slow ones.' },
    urls: { default: '100000', text: 'Made-up certificate URLs.' },
    'per-second': { default: '20', text: 'Genuine callbacks in a second.' },
    only: { default: 'all', text: `One of ${Object.keys(scenarios).join(', ')}.` },
    store: { default: 'embedded', text: 'embedded or postgres.' }
  },
  async run(options) {
    const chosen = Object.entries(scenarios).filter(([name]) => options.only === 'all' || options.only === name)
    if (chosen.length === 0) throw new Error(`--only is all, or one of ${Object.keys(scenarios).join(', ')}.`)
    const [place, store] = await Promise.all([openPlace(options.store ?? ''), startHostileStore()])
    const sizes = { seconds: Number(options.seconds), connections: Number(options.connections), urls: Number(options.urls) }
    let broken = 0
    try {
      for (const [name, scenario] of chosen) {
        progress(`${name}: ${scenario.about}`)
        const { line, ok } = await withstand(scenario, { store, place, sizes, perSecond: Number(options['per-second']) })
        console.log(`siege ${name}: ${line}`)
        if (!ok) broken += 1
      }
    } finally {
      await store.close()
      await place.close()
    }
    return { line: `siege ${chosen.length} scenarios, promises broken in ${broken}`, ok: broken === 0 }
  }
}

async function withstand(
  scenario: Scenario,
  { store, place, sizes, perSecond }: { store: HostileStore; place: Place; sizes: Sizes; perSecond: number }
): Promise<{ line: string; ok: boolean }> {
  const field = await openField({ store, place, isWarm: scenario.isCold !== true })
  const begin = performance.now()
  try {
    const { genuine, watched } = field
    // A moment before and after, so that something is measured in the shortest attack too.
    const act = pause(500)
      .then(() => scenario.act(field, sizes))
      .then(async facts => {
        await pause(500)
        return facts
      })
    await genuine.sendWhile(act, perSecond)
    await genuine.settled()
    const { count, accepted, atFirst, times, refusals } = genuine.sent
    const probeP99 = quantile(watched.probes, 0.99)
    const callbackP99 = quantile(times, 0.99)
    const memory = watched.memory()
    const downloads = [...store.asked().values()].reduce((sum, each) => sum + each, 0)
    const minutes = Math.floor((performance.now() - begin) / 60_000) + 1
    const allowed = scenario.downloads + (scenario.downloadsPerMinute ?? 0) * minutes
    const share = atFirst / count

    const broken = [
      accepted < count && `${count - accepted} genuine callbacks lost`,
      share < scenario.atFirst && `fewer than ${scenario.atFirst * 100} % of the genuine callbacks accepted at the first try`,
      // Who waits for a certificate store waits for it.
      scenario.isCold !== true && !(callbackP99 <= bounds.callbackP99Ms) && `genuine callbacks slower than ${bounds.callbackP99Ms} ms`,
      !(probeP99 <= bounds.probeP99Ms) && `probe slower than ${bounds.probeP99Ms} ms`,
      memory.peak - memory.atFirst > bounds.memoryMb && `more than ${bounds.memoryMb} MB taken`,
      downloads > allowed && `more than ${allowed} downloads`
    ].filter(text => text !== false)
    const tried = [...refusals].map(([status, times]) => `${status === 0 ? 'no answer' : status}×${times}`).join(' ')
    const line = [
      await act,
      `genuine ${accepted} of ${count}, at the first try ${round(share * 100)} %${tried && ` (else ${tried})`}, p99 ${round(callbackP99)} ms`,
      `probe p99 ${round(probeP99)} ms`,
      `memory ${round(memory.atFirst, 0)} → ${round(memory.peak, 0)} MB`,
      `downloads ${downloads}`,
      broken.length > 0 ? `BROKEN: ${broken.join(', ')}` : 'kept'
    ].join('; ')
    return { line, ok: broken.length === 0 }
  } finally {
    await field.close()
  }
}
