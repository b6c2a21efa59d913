import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { lockFolder } from '../../src/store/folder-lock.ts'
import { openStore } from '../../src/store/open-store.ts'

/** A process that tries to lock the folder, says what came of it, and holds what it has until it is killed. */
async function otherProcess(t: Test, folder: string) {
  const script = `
    import { lockFolder } from './src/store/folder-lock.ts'
    try {
      lockFolder(process.argv[1])
      console.log('locked')
      setInterval(() => undefined, 1000)
    } catch (error) {
      console.log(error.code)
    }`
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script, folder]
  const child = spawn(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const exit = once(child, 'exit')
  const [said] = await once(createInterface({ input: child.stdout }), 'line')
  return {
    said: String(said),
    async kill() {
      child.kill('SIGKILL')
      await exit
    }
  }
}

t.test('a folder is locked once, by this process or another', async t => {
  const folder = join(t.testdir(), 'data')
  const lock = lockFolder(folder)
  t.throws(() => lockFolder(folder), { code: 'STORE_IN_USE' }, 'in the same process')
  t.equal((await otherProcess(t, folder)).said, 'STORE_IN_USE')
  t.throws(() => lockFolder(folder), { code: 'STORE_IN_USE' }, 'a refused try takes nothing away')
  t.equal(statSync(join(folder, 'service.lock')).mode & 0o777, 0o600)
  lock.release()
  lock.release()
  const next = lockFolder(folder)
  t.throws(() => lockFolder(folder), { code: 'STORE_IN_USE' })
  next.release()
})

t.test('a process that is killed leaves the folder free', async t => {
  const folder = t.testdir()
  const other = await otherProcess(t, folder)
  t.equal(other.said, 'locked')
  t.throws(() => lockFolder(folder), { code: 'STORE_IN_USE', message: /DATA_DIR/ })
  await other.kill()
  lockFolder(folder).release()
})

t.test('the store of a locked folder stays open to commands', async t => {
  const folder = t.testdir()
  const options = { folder, key: Buffer.alloc(32, 7), now: () => new Date() }
  const lock = lockFolder(folder)
  t.teardown(() => lock.release())
  const service = await openStore(options)
  t.teardown(() => service.close())
  const command = await openStore(options)
  const { key } = await command.apiKeys.create('flow')
  await command.close()
  t.match(await service.apiKeys.verify(key), { name: 'flow' })
  t.throws(() => lockFolder(folder), { code: 'STORE_IN_USE' })
})

t.test('a folder that cannot be used is not in use', async t => {
  const folder = t.testdir({ file: 'a file' })
  t.throws(() => lockFolder(join(folder, 'file')), { code: 'STORE_UNAVAILABLE' })
})
