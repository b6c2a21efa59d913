import fastify from 'fastify'
import t from 'tap'
import { authenticate } from '../../src/http/plugins/authenticate.ts'
import type { App } from '../../src/http/type-provider.ts'

t.test('a route that does not say its scope ends the start', async t => {
  const service = fastify() as object as App
  t.teardown(() => service.close())
  await authenticate(service, { apiKeys: {} as never, rateLimitPerMinute: 1, now: () => new Date() })
  t.throws(() => service.get('/v1/forgotten', async () => 'all'), { message: /GET \/v1\/forgotten does not say which scope it needs/ })
  t.doesNotThrow(() => service.get('/v1/said', { config: { scope: 'read' } }, async () => 'all'))
})
