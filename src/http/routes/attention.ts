import { Type } from 'typebox'
import { type FailureCode, failures } from '../../failure.ts'
import type { AttentionItem } from '../../schemas/attention.ts'
import type { Job } from '../../schemas/job.ts'
import { setAsideJobs } from '../../sync/attention.ts'
import { errorAnswers } from '../error-answers.ts'
import type { AppPorts } from '../ports.ts'
import type { App } from '../type-provider.ts'

export function attentionRoutes(app: App, { jobs, subscriptions }: Pick<AppPorts, 'jobs' | 'subscriptions'>): void {
  app.get(
    '/v1/attention',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'WhenSyncNeedsAttention',
        summary: 'When a sync needs attention',
        description:
          'Tells what has failed for good and waits for a person: a referral that is not in step, or a subscription that is not told.',
        tags: ['Service'],
        'x-ms-trigger': 'batch',
        'x-ms-trigger-hint': 'To see it work, sync a referral with a value that your CRM refuses.',
        querystring: Type.Object({
          since: Type.Optional(
            Type.String({
              title: 'Since',
              description: 'The value of the answer before: only what came after is told. Left out, all that waits now, at most a hundred.',
              maxLength: 4000,
              // The connector's policy hands it on from one look to the next.
              'x-ms-visibility': 'internal'
            })
          )
        }),
        response: {
          200: { description: 'What waits for a person.', ...Type.Ref('Attention') },
          ...errorAnswers('REQUEST_INVALID', 'VALUE_TOO_LONG')
        }
      }
    },
    async ({ query: { since }, caller }) => {
      const told = await setAsideJobs(since === '' ? undefined : since, { jobs })
      const own = await ownSubscriptions(told.jobs, caller?.id)
      return { value: told.jobs.map(job => itemFrom(job, own)), since: told.mark }
    }
  )

  /** Knowing a subscription's id is the right to end it: it is told to whoever subscribed. */
  async function ownSubscriptions(told: readonly Job[], callerId: string | undefined): Promise<Set<string>> {
    if (!told.some(({ kind }) => kind === 'subscription')) return new Set()
    const own = (await subscriptions.list()).filter(subscription => subscription.callerId === callerId)
    return new Set(own.map(({ id }) => id.toLowerCase()))
  }
}

function itemFrom({ kind, subject, code = 'INTERNAL', message, attempts, updatedAt, correlationId }: Job, own: Set<string>): AttentionItem {
  return {
    kind,
    ...(kind === 'referral' && { referralId: subject }),
    ...(kind === 'subscription' && own.has(subject.toLowerCase()) && { subscriptionId: subject }),
    code,
    message: message ?? 'It failed.',
    // A code that an older version wrote may be gone from the table.
    advice: failures[code as FailureCode]?.advice ?? 'The timeline tells what happened.',
    attempts,
    setAsideAt: updatedAt,
    correlationId
  }
}
