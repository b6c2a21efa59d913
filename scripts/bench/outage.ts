import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../../src/cli/free-port.ts'
import { startSandbox } from '../../src/sandbox/start-sandbox.ts'
import type { Bench } from '../bench.ts'
import { progress, until } from './figures.ts'
import { judge } from './judge.ts'
import { startRegistered } from './registered-service.ts'
import { waitForDrain } from './state.ts'

/** A store that can be taken away and given back while the service runs. */
interface FragileStore {
  env: Record<string, string>
  what: string
  begin(): Promise<void>
  end(): Promise<void>
  close(): Promise<void>
}

/** The store goes away under load and comes back: what happens meanwhile, and that nothing that was acknowledged is lost. */
export const outage: Bench = {
  summary: 'the store is taken away under load and comes back: the disk is full, or PostgreSQL is stopped',
  options: {
    seconds: { default: '4', text: 'How long the store is away.' },
    store: { default: 'embedded', text: 'embedded: a full disk (a small tmpfs, which only root may mount); postgres: stopped and started.' }
  },
  async run(options) {
    const store = await (options.store === 'postgres' ? stoppedPostgres() : fullDisk())
    const sandbox = await startSandbox({ maxKept: 100_000 })
    const port = await freePort()
    const env = { ...sandbox.settings, ...store.env, PORT: String(port) }
    const { service, url, apiKey } = await startRegistered(sandbox, env)
    try {
      let isLoading = true
      const load = (async () => {
        while (isLoading) {
          sandbox.partnerCenter.createReferral()
          await setTimeout(20)
        }
      })()
      await setTimeout(1500)
      progress(`${store.what}: away`)
      await store.begin()
      const began = new Date()
      await setTimeout(Number(options.seconds) * 1000)
      const ready = (await fetch(`${url}/readyz`)).status
      await store.end()
      const ended = new Date()
      progress(`${store.what}: back`)
      await setTimeout(1500)
      isLoading = false
      await load
      const isDelivered = await until(() => sandbox.partnerCenter.pending() === 0, 120_000)
      const isDrained = await waitForDrain(url, apiKey, 120_000)
      const attempts = sandbox.partnerCenter.deliveries().flatMap(delivery => delivery.attempts)
      const during = attempts.filter(({ at }) => at >= began && at <= ended)
      const { line, ok } = judge(sandbox, isDelivered && isDrained)
      const counts = new Map<number, number>()
      for (const { status } of during) counts.set(status, (counts.get(status) ?? 0) + 1)
      const statuses = [...counts].map(([status, count]) => `${count} × ${status}`)
      const refused = during.filter(({ status }) => status >= 500).length
      const isRunning = service.child.exitCode === null
      return {
        line: `${store.what}: callbacks meanwhile ${statuses.join(', ') || 'none'}${refused === 0 ? ', NONE REFUSED' : ''}, /readyz ${ready}, the process ${isRunning ? 'went on' : 'ENDED'}; ${line}`,
        // Where none was refused, the store was not away.
        ok: ok && isRunning && refused > 0
      }
    } finally {
      await service.stop()
      await sandbox.close()
      await store.close()
    }
  }
}

async function stoppedPostgres(): Promise<FragileStore> {
  const { postgresServer } = await import('../../test/fixtures/postgres.ts')
  const server = await postgresServer()
  return {
    env: { DATABASE_URL: await server.database() },
    what: 'PostgreSQL stopped',
    begin: () => server.stop(),
    end: () => server.start(),
    close: () => server.close()
  }
}

async function fullDisk(): Promise<FragileStore> {
  const folder = mkdtempSync(join(tmpdir(), 'referral-full-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder])
  const filler = join(folder, 'filler')
  return {
    env: { DATA_DIR: join(folder, 'data'), DATABASE_URL: '' },
    what: 'disk full',
    async begin() {
      const file = openSync(filler, 'w')
      const block = Buffer.alloc(4096)
      try {
        for (;;) if (writeSync(file, block) < block.length) break
      } catch {
        // No space is left, as it is meant to be.
      }
      closeSync(file)
    },
    async end() {
      rmSync(filler)
    },
    async close() {
      execFileSync('umount', [folder])
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
