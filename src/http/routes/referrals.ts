import { Type } from 'typebox'
import { ReferralId, ReferralQuery } from '../../schemas/referral.ts'
import { NewReferral, UpdatedReferral, UpdateReferralRequest } from '../../schemas/referral-edits.ts'
import { notebook } from '../../sync/notebook.ts'
import { syncReferral } from '../../sync/sync-referral.ts'
import { updateReferral } from '../../sync/update-referral.ts'
import { answerOnce } from '../answer-once.ts'
import { crmFailures, errorAnswers, inputFailures, partnerCenterFailures } from '../error-answers.ts'
import type { AppPorts } from '../ports.ts'
import type { App } from '../type-provider.ts'
import { withoutNulls } from '../without-nulls.ts'

const important = { 'x-ms-visibility': 'important' } as const
const params = Type.Object({ referralId: ReferralId })

export function referralRoutes(app: App, { referrals, crm, links, replays, mapping, oneAtATime, sync, timeline, now }: AppPorts): void {
  app.get(
    '/v1/referrals',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'ListReferrals',
        summary: 'List referrals',
        description: 'Lists the referrals that the signed-in partner account may see, a page at a time.',
        tags: ['Referrals'],
        querystring: ReferralQuery,
        response: {
          200: { description: 'A page of referrals.', ...Type.Ref('ReferralPage') },
          ...errorAnswers('REQUEST_INVALID', 'VALUE_TOO_LONG', 'VALUE_WRONG_TYPE', 'REFERRAL_REFUSED', ...partnerCenterFailures)
        }
      }
    },
    async ({ query, id }) => await referrals.list(query, { correlationId: id })
  )

  app.get(
    '/v1/referrals/:referralId',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'GetReferral',
        summary: 'Get a referral',
        description: 'Reads a referral from Partner Center as it is now.',
        tags: ['Referrals'],
        ...important,
        params,
        response: {
          200: { description: 'The referral.', ...Type.Ref('Referral') },
          ...errorAnswers('REFERRAL_ID_MALFORMED', 'REFERRAL_NOT_FOUND', ...partnerCenterFailures)
        }
      }
    },
    async request => await referrals.get(request.params.referralId, { correlationId: request.id })
  )

  app.post(
    '/v1/referrals',
    {
      config: { scope: 'write', limit: { share: 1 / 10 } },
      preValidation: withoutNulls(),
      schema: {
        operationId: 'CreateReferral',
        summary: 'Create a referral',
        description: 'Creates a deal of your own in Partner Center. Sent again within ten minutes, the same body gives the same referral.',
        tags: ['Referrals'],
        body: NewReferral,
        response: {
          200: { description: 'The new referral.', ...Type.Ref('Referral') },
          ...errorAnswers(
            ...inputFailures,
            'IDEMPOTENCY_KEY_REUSED',
            'REQUEST_IN_PROGRESS',
            'REFERRAL_REFUSED',
            'REFERRAL_NOT_FOUND',
            ...partnerCenterFailures
          )
        }
      }
    },
    async request => {
      const call = { correlationId: request.id }
      const created = await answerOnce(request, { replays, now }, async requestId => {
        const { referralId, referral } = await referrals.create(request.body, { ...call, requestId })
        return { result: referralId, answer: referral }
      })
      return created.answer ?? (await referrals.get(created.result, call))
    }
  )

  app.patch(
    '/v1/referrals/:referralId',
    {
      config: { scope: 'write', limit: { share: 1 / 2 } },
      preValidation: withoutNulls(),
      schema: {
        operationId: 'UpdateReferral',
        summary: 'Update a referral',
        description: 'Writes the given fields of a referral that are different. A closed referral cannot be edited.',
        tags: ['Referrals'],
        ...important,
        params,
        body: UpdateReferralRequest,
        response: {
          200: { description: 'What was changed, and the referral as it is now.', ...UpdatedReferral },
          ...errorAnswers(
            'REFERRAL_ID_MALFORMED',
            ...inputFailures,
            'REFERRAL_NOT_FOUND',
            'REFERRAL_CHANGED',
            'REFERRAL_CLOSED',
            'REFERRAL_TRANSITION_REFUSED',
            'REFERRAL_REFUSED',
            ...partnerCenterFailures
          )
        }
      }
    },
    async request => {
      const { eTag, ...edits } = request.body
      const { id: correlationId, caller } = request
      const { referralId } = request.params
      const { note, entries } = notebook({ referralId: referralId.toLowerCase(), correlationId, by: caller?.name ?? '' }, now)
      const call = { correlationId }
      const updated = await updateReferral(referralId, edits, { referrals, call, note, ...(eTag !== undefined && { eTag }) })
      if (entries.length > 0) await timeline.add(...entries)
      return updated
    }
  )

  app.post(
    '/v1/referrals/:referralId/sync',
    {
      // One asks the CRM up to four times, which answers a user 1200 times a minute: learn.microsoft.com/power-apps/developer/data-platform/api-limits
      config: { scope: 'write', limit: { share: 1 / 2 } },
      schema: {
        operationId: 'SyncReferral',
        summary: 'Sync a referral',
        description:
          'Reads a referral, maps it, upserts its lead and writes the id of the lead back, in one call. A second run changes nothing.',
        tags: ['Referrals'],
        ...important,
        params,
        response: {
          200: { description: 'What was done.', ...Type.Ref('SyncResult') },
          ...errorAnswers(
            'REFERRAL_ID_MALFORMED',
            'REFERRAL_NOT_FOUND',
            'REFERRAL_BUSY',
            'REFERRAL_CHANGED',
            'REFERRAL_REFUSED',
            ...crmFailures,
            ...partnerCenterFailures
          )
        }
      }
    },
    async ({ params: { referralId }, id, caller }) =>
      await oneAtATime({ referralId, correlationId: id, by: caller?.name ?? '', settlesJob: true }, tools =>
        syncReferral(referralId, { referrals, crm, links, now, ...tools, ...(mapping && { mapping }) }, { ...sync, look: true })
      )
  )
}
