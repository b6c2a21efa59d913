import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Place } from '../place.ts'
import { startProcess } from '../service-process.ts'
import type { Attack, AttackReport } from './attack.ts'
import { genuineSender } from './genuine-sender.ts'
import type { HostileStore } from './hostile-store.ts'
import { watch } from './watch.ts'

const attacker = fileURLToPath(new URL('attacker.ts', import.meta.url))

/** An attack without what the field knows itself. */
export type Plan = Attack extends infer Each ? (Each extends Attack ? Omit<Each, 'port' | 'seconds' | 'certificateUrl'> : never) : never

/** A service as it ships, freshly started, with a genuine sender, a watch, and room for attackers. */
export type Field = Awaited<ReturnType<typeof openField>>

export async function openField({ store, place, isWarm }: { store: HostileStore; place: Place; isWarm: boolean }) {
  store.setMood('serves')
  const service = startProcess({
    ...store.settings,
    ...(await place.fresh()),
    ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
    PORT: '0',
    // It only receives: what becomes of an accepted callback is the business of other benches.
    SYNC_WORKERS: '0',
    RECONCILE_MINUTES: '0',
    REGISTRATION_MINUTES: '0',
    TRUST_PROXY: '127.0.0.1'
  })
  const url = await service.url
  const genuine = genuineSender(url, store)
  if (isWarm) {
    genuine.burst(20)
    await genuine.settled()
    genuine.sent.times.length = 0
  }
  store.forget()
  const watched = watch(url, service.child.pid ?? 0)
  const attackers = new Set<ChildProcess>()

  return {
    store,
    genuine,
    watched,
    async attack(plan: Plan, seconds: number): Promise<AttackReport> {
      const child = fork(attacker, { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      attackers.add(child)
      child.send({ ...plan, port: Number(new URL(url).port), seconds, certificateUrl: store.certificateUrl })
      const [report] = await once(child, 'message')
      attackers.delete(child)
      return report as AttackReport
    },
    async close(): Promise<void> {
      watched.stop()
      for (const child of attackers) child.kill('SIGKILL')
      await genuine.close()
      await service.kill()
    }
  }
}
