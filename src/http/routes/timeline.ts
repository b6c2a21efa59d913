import { Type } from 'typebox'
import { ReferralId } from '../../schemas/referral.ts'
import { errorAnswers } from '../error-answers.ts'
import type { AppPorts } from '../ports.ts'
import type { App } from '../type-provider.ts'

export function timelineRoutes(app: App, { timeline }: AppPorts): void {
  app.get(
    '/v1/referrals/:referralId/timeline',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'GetTimeline',
        summary: 'Get a timeline',
        description: 'Tells what happened to a referral here, and why, oldest first.',
        tags: ['Referrals'],
        'x-ms-visibility': 'advanced',
        params: Type.Object({ referralId: ReferralId }),
        querystring: Type.Object({
          after: Type.Optional(
            Type.String({ title: 'After', description: 'The id of the entry that the answer begins after.', maxLength: 100 })
          ),
          limit: Type.Optional(
            Type.Integer({
              title: 'Limit',
              description: 'How many entries at the most.',
              minimum: 1,
              maximum: 500,
              default: 100,
              format: 'int32'
            })
          )
        }),
        response: {
          200: { description: 'What happened.', ...Type.Ref('Timeline') },
          ...errorAnswers('REFERRAL_ID_MALFORMED', 'REQUEST_INVALID', 'VALUE_TOO_LONG', 'VALUE_WRONG_TYPE')
        }
      }
    },
    async ({ params: { referralId }, query: { after, limit = 100 } }) => {
      const entries = await timeline.list(referralId, { limit, ...(after !== undefined && { after }) })
      const next = entries.length === limit ? entries.at(-1)?.id : undefined
      return { referralId, entries, ...(next !== undefined && { next }) }
    }
  )
}
