import { Type } from 'typebox'
import { errorAnswers } from '../error-answers.ts'
import type { App } from '../type-provider.ts'

export function connectionRoutes(app: App, { version }: { version: string }): void {
  app.get(
    '/v1/connection',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'TestConnection',
        summary: 'Test the connection',
        description: 'Tells whether the service can be reached and knows the caller. Nothing else is asked of anybody.',
        tags: ['Service'],
        'x-ms-visibility': 'internal',
        response: { 200: { description: 'The connection works.', ...Type.Ref('Connection') }, ...errorAnswers() }
      }
    },
    async request => ({ ok: true, caller: request.caller?.name ?? '', version })
  )
}
