import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyContextConfig } from 'fastify'
import type { App } from '../type-provider.ts'
import { pagePolicy } from './security-headers.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The same operations as Swagger 2.0, which the connector is made from. */
    swagger2: () => Record<string, unknown>
  }
  interface FastifyContextConfig {
    /** What only the connector has to know of a route: false when it does not have the operation, or what a webhook sends. */
    connector?: false | { notifies: { description: string; definition: string } }
  }
}

const description = 'Brings Partner Center referrals into the CRM as leads and keeps both in step, through typed actions.'
const title = 'Partner Center Referrals Sync'
/** Definitions keep the names of their schemas. */
const refResolver = { buildLocalReference: (json: { $id?: unknown }) => String(json.$id) }

/** Two documents from the one set of schemas, `/openapi.json` and a readable page at `/docs`. */
export async function openApi(app: App, { version, publicUrl }: { version: string; publicUrl?: string }): Promise<void> {
  await app.register(swagger, {
    decorator: 'swagger',
    refResolver,
    openapi: {
      openapi: '3.1.0',
      info: { title, version, description, license: { name: 'MIT' } },
      ...(publicUrl !== undefined && { servers: [{ url: publicUrl }] }),
      components: {
        securitySchemes: {
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'A key from «referral-connector key create».' },
          entra: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token of Entra ID for this service.' }
        }
      },
      security: [{ apiKey: [] }, { entra: [] }]
    },
    transformObject: document => ('openapiObject' in document ? withProblems(document.openapiObject) : document.swaggerObject)
  })
  await app.register(swagger, {
    decorator: 'swagger2' as 'swagger',
    refResolver,
    swagger: { info: { title, version, description } },
    transform: ({ schema, url, route }) => ({ url, schema: { ...schema, ...connectorFacts(route.config?.connector) } })
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    // Without the bar at its top, whose picture has a style within the page, and which offers to load documents from elsewhere.
    uiConfig: { deepLinking: true, docExpansion: 'list', layout: 'BaseLayout' },
    theme: { title },
    staticCSP: pagePolicy
  })
  /** Written once: the answer is the same for everybody, and whoever asks often must not make it anew each time. */
  let document: Buffer | undefined
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    document ??= Buffer.from(JSON.stringify(app.swagger()))
    return reply.type('application/json; charset=utf-8').send(document)
  })
}

/** In the form that the connector's definition wants. */
function connectorFacts(connector: FastifyContextConfig['connector']): object {
  if (connector === undefined) return {}
  if (connector === false) return { hide: true }
  const { description, definition } = connector.notifies
  return { 'x-ms-notification-content': { description, schema: { $ref: `#/definitions/${definition}` } } }
}

/** Every error answer carries problem details; said here once instead of at each route. */
function withProblems<T extends { paths?: object }>(document: T): T {
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  for (const path of Object.values(document.paths ?? {}))
    for (const operation of Object.values(path as Record<string, { responses?: Record<string, { content?: object }> }>))
      for (const [status, response] of Object.entries(operation.responses ?? {})) if (Number(status) >= 400) response.content = problem
  return document
}
