import { Type } from 'typebox'
import { UpsertLeadRequest } from '../../schemas/lead.ts'
import { ReferralId } from '../../schemas/referral.ts'
import { upsertLead } from '../../sync/upsert-lead.ts'
import { crmFailures, errorAnswers, inputFailures, partnerCenterFailures } from '../error-answers.ts'
import type { AppPorts } from '../ports.ts'
import type { App } from '../type-provider.ts'
import { withoutNulls } from '../without-nulls.ts'

export function leadRoutes(app: App, { referrals, crm, links, oneAtATime, mapping, sync }: AppPorts): void {
  app.put(
    '/v1/leads/:referralId',
    {
      config: { scope: 'write', limit: { share: 1 / 2 } },
      // No body at all is no field filled in; a custom column that is null is to be cleared.
      preValidation: [
        async request => {
          request.body ??= {}
        },
        withoutNulls('customColumns')
      ],
      schema: {
        operationId: 'UpsertLead',
        summary: 'Upsert a lead',
        description:
          'Creates the lead of a referral in the CRM, or updates the one that is there. With no field filled in, the service reads the referral and maps it.',
        tags: ['Leads'],
        'x-ms-visibility': 'important',
        params: Type.Object({ referralId: ReferralId }),
        body: UpsertLeadRequest,
        response: {
          200: { description: 'What became of the lead.', ...Type.Ref('LeadResult') },
          ...errorAnswers(
            'REFERRAL_ID_MALFORMED',
            ...inputFailures,
            'REFERRAL_NOT_FOUND',
            'REFERRAL_BUSY',
            ...crmFailures,
            ...partnerCenterFailures
          )
        }
      }
    },
    async ({ params: { referralId }, body, id, caller }) =>
      await oneAtATime({ referralId, correlationId: id, by: caller?.name ?? '', settlesJob: false }, tools =>
        upsertLead(referralId, body, {
          referrals,
          crm,
          links,
          ...tools,
          ...(mapping && { mapping }),
          ...(sync?.winner && { winner: sync.winner })
        })
      )
  )
}
