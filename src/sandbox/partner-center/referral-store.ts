import { randomBytes } from 'node:crypto'
import { refusals } from './error.ts'
import { type KeptReferral, newReferral } from './new-referral.ts'
import { checkOpen, checkStage } from './referral-status.ts'

export type ReferralChange = 'referral-created' | 'referral-updated'

export interface ReferralStore {
  /** In the order of creation. */
  all(): KeptReferral[]
  /** @throws a 404 */
  get(id: string): KeptReferral
  add(draft: object, from: 'seller' | 'partner'): KeptReferral
  /** Takes the eTag, checked when given, and what the referral becomes. @throws a 412, or a 400 when the status machine forbids it */
  change(id: string, become: (referral: KeptReferral) => KeptReferral, ifMatch?: string): KeptReferral
}

/** The referrals with their versions, stages and expiry. `tell` hears of every change. Copies go in and come out. */
export function referralStore({
  now,
  tell
}: {
  now: () => Date
  tell: (change: ReferralChange, referral: KeptReferral) => void
}): ReferralStore {
  const referrals = new Map<string, KeptReferral>()
  let version = randomBytes(3).readUIntBE(0, 3)

  /** Of the form that live answers have; its quotes are part of the value. */
  const nextETag = (): string => {
    version += 1
    const hex = (value: number): string => value.toString(16).padStart(8, '0')
    return `"${hex(version)}-0000-0000-0000-${hex(Math.floor(now().getTime() / 1000))}0000"`
  }

  function keep(referral: KeptReferral, change: ReferralChange): KeptReferral {
    referrals.set(referral.id, referral)
    tell(change, structuredClone(referral))
    return structuredClone(referral)
  }

  const touched = (referral: KeptReferral): KeptReferral => ({ ...referral, updatedDateTime: now().toISOString(), eTag: nextETag() })

  /** An incoming referral that nobody answered is closed by Partner Center. */
  function expire(referral: KeptReferral): KeptReferral {
    const { status, expirationDateTime } = referral
    if (status !== 'New' || !expirationDateTime || Date.parse(expirationDateTime) > now().getTime()) return referral
    return keep({ ...touched(referral), status: 'Closed', substatus: 'Expired', closedDateTime: now().toISOString() }, 'referral-updated')
  }

  const find = (id: string): KeptReferral => {
    const referral = referrals.get(id.toLowerCase())
    if (!referral) throw refusals.notFound(id)
    return expire(referral)
  }

  return {
    all: () => [...referrals.values()].map(referral => structuredClone(expire(referral))),
    get: id => structuredClone(find(id)),
    add(draft, from) {
      const origin =
        from === 'seller'
          ? ({ direction: 'Incoming', status: 'New', substatus: 'Pending' } as const)
          : ({ direction: 'Outgoing', status: 'Active', substatus: 'Accepted' } as const)
      return keep(newReferral(draft, { ...origin, eTag: nextETag(), now: now() }), 'referral-created')
    },
    change(id, become, ifMatch = '*') {
      const before = find(id)
      if (ifMatch !== '*' && ifMatch !== before.eTag) throw refusals.changed()
      checkOpen(before)
      const after = become(structuredClone(before))
      checkStage(before, after)
      const at = now().toISOString()
      const hasBecome = (status: string): boolean => after.status === status && before.status !== status
      return keep(
        {
          ...touched(after),
          ...(hasBecome('Active') && { acceptedDateTime: at, expirationDateTime: null }),
          ...(hasBecome('Closed') && { closedDateTime: at })
        },
        'referral-updated'
      )
    }
  }
}
