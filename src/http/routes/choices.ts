import { Type } from 'typebox'
import { choiceLists } from '../../schemas/choice.ts'
import { choices } from '../../sync/choices.ts'
import { errorAnswers, partnerCenterFailures } from '../error-answers.ts'
import type { AppPorts } from '../ports.ts'
import type { App } from '../type-provider.ts'

export function choiceRoutes(app: App, { referrals, now }: Pick<AppPorts, 'referrals' | 'now'>): void {
  const listed = choices({ referrals, now })

  app.get(
    '/v1/choices/:list',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'ListChoices',
        summary: 'List choices',
        description:
          'Lists the values of a field for the designer of flows. Where Partner Center documents no list, they are those that the latest referrals of the account use.',
        tags: ['Service'],
        'x-ms-visibility': 'internal',
        params: Type.Object({ list: Type.Enum([...choiceLists], { title: 'List', description: 'Which list.' }) }),
        querystring: Type.Object({
          status: Type.Optional(
            Type.String({
              title: 'Status',
              description: 'Of the substatuses only those that go with this status: New, Active or Closed.',
              maxLength: 50
            })
          )
        }),
        response: {
          200: { description: 'The values to choose from.', ...Type.Ref('Choices') },
          ...errorAnswers('REQUEST_INVALID', 'VALUE_TOO_LONG', ...partnerCenterFailures)
        }
      }
    },
    async ({ params: { list }, query: { status }, id }) => ({
      value: await listed(list, { ...(status !== undefined && { status }) }, { correlationId: id })
    })
  )
}
