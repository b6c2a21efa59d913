import type { Crm } from '../ports.ts'
import type { ReconcilePorts } from '../sync/reconcile.ts'
import type { EngineParts } from './engine.ts'

/**
 * What a reconciliation compares, and what it does about a referral that is behind. When flows bring referrals into the CRM, those who subscribed
 * are told of it as of a callback, for one may have been missed; what changes in the CRM is the business of a flow with a trigger of its own.
 */
export function compared({
  config,
  store,
  referrals,
  crm
}: Pick<EngineParts, 'config' | 'store' | 'referrals' | 'crm'>): Pick<ReconcilePorts, 'referrals' | 'crm' | 'jobs'> {
  if (config.sync.by === 'service') return { referrals, crm, jobs: store.jobs }
  return {
    referrals,
    crm: { changes: noChanges },
    jobs: {
      async add(...hints) {
        for (const { subject, correlationId } of hints)
          await store.inbox.announce({ event: { name: 'referral-updated', referralId: subject }, correlationId })
      }
    }
  }
}

const noChanges: Crm['changes'] = async function* () {
  yield { changes: [], isComplete: false }
}
