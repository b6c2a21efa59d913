/** The least that answers: the framework alone, with a JSON echo. Plain JavaScript, so that nothing but Node and the framework is started. */
import fastify from 'fastify'

const app = fastify()
app.get('/readyz', async () => ({ status: 'ready' }))
app.post('/echo', async request => request.body)
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
