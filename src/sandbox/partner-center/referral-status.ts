import { refusals } from './error.ts'

/** Source: learn.microsoft.com/partner-center/developer/referral-resources, the table of status and substatus. */
const substatuses: Record<string, string[]> = {
  New: ['Pending', 'Received'],
  Active: ['Accepted'],
  Closed: ['Won', 'Lost', 'Declined', 'Expired']
}
const following: Record<string, string[]> = { New: ['New', 'Active', 'Closed'], Active: ['Active', 'Closed'], Closed: ['Closed'] }

export interface Stage {
  status: string
  substatus: string
}

/** A closed referral is terminal: whatever is asked of it is refused. */
export function checkOpen({ status }: Stage): void {
  if (status === 'Closed') throw refusals.invalid('A referral in a terminal state cannot be edited.', 'status')
}

/** @throws a 400 when a referral cannot go from one stage to the other, or the substatus does not belong to the status */
export function checkStage(before: Stage, after: Stage): void {
  const allowed = substatuses[after.status]
  if (allowed === undefined) throw refusals.invalid(`'${after.status}' is not a status.`, 'status')
  if (!following[before.status]?.includes(after.status)) {
    throw refusals.invalid(`The status cannot change from ${before.status} to ${after.status}.`, 'status')
  }
  if (!allowed.includes(after.substatus)) {
    throw refusals.invalid(`The substatus ${after.substatus} is not valid for the status ${after.status}.`, 'substatus')
  }
}
