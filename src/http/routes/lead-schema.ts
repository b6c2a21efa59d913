import { Type } from 'typebox'
import { errorAnswers } from '../error-answers.ts'
import { leadColumnSchema } from '../lead-column-schema.ts'
import type { AppPorts } from '../ports.ts'
import type { App } from '../type-provider.ts'

export function leadSchemaRoutes(app: App, { crm }: Pick<AppPorts, 'crm'>): void {
  app.get(
    '/v1/lead-schema',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'GetLeadSchema',
        summary: 'Get the schema of the custom columns',
        description:
          'Tells which columns of your own the lead has in your CRM, for the designer of flows. Lookups are not among them: UpsertLead takes them by name.',
        tags: ['Leads'],
        'x-ms-visibility': 'internal',
        response: {
          200: { description: 'The custom columns.', ...Type.Ref('LeadSchema') },
          ...errorAnswers(
            ...(['SIGN_IN_NOT_CONFIGURED', 'SIGN_IN_REFUSED', 'SIGN_IN_UNREACHABLE'] as const),
            ...(['CRM_BUSY', 'CRM_UNREACHABLE', 'CRM_DENIED', 'CRM_NOT_SET_UP', 'CRM_VALUE_REFUSED', 'CRM_UNEXPECTED'] as const)
          )
        }
      }
    },
    async ({ id }) => ({ schema: leadColumnSchema(await crm.leadColumns({ correlationId: id })) })
  )
}
