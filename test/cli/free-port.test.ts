import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { freePort } from '../../src/cli/free-port.ts'

t.test('a port that is taken is passed over', async t => {
  const taken = await freePort()
  const server = createServer().listen(taken, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const free = await freePort()
  const candidates = [taken, taken, free]
  t.equal(await freePort(() => candidates.shift() ?? 0), free)
  t.same(candidates, [])
})

t.test('a port lies below those that outgoing connections have', async t => {
  const port = await freePort()
  t.ok(port >= 20_000 && port < 30_000, String(port))
})

t.test('what cannot be helped by another port is told', async t => {
  await t.rejects(
    freePort(() => 70_000),
    { code: 'ERR_SOCKET_BAD_PORT' }
  )
})
