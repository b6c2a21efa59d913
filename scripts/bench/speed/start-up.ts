import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { startSandbox } from '../../../src/sandbox/start-sandbox.ts'
import { progress } from '../figures.ts'
import { diskFolder } from './machine.ts'
import { interleaved } from './rounds.ts'
import type { Figure, Row } from './row.ts'
import type { Section } from './section.ts'
import { bareServer, residentMb, type Server, service } from './server.ts'

const starts = 7
const idleSeconds = 10
const atOnce = 3

/** From the start of the process until `/readyz` says ready, and the memory of a process that has nothing to do. */
export const startUp: Section = {
  title: 'start-up and memory',
  async measure({ dist }) {
    const sandbox = await startSandbox()
    const place = mkdtempSync(join(diskFolder().folder, 'referral-speed-'))
    let folders = 0
    const settings = (folder: string) => ({ ...sandbox.settings, DATABASE_URL: '', DATA_DIR: join(place, folder) })
    const inNewFolder = (): Promise<Server> => service(dist, settings(`new-${++folders}`))
    const inUsedFolder = (): Promise<Server> => service(dist, settings('used'))
    try {
      await readyMs(inUsedFolder)
      const found = await interleaved(starts, 'ms', {
        service: () => readyMs(inUsedFolder),
        'service with a new store': () => readyMs(inNewFolder),
        'bare Fastify': () => readyMs(bareServer)
      })
      const its = { comparedWith: 'bare Fastify', its: found['bare Fastify'] }
      return [
        { what: 'start to ready', figure: found.service, ...its },
        { what: 'start to ready', figure: found.service, goal: { atMost: 700 } },
        { what: 'the same with a new store', figure: found['service with a new store'], ...its },
        ...(await memory(inNewFolder))
      ]
    } finally {
      await sandbox.close()
      rmSync(place, { recursive: true, force: true })
    }
  }
}

async function readyMs(start: () => Promise<Server>): Promise<number> {
  const server = await start()
  await server.stop()
  return server.readyMs
}

async function memory(start: () => Promise<Server>): Promise<Row[]> {
  const services: Server[] = []
  const bare: Server[] = []
  for (let started = 0; started < atOnce; started++) {
    services.push(await start())
    bare.push(await bareServer())
  }
  progress(`${idleSeconds} seconds of idling`)
  await setTimeout(idleSeconds * 1000)
  const resident = (servers: readonly Server[]): Figure => ({ unit: 'MB', rounds: servers.map(server => residentMb(server.process)) })
  const figure = resident(services)
  const its = resident(bare)
  for (const server of [...services, ...bare]) await server.stop()
  return [
    { what: 'resident memory, idle', figure, comparedWith: 'bare Fastify', its },
    { what: 'resident memory, idle', figure, goal: { atMost: 120 } }
  ]
}
