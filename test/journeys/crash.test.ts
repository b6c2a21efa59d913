import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { openService } from '../../src/compose.ts'
import { readConfig } from '../../src/config.ts'
import type { WrongAnswer } from '../../src/sandbox/next-answer.ts'
import { startSandbox } from '../../src/sandbox/start-sandbox.ts'
import type { Scope } from '../fixtures/local-server.ts'
import { recycledKeys } from '../fixtures/recycled-keys.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** The service as a process of its own, on a store that outlives it, and the sandbox around it in this one. */
async function scene(t: Scope & { testdir(): string }) {
  const sandbox = await startSandbox({ newKeys: recycledKeys() })
  t.teardown(sandbox.close)
  const settings = { ...sandbox.settings, DATA_DIR: t.testdir(), PORT: '0', LOG_LEVEL: 'silent' }
  const setUp = await openService(readConfig({ ...settings, DATA_DIR: ':memory:' }))
  await setUp.crm.setUp(() => undefined)
  await setUp.close()

  async function start(): Promise<ChildProcess> {
    const child = spawn(process.execPath, ['--import', 'tsx', main, 'serve'], {
      env: { PATH: process.env.PATH ?? '', ...settings },
      stdio: ['ignore', 'pipe', 'ignore']
    })
    t.teardown(() => child.kill('SIGKILL'))
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    const url = /(http:\S+)/.exec(String(line))?.[1] ?? ''
    const events = ['referral-created', 'referral-updated']
    sandbox.partnerCenter.register({ webhookUrl: `${url}/callbacks`, events, signatureInMsHeader: true })
    return child
  }

  /** Kills the process when a request arrives that `when` holds for; the request is answered as `answer` says. */
  function killAt(child: ChildProcess, when: (request: FastifyRequest) => boolean, answer: WrongAnswer): Promise<unknown> {
    const { partnerCenter, dataverse } = sandbox
    const killed = once(child, 'exit')
    for (const system of [partnerCenter, dataverse])
      system.nextAnswers.next(answer, request => {
        if (!when(request)) return false
        setImmediate(() => child.kill('SIGKILL'))
        return true
      })
    return killed
  }

  /** Another process, this one, goes on with the same store until nothing is left to do. */
  async function goOn() {
    for (const system of [sandbox.partnerCenter, sandbox.dataverse]) system.nextAnswers.clear()
    const service = await openService(readConfig(settings))
    t.teardown(service.close)
    await service.start()
    await service.worker.idle()
    return service
  }

  return { sandbox, start, killAt, goOn }
}

const isLead = ({ method, url }: FastifyRequest): boolean => method === 'PATCH' && url.includes('/leads(')
const isWriteBack = ({ method, url }: FastifyRequest): boolean => method === 'PATCH' && url.includes('/engagements/referrals/')
const isReading = ({ url }: FastifyRequest): boolean => url.includes('/engagements/referrals/')

const moments: { what: string; when: (request: FastifyRequest) => boolean; answer: WrongAnswer; writes: number }[] = [
  { what: 'while it reads the referral', when: isReading, answer: { stall: true }, writes: 1 },
  { what: 'before the write to the CRM takes effect', when: isLead, answer: { stall: true }, writes: 1 },
  { what: 'after the write to the CRM took effect, before its answer', when: isLead, answer: { stall: 'mid-body' }, writes: 2 },
  { what: 'after the CRM write and before the write-back', when: isWriteBack, answer: { stall: true }, writes: 1 },
  { what: 'after the write-back took effect, before its answer', when: isWriteBack, answer: { stall: 'mid-body' }, writes: 1 }
]
for (const { what, when, answer, writes } of moments)
  t.test(`the process is killed ${what}: one lead, one id, nothing lost`, async t => {
    const { sandbox, start, killAt, goOn } = await scene(t)
    const child = await start()
    const killed = killAt(child, when, answer)
    const id = String(sandbox.partnerCenter.createReferral().id)
    await killed
    const service = await goOn()
    const [lead, ...others] = sandbox.dataverse.leads()
    t.equal(others.length, 0)
    t.equal(lead?.new_referralid, id)
    t.equal(sandbox.partnerCenter.referral(id)?.externalReferenceId, lead?.leadid)
    t.equal(sandbox.dataverse.history().filter(({ isRequest }) => isRequest).length, writes)
    t.same(await service.store.jobs.list({ kind: 'referral' }, 10), [])
    const entries = await service.store.timeline.list(id, { limit: 50 })
    t.ok(
      entries.some(({ kind, text }) => kind === 'retried' && text.includes('ended')),
      'the timeline tells of the crash'
    )
  })

t.test('a second service on the same folder is refused with the way out, and the first goes on', async t => {
  const { start, goOn } = await scene(t)
  const first = await start()
  await t.rejects(goOn(), { code: 'STORE_IN_USE', advice: /DATABASE_URL/ })
  first.kill('SIGKILL')
  await once(first, 'exit')
  await t.resolves(goOn(), 'a killed one leaves nothing behind that would have to be cleaned up')
})
