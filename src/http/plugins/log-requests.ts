import type { App } from '../type-provider.ts'

/** One line a request, with the route instead of the URL: ids and filters of a query may be customer data. */
export function logRequests(app: App): void {
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    request.log.info(
      {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        caller: request.caller?.name
      },
      'answered'
    )
    done()
  })
}
