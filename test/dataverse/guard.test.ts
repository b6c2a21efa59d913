import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { guard } from '../../src/dataverse/guard.ts'
import { slots } from '../../src/dataverse/slots.ts'

t.test('an error that no request owns ends the process as if no guard were there', async t => {
  const run = (...args: string[]) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>(resolve => {
      const script = fileURLToPath(new URL('../fixtures/stray-error.ts', import.meta.url))
      const env = { ...process.env, NODE_OPTIONS: '' }
      execFile(process.execPath, ['--import', 'tsx', script, ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr })
      )
    })
  const [alone, handled] = await Promise.all([run(), run('--listening')])
  t.match(alone, { code: 1, stdout: '', stderr: /Error: a stray error\n\s+at / })
  t.match(handled, { code: 3, stdout: 'handled elsewhere: a stray error\n' })
})

t.test('the guard gives back what the request gives back, and its error as the cause', async t => {
  const guarded = guard()
  t.match(await guarded({ deadlineMs: 1000 }, async () => 7), { value: 7, status: undefined })
  const error = new Error('x')
  await t.rejects(
    guarded({ deadlineMs: 1000 }, async () => {
      throw error
    }),
    { cause: error, status: undefined }
  )
})

t.test('who waits too long, or finds too many waiting, is told that the CRM is busy', async t => {
  const places = slots({ max: 1, maxWaiting: 1 })
  const giveBack = await places.take(10)
  const late = places.take(10)
  await t.rejects(places.take(10), { code: 'CRM_BUSY', message: /waiting already/ })
  await t.rejects(late, { code: 'CRM_BUSY', message: /in time/ })
  giveBack()
  giveBack()
  await places.take(10)
  await t.rejects(places.take(10), { code: 'CRM_BUSY' }, 'a slot given back twice is still one slot')
})
