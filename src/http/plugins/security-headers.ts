import helmet from '@fastify/helmet'
import type { App } from '../type-provider.ts'

/** Answers are data and one page of documentation, which brings its own scripts and styles and needs nothing from elsewhere. */
export async function securityHeaders(app: App): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"]
      }
    },
    referrerPolicy: { policy: 'no-referrer' }
  })
  app.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith('/v1/')) void reply.header('cache-control', 'no-store')
  })
}
