/**
 * Which status of a referral may follow which, and the substatuses of each.
 * Source: learn.microsoft.com/partner-center/developer/referral-resources, «Status & Substatus transition states».
 * `Error` is not in that table; the portal closes deals so, and whether the API takes it is Partner Center's to say.
 */
export const statusMachine = {
  New: { next: ['New', 'Active', 'Closed'], substatuses: ['Pending', 'Received'] },
  Active: { next: ['Active', 'Closed'], substatuses: ['Accepted'] },
  Closed: { next: ['Closed'], substatuses: ['Won', 'Lost', 'Declined', 'Expired', 'Error'] }
} as const satisfies Record<string, { next: readonly string[]; substatuses: readonly string[] }>

export type ReferralStatus = keyof typeof statusMachine

/** The status that a text names, whatever its case. */
export function statusFrom(value: unknown): ReferralStatus | undefined {
  return (Object.keys(statusMachine) as ReferralStatus[]).find(status => status.toLowerCase() === String(value).toLowerCase())
}

/** The substatuses that the documentation names for a status. */
export const documentedSubstatuses = (status: ReferralStatus): string[] =>
  statusMachine[status].substatuses.filter(name => name !== 'Error')
